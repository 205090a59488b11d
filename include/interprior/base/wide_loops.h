#pragma once
#include <bit>
#include <cstdint>

// Marks a function whose loops are compiled twice: with AVX2's wide registers where the machine has them, plainly elsewhere. The
// compiler fuses no multiplication with an addition in either, so both give the same bits. Which one is chosen before
// ThreadSanitizer is there, so under it there is one.
#if defined(__SANITIZE_THREAD__)
#define INTERPRIOR_WIDE
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define INTERPRIOR_WIDE
#endif
#endif
#ifdef INTERPRIOR_WIDE
#elif defined(__x86_64__)
#define INTERPRIOR_WIDE [[gnu::target_clones("avx2", "default")]]
#else
#define INTERPRIOR_WIDE
#endif

namespace interprior {

// 1 / sqrt(x) to the last bits of a float, by Newton's method from the exponent's half. Finite at 0.
inline float inverse_root(float x) {
  float y = std::bit_cast<float>(0x5f375a86 - (std::bit_cast<int32_t>(x) >> 1));
  for (int step = 0; step < 3; ++step) y *= 1.5f - 0.5f * x * y * y;
  return y;
}

}  // namespace interprior
