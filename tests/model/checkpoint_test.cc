#include "interprior/model/checkpoint.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/files/safetensors.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

CheckpointInfo prior_info(const InteractionPriorConfig& config) {
  CheckpointInfo info;
  info.kind = "prior";
  info.config = "seed: 3\n";
  info.prior_model = dump_config(config);
  info.step = 42;
  info.hand_hash = "abc";
  info.metrics["prior_joint_error_mm"] = "1.5";
  return info;
}

const InteractionPriorConfig kSmall{8, 16, 2, Anchor::wrist};

TEST(CheckpointTest, PriorReadsBackWithItsConfigAndEmaWeights) {
  const TemporaryDirectory folder;
  InteractionPrior prior(kSmall);
  std::map<std::string, torch::Tensor> ema_weights;
  for (const auto& item : prior->named_parameters()) ema_weights[item.key()] = item.value().detach() + 1;
  write_checkpoint(folder / "p.safetensors", *prior, prior_info(kSmall), ema_weights);
  CheckpointInfo info;
  InteractionPrior back = load_prior(folder / "p.safetensors", &info);
  EXPECT_EQ(info.step, 42);
  EXPECT_EQ(info.metrics.at("prior_joint_error_mm"), "1.5");
  EXPECT_EQ(back->config().anchor, Anchor::wrist);
  for (const auto& item : back->named_parameters()) EXPECT_THAT(item.value(), TensorNear(ema_weights.at(item.key()), 0));
  InteractionPrior plain(kSmall);
  load_weights(*plain, Safetensors(folder / "p.safetensors"), /*prefer_ema=*/false);
  for (const auto& item : plain->named_parameters())
    EXPECT_THAT(item.value(), TensorNear(prior->named_parameters()[item.key()], 0));
}

TEST(CheckpointTest, AnotherKindOrProgramOrFormatIsRefused) {
  const TemporaryDirectory folder;
  InteractionPrior prior(kSmall);
  write_checkpoint(folder / "p.safetensors", *prior, prior_info(kSmall));
  EXPECT_THAT([&] { load_sampler(folder / "p.safetensors"); }, ThrowsError(AllOf(HasSubstr("prior"), HasSubstr("sampler"))));
  write_safetensors(folder / "x.safetensors", {{"a", torch::zeros({2})}}, {});
  EXPECT_THAT([&] { load_prior(folder / "x.safetensors"); }, ThrowsError(HasSubstr("not a checkpoint")));
  CheckpointInfo newer = prior_info(kSmall);
  newer.format = kCheckpointFormat + 1;
  write_checkpoint(folder / "n.safetensors", *prior, newer);
  EXPECT_THAT([&] { load_prior(folder / "n.safetensors"); }, ThrowsError(HasSubstr("format")));
  EXPECT_THAT([&] { load_prior(folder / "none.safetensors"); }, ThrowsError(HasSubstr("none.safetensors")));
}

TEST(CheckpointTest, WeightsOfAnotherModelAreListed) {
  const TemporaryDirectory folder;
  InteractionPrior prior(kSmall);
  InteractionPriorConfig other = kSmall;
  other.depth = 1;
  other.latent = 4;
  write_checkpoint(folder / "p.safetensors", *prior, prior_info(other));
  EXPECT_THAT([&] { load_prior(folder / "p.safetensors"); },
              ThrowsError(AllOf(HasSubstr("unexpected: decoder.blocks.1"), HasSubstr("shape mismatch"))));
  other = kSmall;
  other.depth = 3;
  write_checkpoint(folder / "p.safetensors", *prior, prior_info(other));
  EXPECT_THAT([&] { load_prior(folder / "p.safetensors"); }, ThrowsError(HasSubstr("missing: decoder.blocks.2")));
}

// Files of format 1 (October 2026, before priors held their aggregated posterior) must always load.
TEST(CheckpointTest, FormatOneStillLoads) {
  const std::filesystem::path golden = std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/golden";
  CheckpointInfo info;
  InteractionPrior prior = load_prior(golden / "prior_format_1.safetensors", &info);
  EXPECT_EQ(info.format, 1);
  const torch::Tensor noise = torch::randn({3, prior->config().latent});
  EXPECT_THAT(prior->from_aggregate(noise), TensorNear(noise, 0));
  EXPECT_GT(prior->named_buffers()["state_deviation"].std().item<double>(), 0.01);  // the file's, not a new network's
  Sampler sampler = load_sampler(golden / "sampler_format_1.safetensors", &info);
  EXPECT_EQ(info.format, 1);
  EXPECT_EQ(sampler->config().decoder, DecoderKind::prior);
  EXPECT_EQ(sampler->config().extraction.source, FeatureSource::layer1);  // the file says stem
}

