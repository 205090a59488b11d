#pragma once
#include <cstdint>
#include <opencv2/core.hpp>

#include "interprior/base/seed.h"

namespace interprior {

// Standard normal numbers in units of 1/256 from a table drawn once, taken in runs from random places: what a picture needs by
// the hundred thousand.
class QuickNormals {
 public:
  explicit QuickNormals(Random& random) : next_(random.bits() % kCount) {}
  int scaled() {
    next_ = (next_ + 1) % kCount;
    return table_[next_];
  }
  double operator()() { return scaled() / 256.0; }

 private:
  static constexpr size_t kCount = 1 << 16;
  static const int16_t* table();

  const int16_t* table_ = table();
  size_t next_;
};

// Random numbers between -1 and 1 at the whole places of space, joined smoothly (value noise): a texture that has no seam, no
// direction and the grain of its unit.
class SmoothNoise {
 public:
  explicit SmoothNoise(Random& random) : seed_(random.bits()) {}
  float at(float x, float y, float z) const;

 private:
  uint32_t seed_;
};

// A square of noise with mean 0, standard deviation 1 and grains of about `grain` px, that continues itself at its borders.
cv::Mat noise_tile(int size, double grain, Random& random);

}  // namespace interprior
