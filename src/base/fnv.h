#pragma once
#include <cstdint>
#include <string_view>

namespace interprior {

inline constexpr uint64_t kFnvStart = 0xcbf29ce484222325ULL;

// FNV-1a, 64 bits, continued from `hash`. http://www.isthe.com/chongo/tech/comp/fnv
inline uint64_t fnv1a(std::string_view bytes, uint64_t hash = kFnvStart) {
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace interprior
