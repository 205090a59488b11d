#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "interprior/metric/protocol.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Errors in which every joint of a hand has the hand's error.
SampleErrors flat_errors(const torch::Tensor& joint) {
  SampleErrors errors;
  const int64_t count = joint.size(0);
  for (int64_t i = 0; i < count; ++i) errors.sample.push_back(std::to_string(i));
  errors.joint = errors.vertex = errors.pa_joint = errors.pa_vertex = joint;
  errors.per_joint = joint.unsqueeze(2).expand({count, 2, 21}).clone();
  errors.relative_root = errors.relative_vertex = joint.sum(1);
  errors.interacting = joint.isfinite().all(1);
  return errors;
}

torch::Tensor rows_of(std::vector<double> numbers) { return torch::tensor(numbers, torch::kFloat64).view({-1, 2}); }

TEST(Summary, AveragesHandsAfterSamples) {
  const Metrics metrics = summarise(Protocol::intaghand, flat_errors(rows_of({2, 10, 4, 20, kNaN, 30})));
  EXPECT_EQ(metrics.samples, 3);
  EXPECT_DOUBLE_EQ(metrics.hand.right.mpjpe_mm, 3);
  EXPECT_DOUBLE_EQ(metrics.hand.left.mpjpe_mm, 20);
  EXPECT_DOUBLE_EQ(metrics.all.mpjpe_mm, 11.5);  // not the mean over all five hands
  EXPECT_DOUBLE_EQ(metrics.mrrpe_mm, 18);
}

TEST(Summary, MaskedProtocolsAverageJointsFirst) {
  SampleErrors errors = flat_errors(rows_of({1, 1, 1, 1, 1, 1}));
  errors.per_joint.select(2, 4).fill_(kNaN);
  errors.per_joint.index_put_({2, torch::indexing::Slice(), 4}, 43.0);  // a joint seen once weighs as much as one seen often
  EXPECT_DOUBLE_EQ(summarise(Protocol::interwild, errors).all.mpjpe_mm, (20 * 1 + 43) / 21.0);
}

TEST(Summary, SingleAndInteractingAreBothPooledAndAveragedUnderNames) {
  // One picture of two hands, three of one: pooling and the mean of both kinds differ, and both are printed.
  const Metrics metrics = summarise(Protocol::interwild, flat_errors(rows_of({8, 8, 2, kNaN, 2, kNaN, 2, kNaN})));
  EXPECT_DOUBLE_EQ(metrics.interacting_mpjpe_mm, 8);
  EXPECT_DOUBLE_EQ(metrics.single_mpjpe_mm, 2);
  EXPECT_DOUBLE_EQ(metrics.mean_of_single_and_interacting_mpjpe_mm, 5);
  EXPECT_DOUBLE_EQ(metrics.hand.right.mpjpe_mm, 3.5);
  EXPECT_DOUBLE_EQ(metrics.all.mpjpe_mm, (3.5 + 8) / 2);
  EXPECT_TRUE(std::isnan(summarise(Protocol::intaghand, flat_errors(rows_of({8, 8}))).single_mpjpe_mm));
}

TEST(Summary, AreaUnderThePckCurve) {
  EXPECT_NEAR(summarise(Protocol::wrist, flat_errors(rows_of({10, 10}))).auc_50mm, 0.8, 1e-12);
  EXPECT_NEAR(summarise(Protocol::wrist, flat_errors(rows_of({0, 80}))).auc_50mm, 0.5, 1e-12);
  SampleErrors only_root = flat_errors(rows_of({50, 50}));
  only_root.per_joint.select(2, 0).fill_(0);
  EXPECT_NEAR(summarise(Protocol::wrist, only_root).auc_50mm, 0, 1e-12);  // the root's zero gives no credit
}

TEST(Summary, NothingMeasuredIsAnErrorNotAZero) {
  EXPECT_THAT([] { summarise(Protocol::interwild, flat_errors(rows_of({kNaN, kNaN}))); }, ThrowsError(HasSubstr("interwild")));
  EXPECT_TRUE(std::isnan(not_measured(Protocol::wrist).all.mpjpe_mm));
}

}  // namespace
}  // namespace interprior
