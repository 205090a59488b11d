#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/hand/procedural/procedural_hand.h"
#include "sampler_loss_scene.h"
#include "support/numerical_gradient.h"
#include "support/tensor_near.h"

// Every term of the sampler's loss against central differences, in float64.
namespace interprior {
namespace {

const TwoHands& hands() {
  static const TwoHands both(procedural_hand(), torch::kCPU, torch::kFloat64);
  return both;
}

// All inputs of hand_loss as a vector: z (8), both wrists' 6D (12), log-variance (3), camera (3), tau (3), code (209).
constexpr int64_t kNumbers = 8 + 12 + 3 + 3 + 3 + kStateSize;

Reconstruction said_by(const torch::Tensor& numbers, const SamplerConfig& model) {
  const auto parts = numbers.view({1, kNumbers}).split_with_sizes({4, 4, 12, 3, 3, 3, kStateSize}, 1);
  Reconstruction out;
  out.conditional.z = {parts[0], parts[1]};
  View& view = out.conditional.view;
  view.rot6d = parts[2].view({1, 2, 6});
  view.rotation = matrix_from_rot6d(view.rot6d.select(1, 0));
  view.left_rotation = matrix_from_rot6d(view.rot6d.select(1, 1));
  view.rotation_log_variance = parts[3];
  view.camera = parts[4];
  out.features.tau = parts[5];
  out.interaction = interaction_from_state(parts[6], hands(), Anchor::knuckle);
  out.pose = compose(out.interaction, view, out.features.tau, model.relative_translation, model.left_rotation);
  return out;
}

torch::Tensor start_near(const SamplerTruth& truth) {
  const torch::Tensor state = state_from(truth.interaction, hands(), Anchor::knuckle);
  const torch::Tensor rot6d = torch::cat(
      {rot6d_from_matrix(truth.pose.right.rotations.select(1, 0)), rot6d_from_matrix(truth.pose.left.rotations.select(1, 0))}, 1);
  const torch::Tensor exact = torch::cat({torch::zeros({1, 8}, torch::kFloat64), rot6d, torch::zeros({1, 3}, torch::kFloat64),
                                          truth.view_camera, truth.tau, state},
                                         1)
                                  .squeeze(0);
  // Off by a tenth, so that no absolute value is near its kink.
  return exact + 0.1 * normal_tensor({kNumbers}, Seed{31}).to(torch::kFloat64) * exact.abs().clamp_min(0.05);
}

torch::Tensor values_of(const Terms& terms) {
  std::vector<torch::Tensor> values;
  for (const Term& term : terms.list) values.push_back(term.value);
  return torch::stack(values);
}

TEST(SamplerLossGradientTest, HandTermsAreTheNumericalOnes) {
  Scene s = scene(1, torch::kFloat64);
  s.model.left_rotation = RelativeSource::both;
  SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
  truth.posterior = {torch::full({1, 4}, 0.3, torch::kFloat64), torch::full({1, 4}, -1.0, torch::kFloat64)};
  SamplerLossConfig config;
  config.edge = config.penetration = 1;
  const torch::Tensor start = start_near(truth);
  const auto terms_at = [&](const torch::Tensor& numbers) {
    return hand_loss(config, s.model, said_by(numbers, s.model), truth, s.camera, hands());
  };
  torch::Tensor numerical;  // (terms, numbers), all terms in one go
  {
    const torch::NoGradGuard no_grad;
    constexpr double kStep = 1e-8;  // small, so that no vertex's absolute value has its kink within the step
    std::vector<torch::Tensor> slopes;
    for (int64_t i = 0; i < kNumbers; ++i) {
      torch::Tensor plus = start.clone(), minus = start.clone();
      plus[i] += kStep;
      minus[i] -= kStep;
      slopes.push_back((values_of(terms_at(plus)) - values_of(terms_at(minus))) / (2 * kStep));
    }
    numerical = torch::stack(slopes, 1);
  }
  const torch::Tensor leaf = start.clone().requires_grad_(true);
  const Terms terms = terms_at(leaf);
  ASSERT_EQ(terms.list.size(), 14u);
  for (size_t i = 0; i < terms.list.size(); ++i) {
    const Term& term = terms.list[i];
    if (term.name == "rotation_nll") continue;  // detached rotation error: tested below
    torch::Tensor gradient = torch::autograd::grad({term.value}, {leaf}, {}, /*retain_graph=*/true)[0];
    const torch::Tensor expected = numerical[static_cast<int64_t>(i)];
    const double steepest = expected.abs().max().item<double>();
    EXPECT_GT(steepest, 1e-5) << term.name;
    EXPECT_THAT(gradient, TensorNear(expected, 2e-7 + 1e-6 * steepest)) << term.name;
  }
}

TEST(SamplerLossGradientTest, LogVarianceGetsGradientsAndTheRotationNoneFromIt) {
  const Scene s = scene(1, torch::kFloat64);
  const SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
  const torch::Tensor start = start_near(truth);
  const auto rotation_nll = [&](const torch::Tensor& numbers) {
    for (const Term& t : hand_loss({}, s.model, said_by(numbers, s.model), truth, s.camera, hands()).list)
      if (t.name == "rotation_nll") return t.value;
    return torch::Tensor();
  };
  const torch::Tensor gradient = autograd_gradient(rotation_nll, start), numerical = numerical_gradient(rotation_nll, start);
  EXPECT_THAT(gradient.slice(0, 20, 23), TensorNear(numerical.slice(0, 20, 23), 1e-7));
  EXPECT_GT(numerical.slice(0, 8, 14).abs().max().item<double>(), 1e-4);  // the likelihood does depend on the rotation
  EXPECT_EQ(gradient.slice(0, 8, 20).abs().max().item<double>(), 0);
}

TEST(SamplerLossGradientTest, CueTermsAreTheNumericalOnes) {
  Scene s = scene(1, torch::kFloat64);
  s.model.image_size = 32;
  s.camera.focal = s.camera.focal * 0.5;
  s.camera.principal = torch::full({1, 2}, 15.5, torch::kFloat64);
  s.annotation.mask = s.annotation.mask.slice(2, 0, 8).slice(3, 0, 8);
  const SamplerTruth truth = sampler_truth(s.model, s.annotation, s.camera, hands());
  const int64_t maps = truth.heatmap.maps.numel(), masks = truth.mask.numel();
  const auto loss = [&](const torch::Tensor& numbers) {
    Features features;
    const auto parts = numbers.split_with_sizes({maps, masks, 3}, 0);
    features.iah = parts[0].view_as(truth.heatmap.maps);
    features.mask_logit = parts[1].view_as(truth.mask);
    features.tau = parts[2].view({1, 3});
    return cue_loss({}, features, truth).total();
  };
  const torch::Tensor start = normal_tensor({maps + masks + 3}, Seed{41}).to(torch::kFloat64);
  const torch::Tensor numerical = numerical_gradient(loss, start, 1e-5);
  EXPECT_THAT(autograd_gradient(loss, start), TensorNear(numerical, 1e-6 * std::max(1.0, numerical.abs().max().item<double>())));
}

}  // namespace
}  // namespace interprior
