#pragma once
#include <cstdint>
#include <cstring>

namespace interprior {

inline constexpr size_t kHashedPiece = size_t{1} << 20;  // bytes per hashed piece of a file, except its last piece

// Detects changes of a file: FNV-1a over words of eight bytes, fast enough for gigabytes. The value depends on the piece length:
// every reader hashes pieces of kHashedPiece bytes.
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
