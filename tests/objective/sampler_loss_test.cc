#include "interprior/objective/sampler_loss.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/hand/procedural/procedural_hand.h"
#include "sampler_loss_scene.h"
#include "support/small_sampler.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

const TwoHands& hands() {
  static const TwoHands both(procedural_hand());
  return both;
}

TEST(SamplerLossTest, IsZeroOnTheGroundTruth) {
  const Scene s = scene(3);
  SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
  truth.posterior = {torch::zeros({3, 4}), torch::zeros({3, 4})};
  SamplerLossConfig config;
  config.edge = 1;
  const Terms terms = sampler_loss(config, s.model, perfect(truth), truth, s.camera, hands());
  EXPECT_GE(terms.list.size(), 14u);
  for (const Term& term : terms.list) EXPECT_NEAR(term.value.item<double>(), 0, 2e-4) << term.name;
}

TEST(SamplerLossTest, SamplesWithoutBothHandsHaveNoHandLoss) {
  Scene s = scene(2);
  const SamplerTruth full = sampler_truth(s.model, s.annotation, s.camera, hands());
  s.annotation.has_mano = torch::tensor({{true, true}, {true, false}});
  SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
  truth.posterior = {torch::zeros({2, 4}), torch::zeros({2, 4})};
  EXPECT_FALSE(truth.heatmap.has_loss[1][21].item<bool>());  // left wrist: neither MANO nor a label
  EXPECT_TRUE(truth.heatmap.has_loss[1][0].item<bool>());
  Reconstruction wrong = perfect(full);
  wrong.features.tau = truth.tau + torch::tensor({{0.0f}, {9.0f}});
  wrong.conditional.view.camera = truth.view_camera + torch::tensor({{0.0f}, {9.0f}});
  for (const Term& term : sampler_loss({}, s.model, wrong, truth, s.camera, hands()).list)
    if (term.name != "heatmap" && term.name != "mask") {
      EXPECT_NEAR(term.value.item<double>(), 0, 2e-4) << term.name;
    }
}

TEST(SamplerLossTest, EveryTrainableWeightGetsAGradient) {
  Scene s = scene(2);
  s.model = small_sampler();
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
