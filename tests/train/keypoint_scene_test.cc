#include "train/keypoint_scene.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/infer/keypoint_fit/keypoint_sampling.h"
#include "support/random_interaction.h"
#include "support/small_sampler.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

constexpr KeypointNoiseConfig kSure = {0, 0, 0, 0, 0, 0};
constexpr int64_t kPairs = 6;

SamplerConfig model_of_keypoints() {
  SamplerConfig model = small_sampler();
  model.relative_translation = RelativeSource::prior;
  return model;
}

const TwoHands& hands() {
  static const TwoHands both(procedural_hand());
  return both;
}

struct Posed {
  PerHand<HandPose> pose;
  PerHand<HandMesh> mesh;
};
Posed posed() {
  Posed out;
  out.pose = pose_from(random_interaction(kPairs, 5), matrix_from_axis_angle(3 * normal_tensor({kPairs, 3}, Seed{6})));
  out.mesh = hands()(out.pose);
  return out;
}

torch::Tensor joints_of(const PerHand<HandMesh>& mesh, const torch::Tensor& root) {
  return torch::cat({mesh.right.joints_in_root, mesh.left.joints_in_root}, 1) + root.unsqueeze(1);
}

TEST(KeypointSceneTest, TheGroundTruthIsInTheCropsCamera) {
  const Posed some = posed();
  const KeypointScene scene = keypoint_scene(some.pose, some.mesh, 64, 0.2, kSure, Seed{1});
  const torch::Tensor seen = scene.crop.project(joints_of(hands()(scene.hands.pose), scene.hands.root_in_camera));
  EXPECT_THAT(scene.joints.place, TensorNear(seen, 1e-2));
  // The hands are only rotated rigidly.
  const auto apart = [](const torch::Tensor& joints) { return (joints.unsqueeze(2) - joints.unsqueeze(1)).norm(2, {3}); };
  EXPECT_THAT(apart(joints_of(hands()(scene.hands.pose), scene.hands.root_in_camera)),
              TensorNear(apart(joints_of(some.mesh, torch::zeros({kPairs, 3}))), 1e-5));
}

// Training and `predict --keypoints` compute the same cues from joints of the same hands.
TEST(KeypointSceneTest, ItsCuesEqualThoseOfPrediction) {
  const Posed some = posed();
  const SamplerConfig model = model_of_keypoints();
  const KeypointScene scene = keypoint_scene(some.pose, some.mesh, model.image_size, /*jitter=*/0, kSure, Seed{1});
  const Features trained = keypoint_cues(model, scene.joints);

  const PlacedHands placed = place_before_camera(some.mesh, model.image_size, 0, RowSeed(Seed{1}).derive("place"));
  const torch::Tensor pixels = placed.camera.project(joints_of(some.mesh, placed.root_in_camera));
  std::vector<FitTarget> targets(kPairs);
  for (int64_t i = 0; i < kPairs; ++i) {
    FitTarget& target = targets[static_cast<size_t>(i)];
    const auto number = [&](const torch::Tensor& tensor, int64_t axis) { return tensor[i][axis].item<double>(); };
    target.camera = {number(placed.camera.focal, 0),
                     number(placed.camera.focal, 1),
                     number(placed.camera.principal, 0),
                     number(placed.camera.principal, 1),
                     model.image_size,
                     model.image_size};
    for (const Side side : kSides) {
      HandKeypoints hand;
      for (int64_t j = 0; j < kJoints; ++j) {
        const torch::Tensor at = pixels[i][static_cast<int64_t>(side) * kJoints + j];
        hand.joints[static_cast<size_t>(j)] = {at[0].item<double>(), at[1].item<double>(), 0.9};
      }
      target.keypoints.hand[side] = hand;
    }
  }
  torch::manual_seed(3);
  Sampler network(model, InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
  network->eval();
  const Features predicted = sample_keypoints(network, targets, hands()).reconstruction.features;
  EXPECT_THAT(predicted.iah, TensorNear(trained.iah, 1e-4));
  EXPECT_THAT(predicted.mask, TensorNear(trained.mask, 1e-4));
  EXPECT_GT(trained.mask.amax({2, 3}).min().item<float>(), 0.5);
}

TEST(KeypointSceneTest, DependsOnItsSeedAndNotOnTheBatch) {
  const Posed some = posed();
  const KeypointScene whole = keypoint_scene(some.pose, some.mesh, 64, 0.1, {}, Seed{2});
  for (int64_t i = 0; i < kPairs; ++i) {
    const auto row = [i](const torch::Tensor& tensor) { return tensor.slice(0, i, i + 1); };
    const PerHand<HandPose> pose = {
        {row(some.pose.right.rotations), row(some.pose.right.shape), row(some.pose.right.wrist_in_root)},
        {row(some.pose.left.rotations), row(some.pose.left.shape), row(some.pose.left.wrist_in_root)}};
    const PerHand<HandMesh> mesh = {{row(some.mesh.right.vertices_in_root), row(some.mesh.right.joints_in_root)},
                                    {row(some.mesh.left.vertices_in_root), row(some.mesh.left.joints_in_root)}};
    const KeypointScene one = keypoint_scene(pose, mesh, 64, 0.1, {}, {Seed{2}, i});
    EXPECT_TRUE(torch::equal(one.joints.found, row(whole.joints.found))) << i;
    EXPECT_THAT(one.joints.place, TensorNear(row(whole.joints.place), 1e-3)) << i;
    EXPECT_THAT(one.hands.root_in_camera, TensorNear(row(whole.hands.root_in_camera), 1e-5)) << i;
  }
}

TEST(KeypointSceneTest, JitterMovesAndScalesTheCrop) {
  const Posed some = posed();
  const auto middle_and_size = [&](double jitter) {
    const torch::Tensor place = keypoint_scene(some.pose, some.mesh, 64, jitter, kSure, Seed{3}).joints.place;
    return std::make_pair((place.amin(1) + place.amax(1)) / 2 - 31.5, (place.amax(1) - place.amin(1)).amax(1) / 64);
  };
  const auto [still, usual] = middle_and_size(0);
  EXPECT_LT(still.abs().max().item<double>(), 1.5);
  EXPECT_THAT(usual, TensorNear(torch::full({kPairs}, 0.7), 0.02));
  const auto [shaken, size] = middle_and_size(0.2);
  EXPECT_GT(shaken.abs().max().item<double>(), 3);
  EXPECT_LT(shaken.abs().max().item<double>(), 0.25 * 64);
  EXPECT_GT(((size - usual).abs()).max().item<double>(), 0.03);
}

}  // namespace
}  // namespace interprior
