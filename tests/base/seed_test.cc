#include "interprior/base/seed.h"

#include <gmock/gmock.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <set>

#include "support/tensor_near.h"

namespace interprior {
namespace {

// Known answers of the authors' library, file kat_vectors of Random123.
TEST(PhiloxGoldenTest, EqualsThePublishedKnownAnswers) {
  using Four = std::array<uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(PhiloxGoldenTest, ARandomStreamCountsUpFromZero) {
  Random random(Seed{0x0123456789abcdefULL});
  for (uint32_t block = 0; block < 3; ++block)
    for (const uint32_t word : philox4x32({block, 0, 0, 0}, {0x89abcdef, 0x01234567})) EXPECT_EQ(random.bits(), word);
}

// Computed independently with Python integers from the published constants of SplitMix64 and FNV-1a.
TEST(SeedGoldenTest, DerivedSeedsNeverChange) {
  EXPECT_EQ(Seed{0}.derive(uint64_t{0}).value, 0xa706dd2f4d197e6fULL);
  EXPECT_EQ(Seed{1}.derive(2).value, 0xe06dd043328bd285ULL);
  EXPECT_EQ(Seed{2}.derive(1).value, 0xbcd9dbb49673066bULL);
  EXPECT_EQ(Seed{7}.derive("loader").value, 0x8a677a5e58b32ddbULL);
  EXPECT_EQ(Seed{0}.derive("").value, 0x57c6106bb5c056e5ULL);
}

TEST(SeedTest, PartsOfPartsDoNotCollide) {
  std::set<uint64_t> seen;
  for (uint64_t run = 0; run < 20; ++run) {
    for (uint64_t epoch = 0; epoch < 20; ++epoch)
      for (uint64_t index = 0; index < 20; ++index) seen.insert(Seed{run}.derive(epoch).derive(index).value);
    seen.insert(Seed{run}.derive("a").value);
    seen.insert(Seed{run}.derive("b").value);
  }
  EXPECT_EQ(seen.size(), 20u * 20 * 20 + 40);
}

TEST(RandomTest, UniformFillsItsIntervalEvenly) {
  Random random(Seed{1});
  std::array<int, 10> tenths = {};
  for (int i = 0; i < 100'000; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    ++tenths[static_cast<size_t>(10 * value)];
  }
  for (const int count : tenths) EXPECT_NEAR(count, 10'000, 475);  // five standard deviations
}

TEST(RandomTest, UniformNeverReachesItsUpperEnd) {
  Random random(Seed{2});
  const double low = 1, high = std::nextafter(1.0, 2.0);  // adjacent doubles: every sum rounds to one of them
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(random.uniform(low, high), low);
  EXPECT_EQ(random.uniform(3, 3), 3);
  EXPECT_THROW(random.uniform(1, 0), Error);
  EXPECT_THROW(random.uniform(0, INFINITY), Error);
}

TEST(RandomTest, NormalHasTheMomentsOfANormal) {
  Random random(Seed{3});
  constexpr int kSamples = 100'000;
  double sum = 0, squares = 0, fourths = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double value = random.normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
    fourths += value * value * value * value;
  }
  EXPECT_NEAR(sum / kSamples, 0, 5 * std::sqrt(1.0 / kSamples));
  EXPECT_NEAR(squares / kSamples, 1, 5 * std::sqrt(2.0 / kSamples));
  EXPECT_NEAR(fourths / kSamples, 3, 5 * std::sqrt(96.0 / kSamples));
}

TEST(RandomTest, IntegerIsUniformAndBounded) {
  Random random(Seed{4});
  std::array<int, 7> counts = {};
  for (int i = 0; i < 70'000; ++i) {
    const int64_t value = random.integer(7);
    ASSERT_TRUE(value >= 0 && value < 7);
    ++counts[static_cast<size_t>(value)];
  }
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 465);
  EXPECT_EQ(random.integer(1), 0);
  for (int i = 0; i < 100; ++i) EXPECT_GE(random.integer(INT64_MAX), 0);
  EXPECT_THROW(random.integer(0), Error);
  EXPECT_THROW(random.integer(-3), Error);
}

TEST(RandomTest, ChanceIsExactAtZeroAndOne) {
  Random random(Seed{5});
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(random.chance(0));
    EXPECT_TRUE(random.chance(1));
    hits += random.chance(0.3);
  }
  EXPECT_NEAR(hits, 3000, 230);
}

TEST(NormalTensorTest, DependsOnTheSeedAlone) {
  const torch::Tensor first = normal_tensor({3, 5}, Seed{6});
  torch::manual_seed(99);
  torch::randn({10});
  EXPECT_TRUE(torch::equal(first, normal_tensor({3, 5}, Seed{6})));
  EXPECT_FALSE(torch::equal(first, normal_tensor({3, 5}, Seed{7})));
  EXPECT_EQ(first.scalar_type(), torch::kFloat32);
}

TEST(NormalTensorTest, ALongerTensorBeginsLikeAShorterOne) {
  EXPECT_TRUE(torch::equal(normal_tensor({1001}, Seed{8}).slice(0, 0, 17), normal_tensor({17}, Seed{8})));
  EXPECT_EQ(normal_tensor({0, 4}, Seed{8}).numel(), 0);
}

TEST(NormalTensorTest, IsNormalAndUncorrelated) {
  const torch::Tensor samples = normal_tensor({2, 100'000}, Seed{9}).to(torch::kFloat64);
  EXPECT_NEAR(samples.mean().item<double>(), 0, 0.012);
  EXPECT_NEAR(samples.std().item<double>(), 1, 0.012);
  EXPECT_NEAR((samples[0] * samples[1]).mean().item<double>(), 0, 0.016);
}

TEST(RandomOrderTest, IsAUniformPermutation) {
  std::vector<int64_t> sorted = random_order(1000, Seed{10});
  EXPECT_NE(sorted, random_order(1000, Seed{11}));
  EXPECT_EQ(sorted, random_order(1000, Seed{10}));
  std::sort(sorted.begin(), sorted.end());
  for (int64_t i = 0; i < 1000; ++i) EXPECT_EQ(sorted[static_cast<size_t>(i)], i);
  std::map<std::vector<int64_t>, int> counts;
  for (uint64_t i = 0; i < 6000; ++i) ++counts[random_order(3, Seed{12}.derive(i))];
  ASSERT_EQ(counts.size(), 6u);
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 145);
  EXPECT_TRUE(random_order(0, Seed{1}).empty());
  EXPECT_THROW(random_order(-1, Seed{1}), Error);
}

TEST(RowSeedTest, RowsSampledSeparatelyEqualTheRowsOfTheFullTensor) {
  for (const int64_t width : {1, 3, 4}) {
    const torch::Tensor normal = normal_tensor({7, width}, Seed{5}), uniform = uniform_tensor({7, width}, Seed{5});
    for (int64_t first = 0; first < 7; ++first) {
      const RowSeed rows{Seed{5}, first};
      EXPECT_TRUE(torch::equal(normal_tensor({7 - first, width}, rows), normal.slice(0, first))) << width << " " << first;
      EXPECT_TRUE(torch::equal(uniform_tensor({7 - first, width}, rows), uniform.slice(0, first))) << width << " " << first;
    }
    EXPECT_EQ(normal_tensor({0, width}, RowSeed{Seed{5}, 3}).numel(), 0);
  }
  const RowSeed rows{Seed{5}, 2};
  EXPECT_EQ(rows.row(1).value, Seed{5}.derive(3).value);
  EXPECT_EQ(rows.derive("z").seed.value, Seed{5}.derive("z").value);
  EXPECT_EQ(rows.derive("z").first, 2);
}

}  // namespace
}  // namespace interprior
