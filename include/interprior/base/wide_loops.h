#pragma once
#include <bit>
#include <cstdint>

// Marks a function that is compiled for several CPUs; the version is selected at load time. INTERPRIOR_WIDE: AVX2 and the
// baseline, without FMA: both give the same bits. INTERPRIOR_WIDEST: also AVX-512, which has FMA. A product that is added in the
// same statement is then rounded once instead of twice; a function of one result on all CPUs gives each product a statement of
// its own (g++ would fuse even these: builds with it have -ffp-contract=off). The selection runs before ThreadSanitizer is
// initialised, so builds with ThreadSanitizer have one version only.
#if defined(__SANITIZE_THREAD__)
#define INTERPRIOR_WIDE
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define INTERPRIOR_WIDE
#endif
#endif
#if !defined(INTERPRIOR_WIDE) && defined(__x86_64__)
#define INTERPRIOR_WIDE [[gnu::target_clones("avx2", "default")]]
#define INTERPRIOR_WIDEST [[gnu::target_clones("avx512f", "avx2", "default")]]
#else
#define INTERPRIOR_WIDE
#define INTERPRIOR_WIDEST
#endif

namespace interprior {

// Vectors with element-wise operators and elements by index.
using Double4 [[gnu::vector_size(32)]] = double;
using Double8 [[gnu::vector_size(64)]] = double;

// 1 / sqrt(x), accurate to the last bits of a float: bit-level initial estimate, then three Newton steps. Finite at 0.
inline float inverse_root(float x) {
  float y = std::bit_cast<float>(0x5f375a86 - (std::bit_cast<int32_t>(x) >> 1));
  for (int step = 0; step < 3; ++step) y *= 1.5f - 0.5f * x * y * y;
  return y;
}

}  // namespace interprior
