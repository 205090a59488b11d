#include "interprior/objective/prior_loss.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/hand/procedural/procedural_hand.h"
#include "support/numerical_gradient.h"
#include "support/random_interaction.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

const TwoHands& hands64() {
  static const TwoHands both(procedural_hand(), torch::kCPU, torch::kFloat64);
  return both;
}

Latent standard(int64_t batch, int64_t size) {
  return {torch::zeros({batch, size}, torch::kFloat64), torch::zeros({batch, size}, torch::kFloat64)};
}

TEST(KlTest, AgreesWithTheIntegral) {
  // KL(N(0.7, 0.5^2) || N(-0.2, 1.3^2)) = ln(1.3 / 0.5) + (0.5^2 + 0.9^2) / (2 * 1.3^2) - 1/2
  const auto gaussian = [](double mean, double deviation) {
    return Latent{torch::full({1, 1}, mean, torch::kFloat64), torch::full({1, 1}, 2 * std::log(deviation), torch::kFloat64)};
  };
  EXPECT_NEAR(kl_between(gaussian(0.7, 0.5), gaussian(-0.2, 1.3)).item<double>(), std::log(2.6) + (0.25 + 0.81) / 3.38 - 0.5,
              1e-12);
  const Latent p = gaussian(0.7, 0.5);
  EXPECT_NEAR(kl_to_standard_normal(p).item<double>(), kl_between(p, standard(1, 1)).item<double>(), 1e-12);
  EXPECT_NEAR(kl_between(p, p).item<double>(), 0, 1e-12);
}

TEST(PriorLossTest, IsZeroOnTheGroundTruth) {
  const Interaction truth = random_interaction(3, 1, torch::kFloat64);
  const Terms terms =
      prior_loss({}, {standard(3, 4), truth}, truth, hands64(), Anchor::knuckle, torch::ones({}, torch::kFloat64));
  for (const Term& term : terms.list) EXPECT_NEAR(term.value.item<double>(), 0, 1e-6) << term.name;
}

TEST(PriorLossTest, KlWarmsUpAndFreeBitsHaveNoLoss) {
  const Interaction truth = random_interaction(2, 1, torch::kFloat64);
  Latent latent = standard(2, 4);
  latent.mean.fill_(1.0);  // 0.5 nats per dimension
  PriorLossConfig config;
  config.kl_warmup = 0.5;
  const auto kl = [&](double progress) {
    const Terms terms =
        prior_loss(config, {latent, truth}, truth, hands64(), Anchor::wrist, torch::full({}, progress, torch::kFloat64));
    for (const Term& term : terms.list)
      if (term.name == "kl") return term.value.item<double>();
    return -1.0;
  };
  EXPECT_NEAR(kl(0), 0, 1e-12);
  EXPECT_NEAR(kl(0.25), 1.0, 1e-12);
  EXPECT_NEAR(kl(0.9), 2.0, 1e-12);
  config.free_bits = 0.4;
  EXPECT_NEAR(kl(1), 0.4, 1e-12);
}

TEST(PriorLossTest, GradientsAreTheNumericalOnes) {
  const Interaction truth = random_interaction(1, 2, torch::kFloat64);
  const torch::Tensor start = state_from(random_interaction(1, 3, torch::kFloat64), hands64(), Anchor::knuckle);
  PriorLossConfig config;
  config.penetration = 1;
  const auto loss = [&](const torch::Tensor& state) {
    return prior_loss(config, {standard(1, 4), interaction_from_state(state, hands64(), Anchor::knuckle)}, truth, hands64(),
                      Anchor::knuckle, torch::ones({}, torch::kFloat64))
        .total();
  };
  const torch::Tensor numerical = numerical_gradient(loss, start, 1e-7);
  EXPECT_THAT(autograd_gradient(loss, start), TensorNear(numerical, 2e-5 * numerical.abs().max().item<double>()));
}

}  // namespace
}  // namespace interprior
