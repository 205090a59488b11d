#include "train/flow_fit.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>

#include "support/tensor_near.h"

namespace interprior {
namespace {

InteractionPrior small() {
  torch::manual_seed(1);
  InteractionPriorConfig config{2, 8, 1, Anchor::knuckle, Density::flow};
  config.flow_layers = 4;
  config.flow_width = 16;
  return InteractionPrior(config);
}

// Codes on the parabola z1 = z0^2, which no Gaussian fits.
Latent bow(int64_t count, uint64_t seed) {
  const torch::Tensor along = normal_tensor({count, 1}, Seed{seed}), across = 0.1 * normal_tensor({count, 1}, Seed{seed + 1});
  const torch::Tensor mean = torch::cat({along, along.square() + across}, 1);
  return {mean, torch::full_like(mean, -6)};
}

FlowFit fitted(InteractionPrior prior, const Latent& training, const Latent& held_out, uint64_t seed = 3, int64_t steps = 120) {
  const torch::NoGradGuard no_grad;  // as in validation
  prior->set_aggregate(training.mean);
  FlowFitConfig config;
  config.steps = steps;
  config.batch = 256;
  config.learning_rate = 5e-3;
  return fit_flow(prior, training, held_out, config, Seed{seed});
}

// Mean distance from the parabola; 0.08 for the codes themselves.
double off_the_bow(InteractionPrior prior, const torch::Tensor& z) {
  return (z.select(1, 1) - z.select(1, 0).square()).abs().mean().item<double>();
}

TEST(FlowFitTest, SamplesFollowANonGaussianDistribution) {
  InteractionPrior prior = small();
  const FlowFit fit = fitted(prior, bow(4000, 10), bow(1000, 20));
  EXPECT_TRUE(fit.kept);
  EXPECT_GT(fit.log_density, fit.gaussian_log_density + 0.7);
  const torch::NoGradGuard no_grad;
  const torch::Tensor noise = normal_tensor({2000, 2}, Seed{4});
  EXPECT_LT(off_the_bow(prior, prior->from_aggregate(noise)), 0.4 * off_the_bow(prior, prior->from_gaussian(noise)));
  EXPECT_THAT(prior->to_aggregate(prior->from_aggregate(noise)), TensorNear(noise, 1e-2));
}

// Codes with posterior standard deviations of half their distance.
TEST(FlowFitTest, SamplesHaveTheMomentsOfTheCodesMeans) {
  InteractionPrior prior = small();
  Latent training = bow(4000, 10), held_out = bow(1000, 20);
  for (Latent* one : {&training, &held_out}) {
    one->mean.select(1, 0).mul_(0.1).add_(2);
    one->log_variance.select(1, 0).fill_(std::log(0.05 * 0.05));
  }
  EXPECT_TRUE(fitted(prior, training, held_out).kept);
  const torch::NoGradGuard no_grad;
  const torch::Tensor sampled = prior->from_aggregate(normal_tensor({20000, 2}, Seed{4}));
  EXPECT_THAT(sampled.mean(0), TensorNear(training.mean.mean(0), 0.05));
  EXPECT_THAT(sampled.std(0) / training.mean.std(0), TensorNear(torch::ones({2}), 0.05));
}

TEST(FlowFitTest, SameSeedSameNumbersAndOnlyTheFlowTrains) {
  InteractionPrior a = small(), b = small(), other = small();
  const torch::Tensor decoder = a->named_parameters()["decoder.output.weight"].clone();
  fitted(a, bow(500, 10), bow(200, 20), 3, 20);
  fitted(b, bow(500, 10), bow(200, 20), 3, 20);
  fitted(other, bow(500, 10), bow(200, 20), 4, 20);
  const torch::NoGradGuard no_grad;
  const torch::Tensor noise = normal_tensor({20, 2}, Seed{4});
  EXPECT_THAT(b->from_aggregate(noise), TensorNear(a->from_aggregate(noise), 0));
  EXPECT_FALSE(torch::equal(other->from_aggregate(noise), a->from_aggregate(noise)));
  EXPECT_THAT(a->named_parameters()["decoder.output.weight"], TensorNear(decoder, 0));
  for (const auto& parameter : a->flow()->parameters()) {
    EXPECT_FALSE(parameter.requires_grad());
    EXPECT_FALSE(parameter.grad().defined());
  }
}

TEST(FlowFitTest, NonFiniteCodesKeepTheGaussian) {
  InteractionPrior prior = small();
  Latent broken = bow(500, 10);
  broken.log_variance.fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(fitted(prior, broken, bow(200, 20), 3, 20).kept);
  const torch::Tensor noise = normal_tensor({20, 2}, Seed{4});
  EXPECT_THAT(prior->from_aggregate(noise), TensorNear(prior->from_gaussian(noise), 0));
  const torch::NoGradGuard no_grad;
  for (auto& parameter : prior->flow()->parameters()) parameter.fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(fitted(prior, broken, bow(200, 20), 3, 20).kept);
  EXPECT_THAT(prior->from_aggregate(noise), TensorNear(prior->from_gaussian(noise), 0));
}

// A flow overfitted to a few codes is worse than the Gaussian on others.
TEST(FlowFitTest, AFlowWorseThanTheGaussianOnHeldOutCodesIsDiscarded) {
  InteractionPrior prior = small();
  Latent few = bow(6, 10);
  few.mean = normal_tensor({6, 2}, Seed{8});
  Latent many = bow(500, 20);
  many.mean = normal_tensor({500, 2}, Seed{9});
  const FlowFit fit = fitted(prior, few, many);
  EXPECT_FALSE(fit.kept);
  EXPECT_EQ(fit.log_density, fit.gaussian_log_density);
}

}  // namespace
}  // namespace interprior
