#include "interprior/evaluation/baseline.h"

#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/geometry/rotation.h"
#include "interprior/metric/exact_sum.h"

namespace interprior {
namespace {

// Hands of one side, float64.
struct SideState {
  torch::Tensor rotations, shape, wrists;  // (n,16,3,3), (n,10), (n,3) m
};

SideState state_of(const HandSet& truth, const ManoLayer& layer) {
  const int64_t row = static_cast<int64_t>(layer.side());
  SideState state;
  state.shape = truth.shape.select(1, row).to(torch::kFloat64);
  state.rotations = matrix_from_axis_angle(truth.pose.select(1, row).to(torch::kFloat64).reshape({truth.size(), 16, 3}));
  state.wrists = layer.rest_wrist(state.shape).to(torch::kFloat64) + truth.translation.select(1, row);
  return state;
}

// Element-wise sums over rows.
class NumberSums {
 public:
  // Adds the rows (n,...) with `valid` (n).
  void add(const torch::Tensor& rows, const torch::Tensor& valid) {
    const torch::Tensor numbers = rows.flatten(1).contiguous();
    sums_.resize(static_cast<size_t>(numbers.size(1)));
    const double* value = numbers.const_data_ptr<double>();
    for (int64_t row = 0; row < numbers.size(0); ++row) {
      const bool counts = valid[row].item<bool>();
      for (size_t k = 0; k < sums_.size(); ++k, ++value)
        if (counts) sums_[k].add(*value);
    }
  }
  bool empty() const { return sums_.empty() || sums_.front().count() == 0; }
  torch::Tensor mean(torch::IntArrayRef shape) const {
    std::vector<double> means;
    for (const ExactSum& sum : sums_) means.push_back(sum.mean());
    return torch::tensor(means, torch::kFloat64).reshape(shape);
  }

 private:
  std::vector<ExactSum> sums_;
};

struct SideSums {
  NumberSums rotations, shape, wrists;

  torch::Tensor mean_rotations() const {
    return rotations.empty() ? torch::eye(3, torch::kFloat64).expand({16, 3, 3}) : nearest_rotation(rotations.mean({16, 3, 3}));
  }
  torch::Tensor mean_shape() const { return shape.empty() ? torch::zeros({10}, torch::kFloat64) : shape.mean({10}); }
  torch::Tensor mean_wrist() const { return wrists.empty() ? torch::zeros({3}, torch::kFloat64) : wrists.mean({3}); }
};

}  // namespace

struct MeanHands::Impl {
  TwoHands hands;
  PerHand<SideSums> side;
  NumberSums tau;  // left minus right wrist, over samples with both hands

  HandSet baseline(const HandSet& truth, bool gt_orientation) const {
    const int64_t count = truth.size();
    PerHand<torch::Tensor> pose, shape, translation;
    for (const Side s : kSides) {
      const SideSums& sums = side[s];
      const torch::Tensor mean_shape = sums.mean_shape();
      torch::Tensor angles = axis_angle_from_matrix(sums.mean_rotations()).flatten().expand({count, 48}).clone();
      torch::Tensor wrist = sums.mean_wrist();
      if (s == Side::left) wrist = side.right.mean_wrist() + (tau.empty() ? wrist - side.right.mean_wrist() : tau.mean({3}));
      wrist = wrist.expand({count, 3});
      if (gt_orientation) {
        const SideState state = state_of(truth, hands.layer[s]);
        angles.slice(1, 0, 3).copy_(truth.pose.select(1, static_cast<int64_t>(s)).slice(1, 0, 3));
        wrist = state.wrists;
      }
      pose[s] = angles;
      shape[s] = mean_shape.expand({count, 10});
      translation[s] = wrist - hands.layer[s].rest_wrist(mean_shape.unsqueeze(0)).to(torch::kFloat64);
    }
    HandSet set;
    set.sample = truth.sample;
    set.group = truth.group;
    set.pose = torch::stack({pose.right, pose.left}, 1);
    set.shape = torch::stack({shape.right, shape.left}, 1);
    set.translation = torch::stack({translation.right, translation.left}, 1);
    return set;
  }
};

MeanHands::MeanHands(const TwoHands& hands)
    : impl_(std::make_unique<Impl>(Impl{TwoHands(hands.model, torch::kCPU, torch::kFloat64), {}, {}})) {}
MeanHands::~MeanHands() = default;

void MeanHands::add(const HandSet& truth) {
  require(truth.has_parameters(), "the baselines need the truth's MANO parameters", "truth",
          "give pose, shape and translation besides vertices");
  const torch::Tensor valid = valid_meshes(truth);
  PerHand<torch::Tensor> wrists;
  for (const Side s : kSides) {
    const SideState state = state_of(truth, impl_->hands.layer[s]);
    const torch::Tensor own = valid.select(1, static_cast<int64_t>(s));
    impl_->side[s].rotations.add(state.rotations, own);
    impl_->side[s].shape.add(state.shape, own);
    impl_->side[s].wrists.add(state.wrists, own);
    wrists[s] = state.wrists;
  }
  impl_->tau.add(wrists.left - wrists.right, valid.all(1));
}

PerHand<bool> MeanHands::known() const { return {!impl_->side.right.shape.empty(), !impl_->side.left.shape.empty()}; }
HandSet MeanHands::mean_pose(const HandSet& truth) const { return impl_->baseline(truth, false); }
HandSet MeanHands::mean_pose_gt_orientation(const HandSet& truth) const { return impl_->baseline(truth, true); }

HandSet mean_pose_baseline(const HandSet& truth, const TwoHands& hands) {
  MeanHands mean(hands);
  mean.add(truth);
  return mean.mean_pose(truth);
}

HandSet mean_pose_gt_orientation_baseline(const HandSet& truth, const TwoHands& hands) {
  MeanHands mean(hands);
  mean.add(truth);
  return mean.mean_pose_gt_orientation(truth);
}

}  // namespace interprior
