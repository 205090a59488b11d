#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "interprior/data/poses.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

constexpr int64_t kBatch = 512;
constexpr double kFits = 0.008, kTimes = 2;  // m, mean bone error; it is some centimetres for reversed joints

torch::Tensor index_tensor(const std::vector<int64_t>& index) { return torch::tensor(index); }

// (N,20) m of joints (N,21,3).
torch::Tensor bone_lengths(const torch::Tensor& joints) {
  const torch::Tensor parents = index_tensor({kParents.begin() + 1, kParents.end()});
  return (joints.slice(1, 1) - joints.index_select(1, parents)).norm(2, 2);
}

torch::Tensor fingers_turned_round(const torch::Tensor& joints) {
  std::vector<int64_t> order = {kWrist};
  for (const int64_t tip : kTips)
    for (int64_t joint = tip; joint > tip - 4; --joint) order.push_back(joint);
  return joints.index_select(1, index_tensor(order));
}

}  // namespace

torch::Tensor joints_reversed(const Poses& poses, const TwoHands& hands) {
  torch::Tensor reversed = torch::zeros({poses.size()}, torch::kBool);
  if (!poses.joints.defined()) return reversed;
  const torch::NoGradGuard no_grad;
  for (const Side side : kSides) {
    const torch::Tensor own = poses.side.eq(static_cast<int64_t>(side)).nonzero().squeeze(1);
    for (int64_t begin = 0; begin < own.size(0); begin += kBatch) {
      const torch::Tensor index = own.slice(0, begin, begin + kBatch);
      const torch::Tensor pose = poses.pose.index_select(0, index), shape = poses.shape.index_select(0, index);
      const HandMesh mesh = hands.layer[side](
          {matrix_from_axis_angle(pose.unflatten(1, {16, 3})), shape, torch::zeros({index.size(0), 3}, pose.options())});
      const torch::Tensor expected = bone_lengths(mesh.joints_in_root).to(torch::kFloat32);
      const torch::Tensor joints = poses.joints.index_select(0, index).to(torch::kFloat32);
      const auto error = [&](const torch::Tensor& of) { return (bone_lengths(of) - expected).abs().mean(1); };
      const torch::Tensor as_stored = error(joints), turned = error(fingers_turned_round(joints));
      reversed.index_copy_(0, index, (turned < kFits) & (as_stored > kTimes * turned) & (as_stored > kFits));
    }
  }
  return reversed;
}

}  // namespace interprior
