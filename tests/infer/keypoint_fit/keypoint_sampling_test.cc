#include "interprior/infer/keypoint_fit/keypoint_sampling.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>

#include "infer/tiny_sampler.h"
#include "interprior/geometry/rotation.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/reconstruction_files.h"
#include "interprior/infer/reconstruction_warnings.h"
#include "interprior/infer/reconstructor.h"
#include "support/random_interaction.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

static_assert(kMinFound == kMinKeypoints, "training drops the hands that prediction drops");

Sampler keypoint_sampler(const std::function<void(SamplerConfig&)>& change = {}) {
  SamplerConfig config = tiny_sampler()->config();
  config.relative_translation = RelativeSource::prior;
  if (change) change(config);
  torch::manual_seed(4);
  Sampler sampler(config, tiny_prior());
  sampler->eval();
  return sampler;
}

const TwoHands& hands() {
  static const TwoHands both(procedural_model());
  return both;
}

// Keypoints of random hands far from the camera, so that even random weights place the hands in front of it.
std::vector<FitTarget> some_targets(int64_t count, uint64_t seed = 5) {
  const torch::Tensor turn = matrix_from_axis_angle(2 * normal_tensor({count, 3}, Seed{seed}));
  const PerHand<HandMesh> mesh = hands()(pose_from(random_interaction(count, seed), turn));
  const torch::Tensor both = torch::cat({mesh.right.joints_in_root, mesh.left.joints_in_root}, 1);
  const torch::Tensor joints = both - both.mean(1, true) + torch::tensor({0.12f, -0.06f, 2.1f});
  std::vector<FitTarget> targets(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    FitTarget& target = targets[static_cast<size_t>(i)];
    target.camera = {2700, 2670, 320, 240, 640, 480};
    for (const Side side : kSides) {
      HandKeypoints hand;
      for (int64_t j = 0; j < kJoints; ++j) {
        const torch::Tensor x = joints[i][static_cast<int64_t>(side) * kJoints + j];
        const auto [u, v] = target.camera.project({x[0].item<double>(), x[1].item<double>(), x[2].item<double>()});
        hand.joints[static_cast<size_t>(j)] = {u, v, 0.8};
      }
      target.keypoints.hand[side] = hand;
    }
  }
  return targets;
}

TEST(FoundJoints, AreConfidentAndOfHandsWithEnough) {
  std::vector<FitTarget> targets = some_targets(3);
  targets[0].keypoints.hand.right->joints[7].confidence = 0.1;  // under a quarter of 0.8
  targets[0].keypoints.hand.right->joints[8].confidence = 0.21;
  targets[1].keypoints.hand.left.reset();
  for (size_t i = 0; i < 16; ++i) targets[2].keypoints.hand.left->joints[i] = {};
  const FoundJoints found = found_joints(targets);
  EXPECT_EQ(found.found.sum(1)[0].item<int64_t>(), 41);
  EXPECT_FALSE(found.found[0][7].item<bool>());
  EXPECT_EQ(found.found[1].slice(0, 21).sum().item<int64_t>(), 0);
  EXPECT_EQ(found.found[2].slice(0, 21).sum().item<int64_t>(), 0) << "five joints are no hand";
  EXPECT_DOUBLE_EQ(found.place[2][3][1].item<double>(), targets[2].keypoints.hand.right->joints[3].y);
}

TEST(FoundJoints, OfJointsInSpaceAreTheirProjections) {
  FitTarget target = some_targets(1)[0];
  HandKeypoints& hand = *target.keypoints.hand.right;
  const std::array<Keypoint, kJoints> seen = hand.joints;
  hand.joints_in_camera.emplace();
  for (size_t i = 0; i < seen.size(); ++i) {
    const double z = 0.5 + 0.01 * static_cast<double>(i);
    (*hand.joints_in_camera)[i] = {(seen[i].x - 320) / 2700 * z, (seen[i].y - 240) / 2670 * z, z};
    hand.joints[i] = {};
  }
  const FoundJoints found = found_joints({target});
  EXPECT_TRUE(found.found.all().item<bool>());
  EXPECT_NEAR(found.place[0][4][0].item<double>(), seen[4].x, 1e-9);
}

