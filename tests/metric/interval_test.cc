#include "interprior/metric/interval.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

TEST(Interval, ContainsTheMeanAndIsDeterministic) {
  const torch::Tensor values = normal_tensor({400}, Seed{3}).to(torch::kFloat64) + 9;
  const Interval a = bootstrap_interval(values, {}), b = bootstrap_interval(values, {});
  const double mean = values.mean().item<double>();
  EXPECT_LT(a.low, mean);
  EXPECT_GT(a.high, mean);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_NEAR(a.high - a.low, 2 * 1.96 / std::sqrt(400.0), 0.03);  // the normal approximation of the standard error
}

TEST(Interval, SequencesAreResampledAsUnits) {
  // Ten equal images of a sequence count as one: the interval is that of the sequences.
  const torch::Tensor of_sequence = normal_tensor({40}, Seed{4}).to(torch::kFloat64);
  std::vector<std::string> group;
  for (int64_t i = 0; i < 400; ++i) group.push_back(std::to_string(i / 10));
  const Interval images = bootstrap_interval(of_sequence.repeat_interleave(10), {});
  const Interval sequences = bootstrap_interval(of_sequence.repeat_interleave(10), group);
  const Interval alone = bootstrap_interval(of_sequence, {});
  EXPECT_GT(sequences.high - sequences.low, 2.5 * (images.high - images.low));
  EXPECT_NEAR(sequences.high - sequences.low, alone.high - alone.low, 1e-9);
}

TEST(Interval, SkipsMissingValuesAndNeedsTwoGroups) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Interval interval = bootstrap_interval(torch::tensor({1.0, nan, 1.0}, torch::kFloat64), {"a", "b", "c"});
  EXPECT_DOUBLE_EQ(interval.low, 1);
  EXPECT_DOUBLE_EQ(interval.high, 1);
  EXPECT_TRUE(std::isnan(bootstrap_interval(torch::ones({3}, torch::kFloat64), {"a", "a", "a"}).low));
  EXPECT_THAT([] { bootstrap_interval(torch::ones({3}), {"a"}); }, ThrowsError(::testing::HasSubstr("group")));
}

}  // namespace
}  // namespace interprior
