#include "interprior/model/interaction_prior.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <numbers>

#include "interprior/hand/procedural/procedural_hand.h"
#include "support/random_interaction.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_hand());
  return both;
}

class StateTest : public ::testing::TestWithParam<Anchor> {};

TEST_P(StateTest, RoundTrips) {
  const Interaction interaction = random_interaction(5, 1);
  const torch::Tensor state = state_from(interaction, hands(), GetParam());
  EXPECT_EQ(state.sizes(), (std::vector<int64_t>{5, kStateSize}));
  const Interaction back = interaction_from_state(state, hands(), GetParam());
  EXPECT_THAT(back.fingers.right, TensorNear(interaction.fingers.right, 1e-6));
  EXPECT_THAT(back.fingers.left, TensorNear(interaction.fingers.left, 1e-6));
  EXPECT_THAT(back.shape.left, TensorNear(interaction.shape.left, 1e-6));
  EXPECT_THAT(back.left_from_right, TensorNear(interaction.left_from_right, 1e-6));
  EXPECT_THAT(back.left_in_right, TensorNear(interaction.left_in_right, 1e-6));
}

INSTANTIATE_TEST_SUITE_P(Anchors, StateTest, ::testing::Values(Anchor::knuckle, Anchor::wrist));

TEST(StateTest, KnuckleAnchorIsTheVectorBetweenTheMiddleKnuckles) {
  const Interaction interaction = random_interaction(4, 2);
  const torch::Tensor upright = torch::eye(3).expand({4, 3, 3});
  const PerHand<HandMesh> mesh = hands()(pose_from(interaction, upright));
  const torch::Tensor expected = mesh.left.joints_in_root.select(1, 9) - mesh.right.joints_in_root.select(1, 9);
  EXPECT_THAT(state_from(interaction, hands(), Anchor::knuckle).slice(1, kStateSize - 3), TensorNear(expected, 1e-6));
}

TEST(InteractionPriorTest, DecodesTheMeanOfItsTrainingSetFromAnUntrainedZero) {
  torch::manual_seed(3);
  InteractionPrior prior(InteractionPriorConfig{8, 32, 1, Anchor::knuckle});
  const torch::Tensor states = state_from(random_interaction(64, 3), hands(), Anchor::knuckle);
  prior->set_normalisation(states);
  for (auto& item : prior->named_parameters())
    if (item.key().rfind("decoder.output", 0) == 0) item.value().set_data(torch::zeros_like(item.value()));
  EXPECT_THAT(prior->decode_state(torch::zeros({1, 8}))[0], TensorNear(states.mean(0), 1e-5));
}

TEST(InteractionPriorTest, PaperSizeHasTwoHundredNineNumbersAndLatent128) {
  InteractionPrior prior{InteractionPriorConfig{}};
  const Latent latent = prior->encode(random_interaction(2, 4), hands());
  EXPECT_EQ(latent.mean.sizes(), (std::vector<int64_t>{2, 128}));
  EXPECT_EQ(latent.log_variance.sizes(), (std::vector<int64_t>{2, 128}));
  EXPECT_THAT([&] { prior->decode(torch::zeros({2, 64}), hands()); }, ThrowsError(HasSubstr("z")));
}

TEST(InteractionPriorTest, AggregateHasTheMeansAndCovariancesOfWhatItWasFittedTo) {
  InteractionPrior prior(InteractionPriorConfig{3, 16, 1, Anchor::knuckle});
  const torch::Tensor noise = normal_tensor({200000, 3}, Seed{1});
  EXPECT_THAT(prior->from_aggregate(noise), TensorNear(noise, 0));  // N(0, I) before the fit
  torch::Tensor means = normal_tensor({4000, 3}, Seed{2});
  means =
      torch::stack({means.select(1, 0) * 2 + 5, means.select(1, 0) + 0.1 * means.select(1, 1), torch::full({4000}, -1.0f)}, 1);
  prior->set_aggregate(means);  // the third dimension is empty: a plain factorisation would fail
  const torch::Tensor sampled = prior->from_aggregate(noise);
  EXPECT_THAT(sampled.mean(0), TensorNear(means.mean(0), 0.03));
  EXPECT_THAT(sampled.t().cov(), TensorNear(means.t().cov(), 0.06));
  EXPECT_THAT([&] { prior->set_aggregate(means.slice(0, 0, 1)); }, ThrowsError(HasSubstr("two patterns")));
}

