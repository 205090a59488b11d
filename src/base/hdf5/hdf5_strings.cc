#include "hdf5_strings.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace interprior {
namespace {

constexpr size_t kHead = 16;  // bytes of the header of a collection, and of an object in it

// One collection of the global heap: strings by object number.
struct Collection {
  struct Object {
    uint64_t number, begin, size;
  };
  std::string bytes;
  std::vector<Object> objects;  // sorted by number

  const Object* find(uint64_t number) const {
    // Writers number objects from 1.
    if (number - 1 < objects.size() && objects[number - 1].number == number) return &objects[number - 1];
    const auto found = std::lower_bound(objects.begin(), objects.end(), number,
                                        [](const Object& object, uint64_t wanted) { return object.number < wanted; });
    return found != objects.end() && found->number == number ? &*found : nullptr;
  }
};

// Caches collections: consecutively written strings are in few of them.
class GlobalHeap {
 public:
  explicit GlobalHeap(const Hdf5Bytes& file) : file_(file) {}

  std::string_view object(uint64_t address, uint64_t number, uint64_t length) {
    const Collection& collection = at(address);
    const Collection::Object* object = collection.find(number);
    if (object == nullptr) file_.damaged("a string that is missing from its heap", address);
    if (length > object->size) file_.damaged("a string longer than its object in the heap", address + object->begin);
    if ((texts_ += length) > file_.size()) file_.damaged("strings longer than the file", address + object->begin);
    return std::string_view(collection.bytes).substr(object->begin, length);
  }

 private:
  const Collection& at(uint64_t address) {
    if (last_ != nullptr && last_address_ == address) return *last_;
    const auto [place, is_new] = collections_.try_emplace(address);
    if (is_new) read(address, place->second);
    last_address_ = address;
    return *(last_ = &place->second);
  }

  void read(uint64_t address, Collection& collection) {
    const std::string head = file_.read(address, kHead);
    Hdf5Cursor begin(file_, head, address);
    begin.expect("GCOL");
    begin.skip(4);
    const uint64_t size = begin.number(8);
    // Collections do not overlap, so their total size is bounded by the file size.
    if (size < kHead || size > file_.size() || (total_ += size) > file_.size()) begin.damaged("a heap longer than the file");
    collection.bytes = file_.read(address, size);
    Hdf5Cursor cursor(file_, collection.bytes, address);
    cursor.skip(kHead);
    while (cursor.left() >= kHead) {
      const uint64_t number = cursor.number(2);
      cursor.skip(6);
      const uint64_t length = cursor.number(8);
      if (number == 0) break;  // free space, up to the end
      collection.objects.push_back({number, cursor.at(), length});
      if (length > cursor.left()) cursor.damaged("a heap's object beyond its end");
      cursor.skip(std::min<uint64_t>((length + 7) / 8 * 8, cursor.left()));
    }
    std::stable_sort(collection.objects.begin(), collection.objects.end(),
                     [](const Collection::Object& a, const Collection::Object& b) { return a.number < b.number; });
  }

  const Hdf5Bytes& file_;
  std::unordered_map<uint64_t, Collection> collections_;
  const Collection* last_ = nullptr;
  uint64_t last_address_ = 0, total_ = 0, texts_ = 0;  // total_, texts_: bytes of collections and of strings read
};

std::string fixed_string(std::string_view value, Hdf5Type::Padding padding) {
  std::string text(value.substr(0, strnlen(value.data(), value.size())));
  if (padding == Hdf5Type::Padding::spaces) text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

std::vector<std::string> hdf5_strings(const Hdf5Bytes& file, const Hdf5Type& type, std::string_view values) {
  std::vector<std::string> strings;
  strings.reserve(values.size() / type.size);
  GlobalHeap heap(file);
  for (; values.size() >= type.size; values.remove_prefix(type.size)) {
    const std::string_view value = values.substr(0, type.size);
    if (type.kind == Hdf5Type::Kind::fixed_string) {
      strings.push_back(fixed_string(value, type.padding));
      continue;
    }
    Hdf5Cursor reference(file, value, 0);
    const uint64_t length = reference.number(4), address = reference.number(8), number = reference.number(4);
    if (address == 0 || address == kHdf5Undefined) {
      strings.emplace_back();
      continue;
    }
    const std::string_view text = heap.object(address, number, length);
    strings.emplace_back(text.substr(0, text.find('\0')));  // some writers include the terminating zero in the length
  }
  return strings;
}

}  // namespace interprior
