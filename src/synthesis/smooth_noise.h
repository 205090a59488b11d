#pragma once
#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/base/seed.h"

namespace interprior {

// Standard normal numbers in units of 1/256 from a table drawn once, taken in runs from random places: what a picture needs by
// the hundred thousand.
class QuickNormals {
 public:
  explicit QuickNormals(Random& random) : next_(random.bits() % kCount) {}
  static constexpr size_t kLongestRun = 1 << 14;

  // So many of them in a row, at most kLongestRun.
  const int16_t* run(size_t count) {
    const size_t first = (next_ + 1) % kCount;
    next_ = (next_ + count) % kCount;
    return table_ + first;
  }

 private:
  static constexpr size_t kCount = 1 << 16;
  static const int16_t* table();  // its beginning follows its end once more

  const int16_t* table_ = table();
  size_t next_;
};

// Random numbers between -1 and 1 at the whole places of space, joined smoothly (value noise): a texture that has no seam, no
// direction and the grain of its unit.
class SmoothNoise {
 public:
  explicit SmoothNoise(Random& random) : seed_(random.bits()) {}
  // The noise at these places, each coordinate multiplied by `scale`, and the first then moved by `shift`.
  std::vector<float> at(const std::array<std::vector<float>, 3>& places, float scale, float shift) const;

 private:
  uint32_t seed_;
};

// A square of noise with mean 0, standard deviation 1 and grains of about `grain` px, that continues itself at its borders.
cv::Mat noise_tile(int size, double grain, Random& random);

}  // namespace interprior