// Files of format 2 (November 2026, before priors held the covariance of their states) must always load.
TEST(CheckpointTest, FormatTwoStillLoads) {
  CheckpointInfo info;
  InteractionPrior prior =
      load_prior(std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/golden/prior_format_2.safetensors", &info);
  EXPECT_EQ(info.format, 2);
  EXPECT_EQ(prior->config().density, Density::gaussian);
  const auto buffers = prior->named_buffers();
  EXPECT_GT((buffers["aggregate_factor"] - torch::eye(4)).abs().max().item<double>(), 0.1);  // the file's
  const torch::Tensor states = prior->gaussian_state(torch::eye(kStateSize)) - buffers["state_mean"];
  EXPECT_THAT(states.t().matmul(states), TensorNear(buffers["state_deviation"].square().diag(), 1e-6));  // diagonal covariance
  const torch::Tensor moved = states.norm(2, {1});
  EXPECT_THAT(moved, TensorNear(std::get<0>(moved.sort(0, /*descending=*/true)), 1e-5));  // largest first
  EXPECT_EQ(prior->temperature(), 1);
}

// Files of format 3 (November 2026, before flows ended in an affine map) must always load.
TEST(CheckpointTest, FormatThreeStillLoads) {
  CheckpointInfo info;
  InteractionPrior prior =
      load_prior(std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/golden/prior_format_3.safetensors", &info);
  EXPECT_EQ(info.format, 3);
  const auto buffers = prior->named_buffers();
  EXPECT_THAT(buffers["flow.mean"], TensorNear(torch::zeros({4}), 0));
  EXPECT_THAT(buffers["flow.factor"], TensorNear(torch::eye(4), 0));
  const torch::Tensor noise = torch::ones({1, 4});
  EXPECT_GT((prior->flow()->forward(noise) - noise).abs().max().item<double>(), 0.05);  // the file's layers
}

// Files of format 4 (November 2026, before config keys were renamed) must always load.
TEST(CheckpointTest, FormatFourStillLoads) {
  CheckpointInfo info;
  InteractionPrior prior =
      load_prior(std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/golden/prior_format_4.safetensors", &info);
  EXPECT_EQ(info.format, 4);
  EXPECT_THAT(prior->named_buffers()["flow.mean"], TensorNear(torch::tensor({0.1f, -0.2f, 0.3f, 0.05f}), 0));
  EXPECT_GT((prior->named_buffers()["flow.factor"] - torch::eye(4)).abs().max().item<double>(), 0.05);
}

TEST(CheckpointTest, AFlowReadsBackWithThePrior) {
  const TemporaryDirectory folder;
  InteractionPriorConfig config = kSmall;
  config.density = Density::flow;
  InteractionPrior prior(config);
  {
    const torch::NoGradGuard no_grad;
    for (auto& parameter : prior->flow()->parameters()) parameter.normal_(0, 0.3);
  }
  prior->flow()->set_affine(torch::rand({8}), torch::rand({8, 8}).tril());
  prior->set_temperature(0.75);
  write_checkpoint(folder / "p.safetensors", *prior, prior_info(config));
  InteractionPrior back = load_prior(folder / "p.safetensors");
  const torch::Tensor noise = torch::randn({5, 8});
  EXPECT_THAT(back->from_aggregate(noise), TensorNear(prior->from_aggregate(noise), 0));
  EXPECT_EQ(back->temperature(), 0.75);
}

TEST(CheckpointTest, ANewFileMustHoldTheAggregatedPosterior) {
  const TemporaryDirectory folder;
  InteractionPrior prior(kSmall);
  NamedTensors tensors;
  for (const auto& item : prior->named_parameters()) tensors.emplace_back(item.key(), item.value().detach());
  for (const auto& item : prior->named_buffers())
    if (item.key() != "aggregate_factor") tensors.emplace_back(item.key(), item.value());
  write_checkpoint(folder / "whole.safetensors", *prior, prior_info(kSmall));
  write_safetensors(folder / "lacking.safetensors", tensors, Safetensors(folder / "whole.safetensors").metadata());
  EXPECT_THAT([&] { load_prior(folder / "lacking.safetensors"); }, ThrowsError(HasSubstr("missing: aggregate_factor")));
}

TEST(CheckpointTest, MatchingWeightsOfAnotherFileInitialise) {
  const TemporaryDirectory folder;
  ResNet backbone(BackboneKind::resnet18, 8);
  NamedTensors tensors;
  for (const auto& item : backbone->named_parameters()) tensors.emplace_back(item.key(), item.value().detach());
  tensors.emplace_back("fc.weight", torch::zeros({10, 64}));
  write_safetensors(folder / "torchvision.safetensors", tensors, {});
  Extraction extraction(ExtractionConfig{BackboneKind::resnet18, 8, 16, 16, FeatureSource::layer1}, 42);
  struct Whole : torch::nn::Module {
  } whole;
  whole.register_module("extraction", extraction);
  const PartialLoad loaded = load_matching_weights(whole, Safetensors(folder / "torchvision.safetensors"));
  EXPECT_EQ(loaded.loaded, static_cast<int64_t>(tensors.size()) - 1);
  EXPECT_EQ(loaded.unused, std::vector<std::string>{"fc.weight"});
  EXPECT_THAT(extraction->named_parameters()["trunk.layer4.1.conv2.weight"],
              TensorNear(backbone->named_parameters()["layer4.1.conv2.weight"], 0));
}

}  // namespace
}  // namespace interprior
