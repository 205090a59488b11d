#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/seed.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/model/sampler.h"
#include "support/small_sampler.h"
#include "support/tensor_near.h"

// Decoding and refinement of the sampled code: model.decoder, finetune_decoder, refine.
namespace interprior {
namespace {

using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_hand());
  return both;
}

const InteractionPriorConfig kPrior{8, 16, 1, Anchor::knuckle};

torch::Tensor noise_image(int64_t batch) {
  return (normal_tensor({batch, 3, 64, 64}, Seed{5}) * 40 + 128).clamp(0, 255).to(torch::kUInt8);
}

// Which parts of the embedded prior are trained.
std::pair<bool, bool> encoder_and_decoder_learn(Sampler sampler) {
  std::pair<bool, bool> learn{false, false};
  for (const auto& item : sampler->prior()->named_parameters())
    (item.key().rfind("decoder.", 0) == 0 ? learn.second : learn.first) |= item.value().requires_grad();
  return learn;
}

torch::Tensor decoder_weight(InteractionPrior prior) { return prior->named_parameters()["decoder.output.weight"]; }

TEST(DecoderKindsTest, WeightsTakenFromThePriorAndTrainableWeights) {
  InteractionPrior prior(kPrior);
  SamplerConfig config = small_sampler();
  const auto taken = [&] {
    Sampler sampler(config, kPrior);
    sampler->load_prior_weights(prior);
    return sampler;
  };
  Sampler frozen = taken();
  EXPECT_EQ(encoder_and_decoder_learn(frozen), std::pair(false, false));
  EXPECT_THAT(decoder_weight(frozen->prior()), TensorNear(decoder_weight(prior), 0));

  config.finetune_decoder = true;
  Sampler tuned = taken();
  EXPECT_EQ(encoder_and_decoder_learn(tuned), std::pair(false, true));
  EXPECT_THAT(decoder_weight(tuned->prior()), TensorNear(decoder_weight(prior), 0));

  config.finetune_decoder = false;
  config.decoder = DecoderKind::scratch;
  Sampler scratch = taken();
  EXPECT_EQ(encoder_and_decoder_learn(scratch), std::pair(false, true));
  EXPECT_GT((decoder_weight(scratch->prior()) - decoder_weight(prior)).abs().max().item<double>(), 1e-3);

  config.decoder = DecoderKind::direct;
  EXPECT_EQ(encoder_and_decoder_learn(taken()), std::pair(false, false));
}

TEST(DecoderKindsTest, DirectRegressionPredictsTheInteraction) {
  const torch::NoGradGuard no_grad;
  SamplerConfig config = small_sampler();
  config.decoder = DecoderKind::direct;
  Sampler sampler(config, kPrior);
  InteractionPrior prior(kPrior);
  prior->set_normalisation(normal_tensor({50, kStateSize}, Seed{3}) + 1);
  sampler->load_prior_weights(prior);
  sampler->eval();
  const Reconstruction out = sampler->forward(noise_image(2), hands());
  ASSERT_EQ(out.conditional.z.mean.size(1), kStateSize);
  // The last ten of the 20 shape numbers are the left hand's, in the training set's units.
  const auto buffers = prior->named_buffers();
  const torch::Tensor expected = (out.conditional.z.mean * buffers["state_deviation"] + buffers["state_mean"]).slice(1, 190, 200);
  EXPECT_THAT(out.interaction.shape.left, TensorNear(expected, 1e-6));
}

TEST(DecoderKindsTest, HypothesesOfAnUnalignedCodeDifferOnlyInTheView) {
  const torch::NoGradGuard no_grad;
  for (const DecoderKind kind : {DecoderKind::scratch, DecoderKind::direct}) {
    SamplerConfig config = small_sampler();
    config.decoder = kind;
    Sampler sampler(config, kPrior);
    sampler->eval();
    const Reconstruction out = sampler->forward(noise_image(1), hands());
    const auto sampled = sampler->sample(out, torch::ones({2, 1, code_size(config, kPrior) + 3}), hands());
    EXPECT_THAT(sampled.right.shape.slice(0, 0, 1), TensorNear(out.pose.right.shape, 1e-6));
    EXPECT_GT((sampled.right.rotations.select(1, 0)[0] - out.pose.right.rotations[0][0]).abs().max().item<double>(), 1e-3);
  }
}

