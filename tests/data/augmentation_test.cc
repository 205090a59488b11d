#include "interprior/data/augmentation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace interprior {
namespace {

TEST(Augmentation, DisabledIsTheIdentity) {
  AugmentationConfig config;
  config.enabled = false;
  const Augmentation sample = sample_augmentation(config, Seed{4});
  EXPECT_EQ(sample.jitter.roll, 0);
  EXPECT_EQ(sample.jitter.scale, 1);
  EXPECT_FALSE(sample.mirror);
  EXPECT_EQ(sample.gain, (std::array<float, 3>{1, 1, 1}));
  EXPECT_EQ(sample.offset, (std::array<float, 3>{0, 0, 0}));
}

TEST(Augmentation, SamplesCoverTheirRangesAndStayInside) {
  const AugmentationConfig config;
  double roll = 0, scale = 0, shift = 0, gain = 0, offset = 0;
  int mirrored = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    const Augmentation sample = sample_augmentation(config, Seed{i});
    roll = std::max(roll, std::abs(sample.jitter.roll));
    scale = std::max(scale, std::abs(sample.jitter.scale - 1));
    shift = std::max({shift, std::abs(sample.jitter.shift[0]), std::abs(sample.jitter.shift[1])});
    gain = std::max<double>(gain, std::abs(sample.gain[1] - 1));
    offset = std::max<double>(offset, std::abs(sample.offset[2]));
    mirrored += sample.mirror;
  }
  EXPECT_NEAR(roll, std::acos(-1.0) / 2, 0.02);
  EXPECT_NEAR(scale, 0.1, 0.002);
  EXPECT_NEAR(shift, 0.05, 0.001);
  EXPECT_NEAR(gain, 0.3, 0.005);
  EXPECT_NEAR(offset, 12.75, 0.2);
  EXPECT_NEAR(mirrored, 1000, 100);
}

}  // namespace
}  // namespace interprior
