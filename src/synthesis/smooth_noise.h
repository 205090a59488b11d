#pragma once
#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/base/seed.h"

namespace interprior {

// Fast standard normal samples for image noise, in units of 1/256: runs from random offsets of a fixed table.
class QuickNormals {
 public:
  explicit QuickNormals(Random& random) : next_(random.bits() % kCount) {}
  static constexpr size_t kMaxRun = 1 << 14;

  // `count` samples, at most kMaxRun.
  const int16_t* run(size_t count) {
    const size_t first = (next_ + 1) % kCount;
    next_ = (next_ + count) % kCount;
    return table_ + first;
  }

 private:
  static constexpr size_t kCount = 1 << 16;
  static const int16_t* table();  // the first kMaxRun entries are repeated at the end

  const int16_t* table_ = table();
  size_t next_;
};

// Value noise in 3D: random numbers between -1 and 1 at integer coordinates, interpolated smoothly. The grain size is one unit.
class SmoothNoise {
 public:
  explicit SmoothNoise(Random& random) : seed_(random.bits()) {}
  // The noise at these points, with coordinates multiplied by `scale` and `shift` added to the first.
  std::vector<float> at(const std::array<std::vector<float>, 3>& places, float scale, float shift) const;

 private:
  uint32_t seed_;
};

// A periodic square of noise with mean 0, standard deviation 1 and grains of about `grain` px.
cv::Mat noise_tile(int size, double grain, Random& random);

}  // namespace interprior
