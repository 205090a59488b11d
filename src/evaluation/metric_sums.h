#pragma once
#include "interprior/evaluation/metrics.h"
#include "interprior/hand/skeleton.h"
#include "interprior/metric/exact_sum.h"
#include "sums_of_groups.h"

namespace interprior {

// What intervals are made of: sums of one sequence, in the order of these places.
namespace group_sum {
inline constexpr size_t joint = 0, vertex = 2, pa_joint = 4, pa_vertex = 6, relative_root = 8, per_joint = 9, count = 9 + 2 * 21;
}
using GroupSums = SumsOfGroups<group_sum::count>::Sums;

// What ranks are made of, for one sample.
struct DrawnSample {
  uint64_t hash = 0;
  std::string sample;
  double spread = 0, error = 0;
  std::array<double, 2 * kJoints> joint_spread{}, joint_error{};
};

struct MetricSums::Impl {
  ProtocolRule rule;
  Protocol protocol;
  int64_t samples = 0;
  LeftOut left_out;
  SumsOfGroups<group_sum::count> groups;
  PerHand<ExactSum> joint_2d;
  ExactSum relative_vertex, below_50mm;
  std::array<std::array<ExactSum, kJoints>, 2> single, interacting;  // by hand, masked protocols
  // How many have their error first within a threshold.
  std::array<int64_t, kPckSteps> joints_at{};
  std::array<int64_t, kDistributionSteps> samples_at{};
  ExactSum penetration, mean_depth, intersection, contact, true_contact, contact_distance;
  double largest_penetration = 0;
  std::array<GroupSums, kBinEnds.size()> overlap;  // as of a sequence
  std::array<int64_t, kBinEnds.size()> overlap_samples{};
  std::array<ExactSum, kBinEnds.size()> occlusion_joint;
  std::vector<RankedSample> worst, best;
  int64_t hypotheses = 0;
  ExactSum best_of_k, mean_of_k, spread;
  std::vector<ExactSum> best_of;  // of counted_hypotheses
  std::vector<DrawnSample> drawn;

  bool is_left_out(const SampleErrors& errors, int64_t row);  // for a fault; counts it
  void add_sample(const SampleErrors& errors, int64_t row);
  void add_points(const SampleErrors& errors, int64_t row, GroupSums& sums) const;
  void add_surfaces(const SampleErrors& errors, int64_t row, bool counts);
  void add_draws(const SampleErrors& errors, int64_t row, double error);
  void keep_ranked();  // of the drawn samples, those that ranks are made of
};

}  // namespace interprior
