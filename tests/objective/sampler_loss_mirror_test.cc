#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/hand/procedural/procedural_hand.h"
#include "sampler_loss_scene.h"
#include "support/tensor_near.h"

// A mirrored sample has the original's targets and losses, hands swapped.
namespace interprior {
namespace {

const TwoHands& hands() {
  static const TwoHands both(procedural_hand(), torch::kCPU, torch::kFloat64);
  return both;
}

torch::Tensor mirrored_place(const torch::Tensor& place) { return place * torch::tensor({-1.0, 1.0, 1.0}, torch::kFloat64); }

// Mirrored maps (B,C,G,G), with the channels' halves (right, left) swapped.
torch::Tensor mirrored_maps(const torch::Tensor& maps) {
  const int64_t half = maps.size(1) / 2;
  return torch::cat({maps.slice(1, half), maps.slice(1, 0, half)}, 1).flip({3});
}

Scene mirrored(const Scene& s) {
  Scene m = s;
  m.annotation.pose = interprior::mirrored(s.annotation.pose);
  m.annotation.root_in_camera = mirrored_place(s.annotation.root_in_camera + s.annotation.pose.left.wrist_in_root);
  m.annotation.mask = mirrored_maps(s.annotation.mask);
  return m;
}

// A prediction with errors in every output, and its mirror image.
struct Prediction {
  PerHand<HandPose> pose;
  torch::Tensor root, iah, mask_logit;
};

Prediction wrong(const SamplerTruth& truth) {
  const int64_t batch = truth.tau.size(0);
  const torch::Tensor turn = normal_tensor({batch, 3}, Seed{21}).to(torch::kFloat64);
  Prediction prediction;
  prediction.pose = pose_from(random_interaction(batch, 22, torch::kFloat64), matrix_from_axis_angle(turn));
  prediction.root = truth.root_in_camera + torch::tensor({0.01, 0.03, -0.05}, torch::kFloat64);
  prediction.iah = normal_tensor(truth.heatmap.maps.sizes(), Seed{23}).to(torch::kFloat64);
  prediction.mask_logit = normal_tensor(truth.mask.sizes(), Seed{24}).to(torch::kFloat64);
  return prediction;
}

Prediction mirrored(const Prediction& prediction) {
  return {interprior::mirrored(prediction.pose), mirrored_place(prediction.root + prediction.pose.left.wrist_in_root),
          mirrored_maps(prediction.iah), mirrored_maps(prediction.mask_logit)};
}

Terms losses(const Scene& s, const SamplerTruth& truth, const Prediction& prediction) {
  Reconstruction out = perfect(truth);
  out.pose = prediction.pose;
  out.interaction = interaction_from(prediction.pose);
  out.features = {
      {}, prediction.iah, torch::sigmoid(prediction.mask_logit), prediction.mask_logit, prediction.pose.left.wrist_in_root};
  out.conditional.view.rotation = prediction.pose.right.rotations.select(1, 0);
  out.conditional.view.left_rotation = prediction.pose.left.rotations.select(1, 0);
  out.conditional.view.rot6d =
      torch::stack({rot6d_from_matrix(out.conditional.view.rotation), rot6d_from_matrix(out.conditional.view.left_rotation)}, 1);
  out.conditional.view.camera = view_camera_from_root(prediction.root, s.camera, s.model.image_size);
  SamplerLossConfig config;
  config.edge = 1;
  return sampler_loss(config, s.model, out, truth, s.camera, hands());
}

TEST(SamplerLossMirrorTest, TargetsAreTheSwappedOnes) {
  for (const char* kind : {"joint", "iah"})
    for (const char* neighbourhood : {"image", "space"}) {
      Scene s = scene(3, torch::kFloat64);
      s.model.heatmap = parse_config<HeatmapConfig>(c10::str("{kind: ", kind, ", neighbourhood: ", neighbourhood, "}"), "h");
      const SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
      const Scene other = mirrored(s);
      const SamplerTruth mirrored_truth = sampler_truth(other.model, other.annotation, other.camera, hands());
      EXPECT_GT(truth.heatmap.maps.amax().item<double>(), 0.99);
      EXPECT_THAT(mirrored_truth.heatmap.maps, TensorNear(mirrored_maps(truth.heatmap.maps), 1e-9));
      EXPECT_THAT(mirrored_truth.tau, TensorNear(-mirrored_place(truth.tau), 1e-12));
      torch::Tensor pixels = truth.joints_in_image.clone();
      pixels.select(2, 0) = 63 - pixels.select(2, 0);  // W - 1 - u
      EXPECT_THAT(mirrored_truth.joints_in_image, TensorNear(torch::cat({pixels.slice(1, 21), pixels.slice(1, 0, 21)}, 1), 1e-9));
    }
}

TEST(SamplerLossMirrorTest, LossesOfBothHandsAreEqual) {
  const Scene s = scene(3, torch::kFloat64), other = mirrored(s);
  const SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
  const SamplerTruth mirrored_truth = sampler_truth(other.model, other.annotation, other.camera, hands());
  const Prediction prediction = wrong(truth);
  const Terms here = losses(s, truth, prediction), there = losses(other, mirrored_truth, mirrored(prediction));
  for (const char* name :
       {"heatmap", "mask", "tau", "rotations", "shape", "joints", "vertices", "joints_2d", "edge", "wrist_rot6d"}) {
    const double value = value_of(here, name);
    EXPECT_GT(value, 1e-4) << name;
    EXPECT_NEAR(value_of(there, name), value, 1e-9 * value) << name;
  }
}

}  // namespace
}  // namespace interprior
