#include "interprior/metric/baseline.h"

#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/geometry/rotation.h"

namespace interprior {
namespace {

// The hands of one side and what they average to, float64.
struct SideAverage {
  torch::Tensor rotations, wrists;           // (N,16,3,3), (N,3) m
  torch::Tensor mean_rotations, mean_shape;  // (16,3,3), (10)
  torch::Tensor mean_wrist;                  // (3) m
};

SideAverage average(const HandSet& truth, const ManoLayer& layer) {
  const int64_t row = static_cast<int64_t>(layer.side());
  const torch::Tensor shape = truth.shape.select(1, row).to(torch::kFloat64);
  SideAverage side;
  side.rotations = matrix_from_axis_angle(truth.pose.select(1, row).to(torch::kFloat64).reshape({truth.size(), 16, 3}));
  side.wrists = layer.rest_wrist(shape).to(torch::kFloat64) + truth.translation.select(1, row);
  const torch::Tensor valid = valid_meshes(truth).select(1, row);
  if (!valid.any().item<bool>()) {
    side.mean_rotations = torch::eye(3, torch::kFloat64).expand({16, 3, 3});
    side.mean_shape = torch::zeros({10}, torch::kFloat64);
    side.mean_wrist = torch::zeros({3}, torch::kFloat64);
    return side;
  }
  side.mean_rotations = chordal_mean(side.rotations.index({valid}));
  side.mean_shape = shape.index({valid}).mean(0);
  side.mean_wrist = side.wrists.index({valid}).mean(0);
  return side;
}

// Left minus right wrist, averaged over the samples that have both.
torch::Tensor mean_tau(const HandSet& truth, const SideAverage& right, const SideAverage& left) {
  const torch::Tensor both = valid_meshes(truth).all(1);
  if (!both.any().item<bool>()) return left.mean_wrist - right.mean_wrist;
  return (left.wrists - right.wrists).index({both}).mean(0);
}

HandSet baseline(const HandSet& truth, const TwoHands& hands, bool true_wrist) {
  require(truth.has_parameters(), "the baselines need the truth's MANO parameters", "truth",
          "give pose, shape and translation besides vertices");
  const PerHand<SideAverage> side = {average(truth, hands.layer.right), average(truth, hands.layer.left)};
  const int64_t count = truth.size();
  PerHand<torch::Tensor> pose, shape, translation;
  for (const Side s : kSides) {
    const SideAverage& mean = side[s];
    torch::Tensor rotations = mean.mean_rotations.expand({count, 16, 3, 3}).clone();
    torch::Tensor wrist = mean.mean_wrist;
    if (s == Side::left) wrist = side.right.mean_wrist + mean_tau(truth, side.right, side.left);
    wrist = wrist.expand({count, 3});
    if (true_wrist) {
      rotations.select(1, 0).copy_(mean.rotations.select(1, 0));
      wrist = mean.wrists;
    }
    pose[s] = axis_angle_from_matrix(rotations).flatten(1);
    shape[s] = mean.mean_shape.expand({count, 10});
    translation[s] = wrist - hands.layer[s].rest_wrist(shape[s]).to(torch::kFloat64);
  }
  HandSet set;
  set.sample = truth.sample;
  set.group = truth.group;
  set.pose = torch::stack({pose.right, pose.left}, 1);
  set.shape = torch::stack({shape.right, shape.left}, 1);
  set.translation = torch::stack({translation.right, translation.left}, 1);
  return set;
}

}  // namespace

HandSet mean_pose_baseline(const HandSet& truth, const TwoHands& hands) { return baseline(truth, hands, false); }

HandSet mean_pose_true_wrist_baseline(const HandSet& truth, const TwoHands& hands) { return baseline(truth, hands, true); }

}  // namespace interprior
