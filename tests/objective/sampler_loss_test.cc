#include "interprior/objective/sampler_loss.h"

#include <gtest/gtest.h>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural_hand.h"
#include "support/random_interaction.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

const TwoHands& hands() {
  static const TwoHands both(procedural_hand());
  return both;
}

struct Scene {
  SamplerConfig model;
  Camera camera;
  Annotation annotation;
};

Scene scene(int64_t batch) {
  Scene s;
  s.model.image_size = 64;
  s.camera = {torch::full({batch, 2}, 300.0f), torch::full({batch, 2}, 31.5f), torch::eye(3).expand({batch, 3, 3})};
  s.annotation.pose = pose_from(random_interaction(batch, 4), matrix_from_axis_angle(normal_tensor({batch, 3}, Seed{9})));
  s.annotation.root_in_camera = torch::tensor({0.02f, -0.01f, 1.1f}).expand({batch, 3});
  s.annotation.joints_in_camera = torch::zeros({batch, 2, 21, 3});
  s.annotation.joint_valid = torch::zeros({batch, 2, 21}, torch::kBool);
  s.annotation.has_mano = torch::ones({batch, 2}, torch::kBool);
  s.annotation.mask = torch::zeros({batch, 2, 16, 16});
  s.annotation.mask.slice(2, 4, 8).fill_(1);
  s.annotation.mask_valid = torch::ones({batch}, torch::kBool);
  return s;
}

// A reconstruction that says exactly what the truth is.
Reconstruction perfect(const SamplerTruth& truth) {
  Reconstruction out;
  const int64_t batch = truth.tau.size(0);
  out.features.iah = truth.heatmap.maps;
  out.features.mask_logit = (truth.mask * 2 - 1) * 50;
  out.features.tau = truth.tau;
  out.conditional.z = {torch::zeros({batch, 4}), torch::zeros({batch, 4})};
  out.conditional.view = {truth.pose.right.rotations.select(1, 0), torch::zeros({batch, 3}), truth.view_camera,
                          truth.pose.left.rotations.select(1, 0),
                          torch::stack({six_from_matrix(truth.pose.right.rotations.select(1, 0)),
                                        six_from_matrix(truth.pose.left.rotations.select(1, 0))}, 1)};
  out.interaction = truth.interaction;
  out.pose = truth.pose;
  return out;
}

TEST(SamplerLossTest, IsZeroOnTheTruth) {
  const Scene s = scene(3);
  SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
  truth.posterior = {torch::zeros({3, 4}), torch::zeros({3, 4})};
  SamplerLossConfig config;
  config.edge = 1;
  const Terms terms = sampler_loss(config, s.model, perfect(truth), truth, s.camera, hands());
  EXPECT_GE(terms.list.size(), 14u);
  for (const Term& term : terms.list) EXPECT_NEAR(term.value.item<double>(), 0, 2e-4) << term.name;
}

TEST(SamplerLossTest, SamplesWithoutBothHandsCarryNoHandLoss) {
  Scene s = scene(2);
  const SamplerTruth full = sampler_truth(s.model, s.annotation, s.camera, hands());
  s.annotation.has_mano = torch::tensor({{true, true}, {true, false}});
  SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
  truth.posterior = {torch::zeros({2, 4}), torch::zeros({2, 4})};
  EXPECT_FALSE(truth.heatmap.has_loss[1][21].item<bool>());     // left wrist: neither MANO nor a label
  EXPECT_TRUE(truth.heatmap.has_loss[1][0].item<bool>());
  Reconstruction wrong = perfect(full);
  wrong.features.tau = truth.tau + torch::tensor({{0.0f}, {9.0f}});
  wrong.conditional.view.camera = truth.view_camera + torch::tensor({{0.0f}, {9.0f}});
  for (const Term& term : sampler_loss({}, s.model, wrong, truth, s.camera, hands()).list)
    if (term.name != "heatmap" && term.name != "mask") {
      EXPECT_NEAR(term.value.item<double>(), 0, 2e-4) << term.name;
    }
}

TEST(SamplerLossTest, EveryTrainableWeightIsReached) {
  Scene s = scene(2);
  s.model.extraction = {TrunkKind::resnet18, 8, 16, 16, FeatureSource::both};
  s.model.fusion.patch = 4;
  s.model.fusion.depth = 1;
  s.model.fusion.width = 32;
  s.model.fusion.heads = 2;
  s.model.sampling.heads = 2;
  s.model.left_rotation = RelativeSource::both;
  Sampler sampler(s.model, InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
  for (auto& parameter : sampler->prior()->parameters()) parameter.requires_grad_(false);
  SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
  truth.posterior = sampler->prior()->encode(truth.interaction, hands());
  const torch::Tensor image = (normal_tensor({2, 3, 64, 64}, Seed{1}) * 40 + 128).clamp(0, 255).to(torch::kUInt8);
  sampler_loss({}, s.model, sampler->forward(image, hands()), truth, s.camera, hands()).total().backward();
  for (const auto& item : sampler->named_parameters()) {
    if (item.key().rfind("prior.", 0) == 0) {
      EXPECT_FALSE(item.value().grad().defined()) << item.key();
    } else {
      ASSERT_TRUE(item.value().grad().defined()) << item.key();
      EXPECT_TRUE(torch::isfinite(item.value().grad()).all().item<bool>()) << item.key();
    }
  }
}

}  // namespace
}  // namespace interprior