TEST(SampleKeypoints, DoesNotDependOnTheOtherPairs) {
  const std::vector<FitTarget> targets = some_targets(4);
  const Sampler network = keypoint_sampler();
  const SampledStart all = sampled_start(network, targets, hands());
  ASSERT_EQ(all.state.sizes(), (std::vector<int64_t>{4, kStateSize}));
  EXPECT_GT((all.state[0] - all.state[1]).abs().max().item<float>(), 1e-4) << "the network looks at the keypoints";
  for (int64_t i = 0; i < 4; ++i) {
    const SampledStart one = sampled_start(network, {targets[static_cast<size_t>(i)]}, hands());
    EXPECT_THAT(one.state[0], TensorNear(all.state[i], 1e-5));
    EXPECT_THAT(one.wrist_rotation[0], TensorNear(all.wrist_rotation[i], 1e-5));
    EXPECT_THAT(one.wrist_in_camera[0], TensorNear(all.wrist_in_camera[i], 1e-4));
  }
}

TEST(SampleKeypoints, AStartIsTheReconstructionsState) {
  const std::vector<FitTarget> targets = some_targets(1);
  const Reconstructor reconstruct(keypoint_sampler(), procedural_model());
  const ReconstructedHands out = reconstruct.reconstruct(targets[0]);
  const SampledStart start = sampled_start(keypoint_sampler(), targets, hands());
  EXPECT_THAT(start.wrist_in_camera[0], TensorNear(out.right_wrist_in_camera, 1e-6));
  EXPECT_THAT(start.wrist_rotation[0], TensorNear(out.pose.right.rotations[0][0], 1e-6));
  Sampler network = keypoint_sampler();
  const torch::NoGradGuard no_grad;
  EXPECT_THAT(start.state, TensorNear(network->prior()->decode_state(out.network.conditional.z.mean), 1e-6));
  // The left hand is placed by the prior.
  const Anchor anchor = network->prior()->config().anchor;
  const PerHand<HandPose> decoded = pose_from(interaction_from_state(start.state, hands(), anchor), start.wrist_rotation);
  EXPECT_THAT(decoded.left.wrist_in_root[0], TensorNear(out.joints_in_camera.left[0] - out.joints_in_camera.right[0], 1e-5));
}

TEST(SampleKeypoints, RefusesInputsThatKeypointsDoNotProvide) {
  const std::vector<FitTarget> targets = some_targets(1);
  const Sampler image = keypoint_sampler([](SamplerConfig& config) { config.relative_translation = RelativeSource::image; });
  EXPECT_THAT([&] { sample_keypoints(image, targets, hands()); }, ThrowsError(HasSubstr("model.relative_translation")));
  const Sampler space = keypoint_sampler([](SamplerConfig& config) { config.heatmap.neighbourhood = Neighbourhood::space; });
  EXPECT_THAT([&] { sample_keypoints(space, targets, hands()); }, ThrowsError(HasSubstr("model.heatmap.neighbourhood")));
  const Sampler direct = keypoint_sampler([](SamplerConfig& config) { config.decoder = DecoderKind::direct; });
  EXPECT_THAT([&] { sampled_start(direct, targets, hands()); }, ThrowsError(HasSubstr("decoder")));
  EXPECT_NO_THROW(sample_keypoints(direct, targets, hands()));
}

