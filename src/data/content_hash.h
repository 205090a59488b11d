#pragma once
#include <cstdint>
#include <cstring>

namespace interprior {

inline constexpr size_t kHashedPiece = size_t{1} << 20;  // bytes a file is hashed by, its last piece excepted

// Tells whether a file is still the same: FNV-1a over words of eight bytes, fast enough for gigabytes. Pieces of another length
// than kHashedPiece give another value.
struct ContentHash {
  uint64_t value = 14695981039346656037u;

  void add(const char* text, size_t size) {
    constexpr uint64_t kPrime = 1099511628211u;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
      uint64_t word;
      std::memcpy(&word, text + i, sizeof word);
      value = (value ^ word) * kPrime;
      value ^= value >> 32;
    }
    for (; i < size; ++i) value = (value ^ static_cast<unsigned char>(text[i])) * kPrime;
  }
};

}  // namespace interprior
