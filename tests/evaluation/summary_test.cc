#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

#include "interprior/base/seed.h"
#include "interprior/evaluation/metrics.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Errors with the same value at every joint of a hand.
SampleErrors flat_errors(const torch::Tensor& joint) {
  SampleErrors errors;
  const int64_t count = joint.size(0);
  for (int64_t i = 0; i < count; ++i) errors.sample.push_back(std::to_string(i));
  errors.joint = errors.vertex = errors.pa_joint = errors.pa_vertex = errors.joint_2d = joint;
  errors.per_joint = joint.unsqueeze(2).expand({count, 2, 21}).clone();
  errors.relative_root = errors.relative_vertex = joint.sum(1);
  errors.interacting = joint.isfinite().all(1).to(torch::kFloat64);
  return errors;
}

torch::Tensor rows_of(std::vector<double> numbers) { return torch::tensor(numbers, torch::kFloat64).view({-1, 2}); }

TEST(Summary, AveragesHandsAfterSamples) {
  const Metrics metrics = summarise(Protocol::intaghand, flat_errors(rows_of({2, 10, 4, 20, kNaN, 30})));
  EXPECT_EQ(metrics.samples, 3);
  EXPECT_DOUBLE_EQ(metrics.at("mpjpe_mm", Side::right), 3);
  EXPECT_DOUBLE_EQ(metrics.at("mpjpe_mm", Side::left), 20);
  EXPECT_DOUBLE_EQ(metrics.at("mpjpe_mm"), 11.5);  // not the mean over all five hands
  EXPECT_DOUBLE_EQ(metrics.at("mrrpe_mm"), 18);
}

TEST(Summary, MaskedProtocolsAverageJointsFirst) {
  SampleErrors errors = flat_errors(rows_of({1, 1, 1, 1, 1, 1}));
  errors.per_joint.select(2, 4).fill_(kNaN);
  errors.per_joint.index_put_({2, torch::indexing::Slice(), 4}, 43.0);  // a joint seen once weighs as much as one seen often
  EXPECT_DOUBLE_EQ(summarise(Protocol::interwild, errors).at("mpjpe_mm"), (20 * 1 + 43) / 21.0);
}

TEST(Summary, SingleAndInteractingAreReportedPooledAndAveraged) {
  // One image of two hands, three of one: pooling and the mean of both kinds differ, and both are printed.
  const Metrics metrics = summarise(Protocol::interwild, flat_errors(rows_of({8, 8, 2, kNaN, 2, kNaN, 2, kNaN})));
  EXPECT_DOUBLE_EQ(metrics.interacting_mpjpe_mm, 8);
  EXPECT_DOUBLE_EQ(metrics.single_mpjpe_mm, 2);
  EXPECT_DOUBLE_EQ(metrics.mean_of_single_and_interacting_mpjpe_mm, 5);
  EXPECT_DOUBLE_EQ(metrics.at("mpjpe_mm", Side::right), 3.5);
  EXPECT_DOUBLE_EQ(metrics.at("mpjpe_mm"), (3.5 + 8) / 2);
  EXPECT_TRUE(std::isnan(summarise(Protocol::intaghand, flat_errors(rows_of({8, 8}))).single_mpjpe_mm));
}

TEST(Summary, AreaUnderThePckCurve) {
  EXPECT_NEAR(summarise(Protocol::wrist, flat_errors(rows_of({10, 10}))).auc_50mm, 0.8, 1e-12);
  EXPECT_NEAR(summarise(Protocol::wrist, flat_errors(rows_of({0, 80}))).auc_50mm, 0.5, 1e-12);
  SampleErrors only_root = flat_errors(rows_of({50, 50}));
  only_root.per_joint.select(2, 0).fill_(0);
  EXPECT_NEAR(summarise(Protocol::wrist, only_root).auc_50mm, 0, 1e-12);  // the root's zero gives no credit
}

