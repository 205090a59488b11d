#include "hdf5_group.h"

#include <string_view>
#include <vector>

#include "hdf5_dense.h"
#include "hdf5_tree.h"

namespace interprior {
namespace {

constexpr int kMaxSoftLinks = 16;
constexpr size_t kSymbol = 40;  // bytes of one entry of a symbol table
enum LinkKind : unsigned { kHard = 0, kSoft = 1 };

// The local heap with the names of a symbol table.
std::string local_heap(const Hdf5Bytes& file, uint64_t address) {
  const std::string head = file.read(address, 32);
  Hdf5Cursor cursor(file, head, address);
  cursor.expect("HEAP");
  cursor.skip(4);
  const uint64_t size = cursor.number(8);
  cursor.skip(8);
  return file.read(cursor.number(8), size);
}

std::string text_at(const Hdf5Cursor& entry, std::string_view heap, uint64_t offset) {
  if (offset >= heap.size()) entry.damaged("a name outside its heap");
  const std::string_view rest = heap.substr(offset);
  const size_t end = rest.find('\0');
  if (end == rest.npos) entry.damaged("an unterminated name");
  return std::string(rest.substr(0, end));
}

Hdf5Links symbol_table(const Hdf5Bytes& file, Hdf5Cursor message) {
  const uint64_t tree = message.number(8);
  const std::string heap = local_heap(file, message.number(8));
  Hdf5Links links;
  uint64_t nodes = 0, letters = 0;  // bytes read; entries do not overlap, so both are bounded by the file
  const auto text = [&](const Hdf5Cursor& entry, uint64_t offset) {
    std::string found = text_at(entry, heap, offset);
    if ((letters += found.size()) > heap.size()) entry.damaged("names longer than their heap");
    return found;
  };
  walk_hdf5_tree(file, tree, 0, 8, [&](const Hdf5Cursor&, uint64_t child) {
    const std::string head = file.read(child, 8);
    Hdf5Cursor cursor(file, head, child);
    cursor.expect("SNOD");
    cursor.skip(2);
    const uint64_t count = cursor.number(2);
    if ((nodes += 8 + count * kSymbol) > file.size()) cursor.damaged("a group with more names than the file has bytes for");
    const std::string body = file.read(child + 8, count * kSymbol);
    Hdf5Cursor entries(file, body, child + 8);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t name = entries.number(8), address = entries.number(8), kind = entries.number(4);
      entries.skip(4);
      Hdf5Link link{address, ""};
      const uint64_t soft_path = entries.number(4);
      if (kind == 2) link = {kHdf5Undefined, text(entries, soft_path)};
      entries.skip(12);
      links[text(entries, name)] = std::move(link);
    }
  });
  return links;
}

void add_link(Hdf5Links& links, Hdf5Cursor message) {
  if (message.byte() != 1) message.damaged("a link of an unknown version");
  const unsigned flags = message.byte();
  const unsigned kind = (flags & 8) != 0 ? message.byte() : static_cast<unsigned>(kHard);
  message.skip(((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0));  // order of creation; UTF-8 or ASCII
  const std::string name(message.take(message.number(size_t{1} << (flags & 3))));
  Hdf5Link& link = links[name];
  if (kind == kHard) link.address = message.number(8);
  if (kind == kSoft) link.path = message.take(message.number(2));
}

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (!part.empty() && part != ".") parts.push_back(part);
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Hdf5Links read_hdf5_links(const Hdf5Bytes& file, const Hdf5Object& group) {
  if (const Hdf5Message* table = group.find(Hdf5MessageType::symbol_table)) return symbol_table(file, table->cursor(file));
  Hdf5Links links;
  for (const Hdf5Message& message : group.messages())
    if (message.type == Hdf5MessageType::link) add_link(links, message.cursor(file));
  if (const Hdf5Message* info = group.find(Hdf5MessageType::link_info)) {
    Hdf5Cursor cursor = info->cursor(file);
    cursor.skip(1);
    const unsigned flags = cursor.byte();
    cursor.skip((flags & 1) != 0 ? 8 : 0);
    const uint64_t heap = cursor.number(8), names = cursor.number(8);
    if (heap != kHdf5Undefined) walk_hdf5_dense(file, heap, names, [&](const Hdf5Cursor& link) { add_link(links, link); });
  }
  return links;
}

const Hdf5Links& Hdf5Names::links_at(uint64_t group) const {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(group);
  if (found != groups_.end()) return found->second;
  return groups_[group] = read_hdf5_links(file_, Hdf5Object(file_, group));
}

std::optional<uint64_t> Hdf5Names::find(const std::string& path) const {
  const std::vector<std::string> parts = parts_of(path);
  std::vector<std::string> waiting(parts.rbegin(), parts.rend());
  uint64_t at = root_;
  for (int soft_links = 0; !waiting.empty();) {
    const std::string part = waiting.back();
    waiting.pop_back();
    const Hdf5Links& links = links_at(at);
    const auto found = links.find(part);
    if (found == links.end()) return std::nullopt;
    if (found->second.address != kHdf5Undefined) {
      at = found->second.address;
      continue;
    }
    if (found->second.path.empty() || ++soft_links > kMaxSoftLinks) return std::nullopt;
    const std::vector<std::string> further = parts_of(found->second.path);
    waiting.insert(waiting.end(), further.rbegin(), further.rend());
    if (found->second.path.front() == '/') at = root_;
  }
  return at;
}

}  // namespace interprior
