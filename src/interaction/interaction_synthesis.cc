#include "interprior/interaction/interaction_synthesis.h"

#include <torch/types.h>

#include <algorithm>

#include "interprior/base/error.h"
#include "interprior/base/parallel.h"
#include "interprior/interaction/canonical_view.h"
#include "interprior/interaction/pair_synthesis.h"

namespace interprior {
namespace {

constexpr int64_t kChunk = 64;  // patterns per task of a thread

// Writes one hand of a pattern: rotations as axis-angle, translation = wrist - J0.
void write_hand(const PosedHand& hand, const Vector3& rest_wrist, float* pose, float* shape, float* translation) {
  for (size_t joint = 0; joint < hand.rotations.size(); ++joint) {
    const Vector3 axis_angle = axis_angle_from_rotation(hand.rotations[joint]);
    pose = std::transform(axis_angle.begin(), axis_angle.end(), pose, [](double angle) { return static_cast<float>(angle); });
  }
  std::copy(hand.shape.begin(), hand.shape.end(), shape);
  for (int k = 0; k < 3; ++k) translation[k] = static_cast<float>(hand.wrist[k] - rest_wrist[k]);
}

// Moves both hands rigidly so that the right wrist is at the origin with this rotation.
void show(HandPair& pair, const Matrix3& right_rotation) {
  const Matrix3 turn = right_rotation * pair.hand.right.rotations[0].transpose();
  const RigidTransform motion = {turn, -(turn * pair.hand.right.wrist)};
  for (const Side side : kSides) pair.hand[side] = motion * pair.hand[side];
}

int64_t sample_split(Seed seed) {
  const int64_t tenth = Random(seed.derive("split")).integer(10);
  return tenth == 0 ? 2 : tenth == 1 ? 1 : 0;
}

Patterns empty_patterns(int64_t count) {
  Patterns patterns;
  patterns.pose = torch::empty({count, 2, 48});
  patterns.shape = torch::empty({count, 2, 10});
  patterns.translation = torch::empty({count, 2, 3});
  patterns.source = torch::zeros({count}, torch::kInt64);
  patterns.modality = torch::empty({count}, torch::kInt64);
  patterns.split = torch::empty({count}, torch::kInt64);
  patterns.seed = torch::empty({count}, torch::kInt64);
  patterns.sources = {"procedural"};
  patterns.modalities = {"reach", "clasp", "touch", "cross"};
  return patterns;
}

}  // namespace

Patterns synthesize_patterns(const HandModel& hand, const InteractionSynthesisConfig& config) {
  require(config.count > 0, "the number of patterns must be above 0");
  require(config.hand_variety >= 0 && config.hand_variety <= 1, "the variety of hands must be between 0 and 1");
  require(config.views >= 0 && config.views <= 180, "views must be between 0 and 180 degrees");
  const PerHand<HandChain> chains = {HandChain(hand.hand.right, Side::right), HandChain(hand.hand.left, Side::left)};
  const Matrix3 canonical = canonical_view(chains.right.axes());
  const Seed run = Seed{static_cast<uint64_t>(config.seed)}.derive("patterns");
  Patterns patterns = empty_patterns(config.count);
  const auto fill = [&](int64_t i) {
    const Seed seed = run.derive(static_cast<uint64_t>(i));
    HandPair pair = synthesize_pair(chains, config.hand_variety, seed.derive("pair"));
    Random random(seed.derive("view"));
    show(pair, sample_rotation(config.views, random) * canonical);
    for (const Side side : kSides) {
      const int64_t row = 2 * i + static_cast<int64_t>(side);
      write_hand(pair.hand[side], chains[side].rest(pair.hand[side].shape)[kWrist], patterns.pose.data_ptr<float>() + 48 * row,
                 patterns.shape.data_ptr<float>() + 10 * row, patterns.translation.data_ptr<float>() + 3 * row);
    }
    patterns.modality.data_ptr<int64_t>()[i] = static_cast<int64_t>(pair.kind);
    patterns.split.data_ptr<int64_t>()[i] = sample_split(seed);
    patterns.seed.data_ptr<int64_t>()[i] = static_cast<int64_t>(seed.value);
  };
  for_each_index((config.count + kChunk - 1) / kChunk, config.threads, [&](int64_t chunk) {
    for (int64_t i = chunk * kChunk; i < std::min((chunk + 1) * kChunk, config.count); ++i) fill(i);
  });
  return patterns;
}

}  // namespace interprior