// Errors of every kind, some missing.
SampleErrors random_errors(int64_t count) {
  const auto numbers = [](std::vector<int64_t> shape, const char* name) {
    return 20 * uniform_tensor(shape, Seed{7}.derive(name)).to(torch::kFloat64);
  };
  torch::Tensor joint = numbers({count, 2}, "joint");
  joint.index_put_({torch::indexing::Slice(0, torch::indexing::None, 7), 0}, kNaN);
  SampleErrors errors = flat_errors(joint);
  for (int64_t i = 0; i < count; ++i) errors.group.push_back("sequence" + std::to_string(i % 13));
  errors.per_joint = errors.per_joint * numbers({count, 2, 21}, "per_joint");
  errors.joint_2d = numbers({count, 2}, "2d");
  errors.surface.penetration = errors.surface.mean_depth = errors.surface.intersection = numbers({count}, "penetration");
  errors.surface.distance = errors.surface.true_distance = errors.surface.contact_distance = numbers({count}, "distance");
  errors.surface.overlap = uniform_tensor({count}, Seed{8}).to(torch::kFloat64);
  errors.surface.occlusion = uniform_tensor({count, 2}, Seed{9}).to(torch::kFloat64);
  errors.hypothesis.joint = numbers({count, 4}, "draws");
  errors.hypothesis.per_joint_stddev = errors.per_joint * 0.5;
  errors.hypothesis.stddev = numbers({count}, "spread");
  errors.measured["pinch_distance_error_mm"] = numbers({count, 2}, "pinch");
  errors.measured["relative_wrist_rotation_deg"] = numbers({count}, "wrist");
  return errors;
}

SampleErrors rows_of(const SampleErrors& errors, const std::vector<int64_t>& index) {
  SampleErrors some;
  for (const int64_t i : index) {
    some.sample.push_back(errors.sample[static_cast<size_t>(i)]);
    some.group.push_back(errors.group[static_cast<size_t>(i)]);
  }
  some.measured = errors.measured;
  for_each_tensor(errors, [&](const std::string& name, const torch::Tensor& tensor) {
    for_each_tensor(some, [&](const std::string& other, torch::Tensor& target) {
      if (other == name && tensor.defined()) target = tensor.index_select(0, torch::tensor(index));
    });
  });
  return some;
}

// All numbers of a summary in one list.
std::vector<double> all_numbers(const Metrics& m) {
  std::vector<double> list = {m.at("mpjpe_mm"),
                              m.at("pa_mpvpe_mm", Side::left),
                              m.at("joint_2d_px"),
                              m.at("mrrpe_mm"),
                              m.at("pinch_distance_error_mm"),
                              m.interval("relative_wrist_rotation_deg").low,
                              m.at("rrve_mm"),
                              m.auc_50mm,
                              m.interval("mpjpe_mm").low,
                              m.interval("mpjpe_mm").high,
                              m.interval("mrrpe_mm").low,
                              m.interval("pa_mpvpe_mm").high,
                              m.at("penetration_mm"),
                              m.at("largest_penetration_mm"),
                              m.at("intersection_cm3"),
                              m.at("contact_ratio"),
                              m.at("contact_distance_error_mm"),
                              m.single_mpjpe_mm,
                              m.interacting_mpjpe_mm,
                              m.at("best_of_k_mpjpe_mm"),
                              m.at("mean_of_k_mpjpe_mm"),
                              m.at("spread_mm"),
                              m.stddev_rank_correlation,
                              m.joint_stddev_rank_correlation};
  for (const auto* more : {&m.pck, &m.distribution, &m.per_joint_mm}) list.insert(list.end(), more->begin(), more->end());
  for (const auto* bins : {&m.overlap_bins, &m.occlusion_bins})
    for (const Bin& bin : *bins) list.insert(list.end(), {static_cast<double>(bin.count), bin.mpjpe_mm, bin.mrrpe_mm});
  for (const CalibrationGroup& group : m.calibration) list.insert(list.end(), {group.stddev_mm, group.error_mm});
  for (const auto* ranked : {&m.worst, &m.best})
    for (const RankedSample& sample : *ranked) list.insert(list.end(), {sample.error_mm, std::stod(sample.sample)});
  for (double& value : list)
    if (std::isnan(value)) value = -1;
  return list;
}