TEST(DecoderKindsTest, RefinementStartsAtZeroAndTrainsFromItsFirstStep) {
  SamplerConfig config = small_sampler();
  torch::manual_seed(4);
  Sampler plain(config, kPrior);
  config.refine = 2;
  Sampler refined(config, kPrior);
  {
    const torch::NoGradGuard no_grad;
    const auto weights = plain->named_parameters();
    for (auto& item : refined->named_parameters())
      if (weights.contains(item.key())) item.value().copy_(weights[item.key()]);
  }
  plain->eval();
  refined->eval();
  const Reconstruction a = plain->forward(noise_image(2), hands()), b = refined->forward(noise_image(2), hands());
  EXPECT_THAT(b.pose.left.rotations, TensorNear(a.pose.left.rotations, 1e-5));
  EXPECT_THAT(b.features.tau, TensorNear(a.features.tau, 0));
  hands()(b.pose).left.vertices_in_root.square().sum().backward();
  for (const auto& item : refined->named_parameters())
    if (item.key().find("correction.bias") != std::string::npos) {
      EXPECT_GT(item.value().grad().abs().max().item<double>(), 0) << item.key();
    }
}

TEST(DecoderKindsTest, FeaturesWithZeroWeightDoNotAffectRefinement) {
  const torch::NoGradGuard no_grad;
  SamplerConfig config = small_sampler();
  config.refine = 1;
  Sampler sampler(config, kPrior);
  for (auto& item : sampler->named_parameters())
    if (item.key().find("correction.weight") != std::string::npos) item.value().normal_(0, 0.05);
  sampler->eval();
  sampler->start_without_features();
  Features cues;
  cues.map = torch::zeros({1, 16, 16, 16});
  cues.iah = normal_tensor({1, 42, 16, 16}, Seed{1});
  cues.mask = torch::rand({1, 2, 16, 16});
  cues.tau = torch::zeros({1, 3});
  const torch::Tensor without = sampler->from_cues(cues, hands()).conditional.z.mean;
  cues.map = normal_tensor({1, 16, 16, 16}, Seed{2});
  EXPECT_THAT(sampler->from_cues(cues, hands()).conditional.z.mean, TensorNear(without, 1e-6));
}

TEST(DecoderKindsTest, MissingFeaturesEqualZeroFeatures) {
  const torch::NoGradGuard no_grad;
  SamplerConfig config = small_sampler();
  config.refine = 1;
  Sampler sampler(config, kPrior);
  for (auto& item : sampler->named_parameters())
    if (item.key().find("correction.weight") != std::string::npos) item.value().normal_(0, 0.05);
  sampler->eval();
  Features cues;
  cues.iah = normal_tensor({2, 42, 16, 16}, Seed{1});
  cues.mask = torch::rand({2, 2, 16, 16});
  cues.tau = torch::zeros({2, 3});
  const torch::Tensor without = sampler->from_cues(cues, hands()).conditional.z.mean;
  cues.map = torch::zeros({2, 16, 16, 16});
  EXPECT_THAT(sampler->from_cues(cues, hands()).conditional.z.mean, TensorNear(without, 1e-6));
  cues.map = normal_tensor({2, 16, 16, 16}, Seed{2});
  EXPECT_GT((sampler->from_cues(cues, hands()).conditional.z.mean - without).abs().max().item<double>(), 1e-4);
}

TEST(DecoderKindsTest, OnlyThePriorsDecoderCanBeFineTuned) {
  EXPECT_THAT([] { parse_config<SamplerConfig>("decoder: direct\nfinetune_decoder: true", "c.yaml"); },
              ThrowsError(HasSubstr("fine-tuned")));
}

}  // namespace
}  // namespace interprior
