#include "pair_resolving.h"

#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/contact.h"

namespace interprior {
namespace {

constexpr int kSteps = 28, kStepsBetweenLooks = 4;
constexpr double kStepLength = 1.5, kMaxStep = 0.5;            // factor on the Polyak step; in standard deviations
constexpr double kAllowedDepth = 0.0008, kTargetGap = 0.0005;  // m
constexpr double kSolved = 1e-8;                               // m^2: a tenth of a millimetre, squared
constexpr double kMoveStddev = 0.01, kTurnStddev = 0.1;        // m, rad
constexpr int64_t kNumbers = 2 * kFingerAngles + 6;            // right fingers, left fingers, translation, turn

torch::Tensor rotations_of(const torch::Tensor& fingers) { return matrix_from_axis_angle(fingers.unflatten(1, {15, 3})); }

// Standard deviations (kNumbers) of all variables.
torch::Tensor stddevs(const PerHand<JointLimits>& limits) {
  const torch::TensorOptions options = limits.right.stddev.options();
  return torch::cat(
      {limits.right.stddev, limits.left.stddev, torch::full({3}, kMoveStddev, options), torch::full({3}, kTurnStddev, options)});
}

PairBatch rows(const PairBatch& pairs, const torch::Tensor& index) {
  const auto some = [&](const torch::Tensor& column) { return column.index_select(0, index); };
  return {{some(pairs.fingers.right), some(pairs.fingers.left)},
          some(pairs.shape),
          some(pairs.left_from_right),
          some(pairs.knuckle_in_right),
          some(pairs.touching)};
}

PairBatch moved(const PairBatch& pairs, const torch::Tensor& move) {
  PairBatch result = pairs;
  result.fingers.right = pairs.fingers.right + move.slice(1, 0, kFingerAngles);
  result.fingers.left = pairs.fingers.left + move.slice(1, kFingerAngles, 2 * kFingerAngles);
  result.knuckle_in_right = pairs.knuckle_in_right + move.slice(1, kNumbers - 6, kNumbers - 3);
  result.left_from_right = torch::matmul(matrix_from_axis_angle(move.slice(1, kNumbers - 3)), pairs.left_from_right);
  return result;
}

// (B) m^2; zero for a solved pair.
torch::Tensor energy(const PairBatch& pairs, const TwoHands& hands) {
  const torch::Tensor upright = torch::eye(3, pairs.shape.options()).expand({pairs.shape.size(0), 3, 3});
  const ContactTerms terms = contact_terms(hands(pose_from(interaction_from(pairs, hands), upright)), hands, kAllowedDepth);
  return terms.overlap + torch::relu(terms.gap - kTargetGap).square() * pairs.touching;
}

// Clamps a move (B,kNumbers) so that the fingers stay within their limits.
torch::Tensor within_limits(const PairBatch& pairs, const torch::Tensor& move, const PerHand<JointLimits>& limits) {
  const auto bend = [&](Side side, int64_t begin) {
    const torch::Tensor wanted = pairs.fingers[side] + move.slice(1, begin, begin + kFingerAngles);
    return torch::max(torch::min(wanted, limits[side].high), limits[side].low) - pairs.fingers[side];
  };
  return torch::cat({bend(Side::right, 0), bend(Side::left, kFingerAngles), move.slice(1, 2 * kFingerAngles)}, 1);
}

// One descent step from `move`; returns the new move, and the energies before the step.
std::pair<torch::Tensor, torch::Tensor> step(const PairBatch& pairs, const torch::Tensor& move, const torch::Tensor& stddev,
                                             const PerHand<JointLimits>& limits, const TwoHands& hands) {
  const torch::Tensor here = move.detach().requires_grad_(true);
  const torch::Tensor left = energy(moved(pairs, here), hands);
  const torch::Tensor slope = torch::autograd::grad({left.sum()}, {here})[0] * stddev;
  const torch::NoGradGuard no_grad;
  const torch::Tensor start = left.detach();
  const torch::Tensor length = kStepLength * start / slope.square().sum(1).clamp_min(1e-20);
  torch::Tensor stride = slope * (length * (start > kSolved)).unsqueeze(1);
  stride = stride * (kMaxStep / stride.abs().amax(1, true).clamp_min(kMaxStep));
  return {within_limits(pairs, move - stride * stddev, limits), start};
}

}  // namespace

Interaction interaction_from(const PairBatch& pairs, const TwoHands& hands) {
  const torch::Tensor right_bone = hands.layer.right.rest_middle_mcp(pairs.shape),
                      left_bone = hands.layer.left.rest_middle_mcp(pairs.shape);
  const torch::Tensor turned = torch::matmul(pairs.left_from_right, left_bone.unsqueeze(2)).squeeze(2);
  return {{rotations_of(pairs.fingers.right), rotations_of(pairs.fingers.left)},
          {pairs.shape, pairs.shape},
          pairs.left_from_right,
          right_bone + pairs.knuckle_in_right - turned};
}

PairBatch resolved(const PairBatch& pairs, const PerHand<JointLimits>& limits, const TwoHands& hands) {
  const torch::Tensor stddev = stddevs(limits);
  const int64_t count = pairs.shape.size(0);
  torch::Tensor moves = torch::zeros({count, kNumbers}, pairs.shape.options());
  torch::Tensor open = torch::arange(count, pairs.shape.options().dtype(torch::kInt64));
  for (int done = 0; done < kSteps && open.size(0) > 0; done += kStepsBetweenLooks) {
    const PairBatch some = rows(pairs, open);
    torch::Tensor move = moves.index_select(0, open), left;
    for (int i = 0; i < kStepsBetweenLooks; ++i) std::tie(move, left) = step(some, move, stddev, limits, hands);
    moves.index_copy_(0, open, move);
    open = open.index_select(0, (left > kSolved).nonzero().squeeze(1));
  }
  const torch::NoGradGuard no_grad;
  return moved(pairs, moves);
}

}  // namespace interprior