TEST(Summary, NumbersDoNotDependOnOrderOrChunks) {
  const SampleErrors errors = random_errors(301);
  for (const Protocol protocol : {Protocol::intaghand, Protocol::interwild}) {
    const std::vector<double> whole = all_numbers(summarise(protocol, errors));
    MetricSums pieces(protocol);
    const std::vector<int64_t> order = random_order(301, Seed{3});
    for (size_t begin = 0; begin < order.size(); begin += 37)
      pieces.add(rows_of(errors, {order.begin() + static_cast<int64_t>(begin),
                                  order.begin() + static_cast<int64_t>(std::min(begin + 37, order.size()))}));
    EXPECT_EQ(all_numbers(pieces.finish()), whole) << name_of(protocol);
  }
}

TEST(Summary, ManySequencesShareGroupsWhateverTheirOrder) {
  const int64_t count = 2 * static_cast<int64_t>(kHashedGroups) + 100;
  SampleErrors errors = flat_errors(20 * uniform_tensor({count, 2}, Seed{4}).to(torch::kFloat64));
  for (int64_t i = 0; i < count; ++i) errors.group.push_back("sequence" + std::to_string(i));
  const Metrics whole = summarise(Protocol::intaghand, errors);
  MetricSums pieces(Protocol::intaghand);
  const std::vector<int64_t> order = random_order(count, Seed{3});
  pieces.add(rows_of(errors, {order.begin(), order.begin() + 3000}));
  pieces.add(rows_of(errors, {order.begin() + 3000, order.end()}));
  EXPECT_EQ(all_numbers(pieces.finish()), all_numbers(whole));
  const double half = (whole.interval("mpjpe_mm").high - whole.interval("mpjpe_mm").low) / 2;  // every sample is its own sequence
  EXPECT_NEAR(half, 1.96 * errors.joint.mean(1).std().item<double>() / std::sqrt(static_cast<double>(count)), 0.15 * half);
}

TEST(Summary, SurfacesAreBinnedByOverlapAndOcclusion) {
  SampleErrors errors = flat_errors(rows_of({2, 4, 6, 8, 10, 12}));
  errors.surface.penetration = errors.surface.mean_depth = errors.surface.intersection = torch::zeros({3}, torch::kFloat64);
  errors.surface.distance = errors.surface.true_distance = torch::tensor({4.999, 5.0, kNaN}, torch::kFloat64);
  errors.surface.contact_distance = torch::tensor({1.0, kNaN, kNaN}, torch::kFloat64);
  errors.surface.overlap = torch::tensor({0.0, 0.25, 1.0}, torch::kFloat64);
  errors.surface.occlusion = torch::tensor({{0.0, 0.251}, {0.0, 0.5}, {1.0, kNaN}}, torch::kFloat64);
  const Metrics metrics = summarise(Protocol::intaghand, errors);
  EXPECT_DOUBLE_EQ(metrics.at("contact_ratio"), 0.5);  // of the two that were measured; 5 mm is no contact
  EXPECT_DOUBLE_EQ(metrics.at("contact_distance_error_mm"), 1);
  ASSERT_EQ(metrics.overlap_bins.size(), 5u);
  EXPECT_DOUBLE_EQ(metrics.overlap_bins[0].mpjpe_mm, 3);
  EXPECT_DOUBLE_EQ(metrics.overlap_bins[1].mpjpe_mm, 7);  // bins include their upper end
  EXPECT_EQ(metrics.overlap_bins[2].count, 0);
  EXPECT_DOUBLE_EQ(metrics.overlap_bins[4].mrrpe_mm, 22);
  EXPECT_EQ(metrics.occlusion_bins[0].count, 2);
  EXPECT_DOUBLE_EQ(metrics.occlusion_bins[0].mpjpe_mm, 4);
  EXPECT_DOUBLE_EQ(metrics.occlusion_bins[2].mpjpe_mm, 6);  // (4 + 8) / 2
  EXPECT_DOUBLE_EQ(metrics.occlusion_bins[4].mpjpe_mm, 10);
}

TEST(Summary, NoMeasurementIsAnErrorNotAZero) {
  EXPECT_THAT([] { summarise(Protocol::interwild, flat_errors(rows_of({kNaN, kNaN}))); }, ThrowsError(HasSubstr("interwild")));
  EXPECT_TRUE(std::isnan(not_measured(Protocol::wrist).at("mpjpe_mm")));
}

}  // namespace
}  // namespace interprior