TEST(ReconstructorOfKeypoints, ReportsThePositionOfTheHandsBesideKeypoints) {
  const Reconstructor reconstruct(keypoint_sampler(), procedural_model());
  const FitTarget target = some_targets(1)[0];
  const ReconstructedHands out = reconstruct.reconstruct(target);
  EXPECT_EQ(out.box_source, PhotoBoxSource::keypoints);
  ASSERT_TRUE(out.keypoints.has_value());
  const auto [u, v] =
      target.camera.project({out.joints_in_camera.left[6][0].item<double>(), out.joints_in_camera.left[6][1].item<double>(),
                             out.joints_in_camera.left[6][2].item<double>()});
  const Keypoint& seen = target.keypoints.hand.left->joints[6];
  EXPECT_NEAR(out.keypoints->distance.left[6].item<double>(), std::hypot(u - seen.x, v - seen.y), 1e-3);
  // A network with random weights is far off, and was not trained on keypoints.
  const std::vector<std::string> words = warnings_of(out);
  for (const char* word : {"fit_poor", "keypoints_disagree", "keypoints_unlearned"}) EXPECT_THAT(words, Contains(word));
  EXPECT_THAT(words, Not(Contains("crop_enlarged")));
  for (const std::string& word : words) EXPECT_NO_THROW(warning_text(word));
  const std::string json = reconstruction_json("a", out, "a.jpg");
  for (const char* key : {"\"keypoint_distance\"", "\"disagreements\"", "\"residual_of_box\""})
    EXPECT_NE(json.find(key), std::string::npos) << key;
  CheckpointInfo info;
  info.cues = "keypoints";
  const Reconstructor learned(keypoint_sampler(), procedural_model(), torch::kCPU, {}, info);
  EXPECT_THAT(warnings_of(learned.reconstruct(target)), Not(Contains("keypoints_unlearned")));
}

TEST(ReconstructorOfKeypoints, AHandWithoutKeypointsIsAbsent) {
  const Reconstructor reconstruct(keypoint_sampler(), procedural_model(), torch::kCPU, {.hypotheses = 1});
  FitTarget target = some_targets(1)[0];
  EXPECT_NEAR(reconstruct.reconstruct(target).presence.left, 0.8, 1e-9) << "the mean confidence";
  target.keypoints.hand.left.reset();
  const ReconstructedHands out = reconstruct.reconstruct(target);
  EXPECT_EQ(out.presence.left, 0);
  EXPECT_FALSE(out.present.left);
  EXPECT_TRUE(out.present.right);
  EXPECT_TRUE(out.keypoints->distance.left.isnan().all().item<bool>());
  EXPECT_TRUE(std::isfinite(out.keypoints->of_box()));
  target.keypoints.hand.right.reset();
  EXPECT_THAT([&] { reconstruct.reconstruct(target); }, ThrowsError(HasSubstr("6 joints")));
}

TEST(ReconstructorOfKeypoints, SkipsKeypointsOutsideTheImage) {
  const Reconstructor reconstruct(keypoint_sampler(), procedural_model());
  FitTarget target = some_targets(1)[0];
  for (const Side side : kSides)
    for (Keypoint& point : target.keypoints.hand[side]->joints) point.x += 5000;
  try {
    reconstruct.reconstruct(target);
    FAIL() << "hands far outside the image were reconstructed";
  } catch (const LeftOut& error) {
    EXPECT_EQ(error.reason(), "box_outside");
  }
}

TEST(ReconstructorOfKeypoints, MovesWithTheKeypointsAndTheCamera) {
  // The same rays under another camera: an image twice as large, its principal point elsewhere.
  const Reconstructor reconstruct(keypoint_sampler(), procedural_model());
  FitTarget target = some_targets(1)[0];
  const ReconstructedHands one = reconstruct.reconstruct(target);
  for (const Side side : kSides)
    for (Keypoint& point : target.keypoints.hand[side]->joints) {
      point.x = 2 * point.x + 30;
      point.y = 2 * point.y + 10;
    }
  target.camera = {5400, 5340, 670, 490, 1400, 1000};
  const ReconstructedHands two = reconstruct.reconstruct(target);
  for (const Side side : kSides) EXPECT_THAT(two.joints_in_camera[side], TensorNear(one.joints_in_camera[side], 1e-4));
}

}  // namespace
}  // namespace interprior
