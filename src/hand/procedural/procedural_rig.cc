#include "procedural_rig.h"

#include <torch/types.h>

#include "interprior/hand/skeleton.h"
#include "procedural_cage.h"
#include "procedural_digit.h"

namespace interprior {
namespace {

constexpr double kKnuckleBlend = 0.012, kWebInner = 0.006, kWebOuter = 0.015;                          // m
constexpr double kThumbStart = -0.004, kThumbEnd = 0.030, kThenarInner = 0.012, kThenarOuter = 0.034;  // m
constexpr double kFingerSettled = 0.024, kThumbSettled = 0.032;  // m from the base joint; beyond it all weight is the digit's
constexpr int kSmoothings = 4;

torch::Tensor smooth_step(const torch::Tensor& x, double low, double high) {
  const torch::Tensor t = ((x - low) / (high - low)).clamp(0, 1);
  return t * t * (3 - 2 * t);
}

// Signed distance of each vertex beyond a joint, from the plane that bisects the bend there.
torch::Tensor beyond(const HandAnatomy& anatomy, const DigitFrame& frame, int64_t digit, int64_t joint,
                     const torch::Tensor& vertices) {
  const torch::Tensor normal = frame.direction[joint - 1] + frame.direction[joint];
  return (vertices - anatomy.joints[digit][joint]).matmul(normal / normal.norm());
}

// (V,5) weight of each digit per vertex; the remainder belongs to the palm.
torch::Tensor digit_shares(const std::vector<DigitFrame>& frames, const ProceduralMesh& mesh) {
  const torch::Tensor owner = torch::tensor(mesh.digit);
  std::vector<torch::Tensor> drafts, settled;
  for (int64_t digit = 0; digit < kDigits; ++digit) {
    const DigitFrame& frame = frames[static_cast<size_t>(digit)];
    const bool thumb = digit == 0;
    const torch::Tensor inside =
        thumb ? smooth_step(frame.along, kThumbStart, kThumbEnd) : smooth_step(frame.along, -kKnuckleBlend, kKnuckleBlend);
    const torch::Tensor off_axis = (frame.radial - frame.along.clamp_max(0).unsqueeze(1) * frame.direction[0]).norm(2, {1});
    const torch::Tensor near =
        1 - (thumb ? smooth_step(off_axis, kThenarInner, kThenarOuter) : smooth_step(off_axis, kWebInner, kWebOuter));
    const torch::Tensor outside = torch::where(owner == kPalm, inside * near, torch::zeros_like(inside));
    drafts.push_back(torch::where(owner == digit, inside, outside));
    settled.push_back((owner == digit) & (frame.along > (thumb ? kThumbSettled : kFingerSettled)));
  }
  const torch::Tensor own = torch::stack(settled, 1), fixed = own.any(1, true), goal = own.to(torch::kFloat64);
  torch::Tensor shares = torch::stack(drafts, 1);
  shares = torch::where(fixed, goal, shares / shares.sum(1, true).clamp_min(1));
  for (int i = 0; i < kSmoothings; ++i) {
    shares = torch::where(fixed, goal, 0.5 * (shares + neighbour_mean(shares, mesh.edges)));
  }
  return shares;
}

}  // namespace

torch::Tensor procedural_joints(const HandAnatomy& anatomy) {
  torch::Tensor joints = torch::zeros({kManoJoints, 3}, torch::kFloat64);
  for (int64_t digit = 0; digit < kDigits; ++digit) {
    joints.slice(0, kFirstJoint[digit], kFirstJoint[digit] + 3) = anatomy.joints[digit].slice(0, 0, 3);
  }
  return joints;
}

torch::Tensor procedural_weights(const HandAnatomy& anatomy, const ProceduralMesh& mesh) {
  std::vector<DigitFrame> frames;
  for (int64_t digit = 0; digit < kDigits; ++digit) frames.push_back(digit_frame(anatomy, digit, mesh.vertices));
  const torch::Tensor shares = digit_shares(frames, mesh), owner = torch::tensor(mesh.digit);
  torch::Tensor weights = torch::zeros({mesh.vertices.size(0), kManoJoints}, torch::kFloat64);
  for (int64_t digit = 0; digit < kDigits; ++digit) {
    const auto past = [&](int64_t joint) {
      const double half = 0.6 * anatomy.radii[digit][joint].item<double>();
      const torch::Tensor reach = beyond(anatomy, frames[static_cast<size_t>(digit)], digit, joint, mesh.vertices);
      return smooth_step(reach, -half, half).masked_fill(owner != digit, 0);
    };
    const torch::Tensor share = shares.select(1, digit), second = past(1), third = past(2);
    weights.select(1, kFirstJoint[digit]) = share * (1 - second);
    weights.select(1, kFirstJoint[digit] + 1) = share * second * (1 - third);
    weights.select(1, kFirstJoint[digit] + 2) = share * second * third;
  }
  weights.select(1, 0) = 1 - weights.slice(1, 1).sum(1);
  return weights.clamp_min(0);
}

torch::Tensor procedural_regressor(const torch::Tensor& joints, const ProceduralMesh& mesh) {
  constexpr int64_t kPalmSkin = 48, kDigitSkin = 16;  // number of vertices that a joint is regressed from
  torch::Tensor regressor = torch::zeros({kManoJoints, mesh.vertices.size(0)}, torch::kFloat64);
  for (int64_t joint = 0; joint < kManoJoints; ++joint) {
    const bool inside_digit = joint > 0 && kManoParents[static_cast<size_t>(joint)] != 0;
    const torch::Tensor distance = (mesh.vertices - joints[joint]).norm(2, {1});
    const torch::Tensor nearest = std::get<1>(distance.topk(inside_digit ? kDigitSkin : kPalmSkin, 0, false));
    const torch::Tensor skin = mesh.vertices.index_select(0, nearest);
    // The least-norm solution of sum w = 1, sum w v = joint, with vertices relative to the joint.
    const torch::Tensor affine = torch::cat({torch::ones({1, skin.size(0)}, torch::kFloat64), 100 * (skin - joints[joint]).t()});
    const torch::Tensor target = torch::tensor({1.0, 0.0, 0.0, 0.0}, torch::kFloat64);
    const torch::Tensor multipliers = torch::linalg_solve(affine.matmul(affine.t()), target);
    regressor[joint].index_copy_(0, nearest, affine.t().matmul(multipliers));
  }
  return regressor;
}

torch::Tensor procedural_mean_pose(const HandAnatomy& anatomy) {
  constexpr std::array<std::array<double, 3>, kDigits> kFlexion = {
      {{0.10, 0.20, 0.25}, {0.22, 0.38, 0.22}, {0.26, 0.42, 0.24}, {0.30, 0.44, 0.24}, {0.32, 0.42, 0.24}}};  // rad
  torch::Tensor pose = torch::zeros({kManoJoints - 1, 3}, torch::kFloat64);
  for (int64_t digit = 0; digit < kDigits; ++digit) {
    const torch::Tensor along = anatomy.joints[digit][3] - anatomy.joints[digit][0];
    const torch::Tensor axis = torch::linalg_cross(anatomy.dorsal[digit], along / along.norm());
    for (int64_t i = 0; i < 3; ++i) pose[kFirstJoint[digit] - 1 + i] = kFlexion[digit][i] * axis;
  }
  return pose.flatten();
}

}  // namespace interprior