TEST(InteractionPriorTest, AGaussianStateHasTheTrainingSetsMeanAndCovarianceLeadingDirectionFirst) {
  InteractionPrior prior(InteractionPriorConfig{3, 16, 1, Anchor::knuckle});
  const torch::Tensor states = state_from(random_interaction(400, 3), hands(), Anchor::knuckle);
  prior->set_normalisation(states);
  const torch::Tensor at_mean = prior->gaussian_state(torch::zeros({1, kStateSize}));
  EXPECT_THAT(at_mean[0], TensorNear(states.mean(0), 1e-5));
  const torch::Tensor columns = prior->gaussian_state(torch::eye(kStateSize)) - at_mean;
  EXPECT_THAT(columns.t().matmul(columns), TensorNear(states.t().cov(/*correction=*/0), 1e-4));
  const torch::Tensor length = columns.norm(2, {1});
  EXPECT_TRUE((length.slice(0, 1) <= length.slice(0, 0, -1) + 1e-6).all().item<bool>());
}

TEST(InteractionPriorTest, ANewFlowChangesNothing) {
  InteractionPriorConfig config{5, 16, 1, Anchor::knuckle};
  torch::manual_seed(1);
  InteractionPrior plain(config);
  config.density = Density::flow;
  torch::manual_seed(1);
  InteractionPrior prior(config);
  EXPECT_THAT(prior->named_parameters()["decoder.output.weight"],
              TensorNear(plain->named_parameters()["decoder.output.weight"], 0));
  const torch::Tensor means = normal_tensor({400, 5}, Seed{2}) * 3 + 1, noise = normal_tensor({9, 5}, Seed{3});
  plain->set_aggregate(means);
  prior->set_aggregate(means);
  EXPECT_THAT(prior->from_aggregate(noise), TensorNear(plain->from_aggregate(noise), 0));
  EXPECT_THAT(prior->aggregate_log_density(means), TensorNear(plain->aggregate_log_density(means), 1e-5));
}

TEST(InteractionPriorTest, TheGaussiansLogDensityIsTheFormulas) {
  InteractionPrior prior(InteractionPriorConfig{4, 16, 1, Anchor::knuckle});
  const torch::Tensor means = normal_tensor({300, 4}, Seed{1}).matmul(normal_tensor({4, 4}, Seed{2})) + 2;
  prior->set_aggregate(means);
  const torch::Tensor points = means.to(torch::kFloat64), centred = points - points.mean(0);
  const torch::Tensor covariance = points.t().cov(/*correction=*/0);
  const torch::Tensor squared = (centred.matmul(covariance.inverse()) * centred).sum(1);
  const torch::Tensor expected = -0.5 * (squared + covariance.logdet() + 4 * std::log(2 * std::numbers::pi));
  EXPECT_THAT(prior->aggregate_log_density(means), TensorNear(expected.to(torch::kFloat32), 1e-2));
}

TEST(InteractionPriorTest, SampleOfNoNoiseIsTheMean) {
  const Latent latent{torch::randn({3, 4}), torch::randn({3, 4})};
  EXPECT_THAT(sample(latent, torch::zeros({3, 4})), TensorNear(latent.mean, 0));
  const torch::Tensor one = sample(latent, torch::ones({3, 4})) - latent.mean;
  EXPECT_THAT(one.log() * 2, TensorNear(latent.log_variance, 1e-5));
}

}  // namespace
}  // namespace interprior
