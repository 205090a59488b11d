#include "hdf5_heap.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace interprior {
namespace {

constexpr size_t kMostChecked = size_t{512} << 20, kHeader = 16;  // bytes; of a collection and of an object in it
constexpr size_t kWindow = size_t{16} << 20;                      // whole pages

uint64_t number_at(std::string_view bytes, size_t place, size_t width) {
  uint64_t number = 0;
  for (size_t i = 0; i < width; ++i) number |= uint64_t{static_cast<unsigned char>(bytes[place + i])} << (8 * i);
  return number;
}

// `collection`: as long as it says, header included.
bool is_sound(std::string_view collection) {
  size_t place = kHeader;
  while (collection.size() - place >= kHeader) {
    const uint64_t index = number_at(collection, place, 2), size = number_at(collection, place + 8, 8);
    const size_t left = collection.size() - place;
    if (size > left || (index == 0 && size == 0)) return false;
    const size_t step = index == 0 ? size : kHeader + (size + 7) / 8 * 8;
    if (step > left) return false;
    place += step;
  }
  return true;
}

// A file's bytes without a copy.
struct Mapping {
  Mapping(const std::filesystem::path& path, size_t length) : size(length) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    text = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
  }
  ~Mapping() {
    if (text != MAP_FAILED) munmap(text, size);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  void* text = MAP_FAILED;
  size_t size;
};

}  // namespace

bool hdf5_heap_is_sound(const std::filesystem::path& path) {
  std::error_code ignored;
  const uintmax_t size = std::filesystem::file_size(path, ignored);
  if (ignored || size == 0 || size > kMostChecked) return true;
  const Mapping mapping(path, size);
  if (mapping.text == MAP_FAILED) return true;
  const std::string_view bytes(static_cast<const char*>(mapping.text), size);
  constexpr std::string_view kSignature("GCOL\1\0\0\0", 8);
  for (size_t begin = 0; begin < size; begin += kWindow) {
    const std::string_view window = bytes.substr(begin, kWindow + kSignature.size() - 1);
    for (size_t at = window.find(kSignature); at != window.npos; at = window.find(kSignature, at + 4)) {
      const std::string_view rest = bytes.substr(begin + at);
      if (rest.size() < kHeader) return true;
      const uint64_t length = number_at(rest, 8, 8);
      if (length < kHeader || length > rest.size()) continue;  // no collection, or one that libhdf5 refuses itself
      if (!is_sound(rest.substr(0, length))) return false;
    }
    // What was looked through need not stay in memory.
    madvise(static_cast<char*>(mapping.text) + begin, std::min(kWindow, size - begin), MADV_DONTNEED);
  }
  return true;
}

}  // namespace interprior
