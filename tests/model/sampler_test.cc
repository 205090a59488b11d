#include "interprior/model/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "support/random_interaction.h"
#include "support/small_sampler.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_hand());
  return both;
}

torch::Tensor noise_image(int64_t batch, int64_t size) {
  return (normal_tensor({batch, 3, size, size}, Seed{5}) * 40 + 128).clamp(0, 255).to(torch::kUInt8);
}

TEST(SamplerTest, PaperSizeHasThePapersMaps) {
  torch::NoGradGuard no_grad;
  Sampler sampler(SamplerConfig{}, InteractionPriorConfig{});
  sampler->eval();
  const Reconstruction out = sampler->forward(noise_image(1, 256), hands());
  EXPECT_EQ(out.features.map.sizes(), (std::vector<int64_t>{1, 256, 64, 64}));  // F: ResNet-50's layer1
  EXPECT_EQ(out.features.iah.sizes(), (std::vector<int64_t>{1, 42, 64, 64}));   // H
  EXPECT_EQ(out.features.mask.sizes(), (std::vector<int64_t>{1, 2, 64, 64}));   // M; S = 256 + 42 + 2 = 300
  EXPECT_EQ(out.features.tau.sizes(), (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(out.tokens.sizes(), (std::vector<int64_t>{1, 64, 384}));  // X: patches of 8
  EXPECT_EQ(out.conditional.z.mean.sizes(), (std::vector<int64_t>{1, 128}));
  EXPECT_EQ(sampler->fusion()->named_parameters()["embedding.weight"].size(1), 300);
}

TEST(SamplerTest, EveryHeatmapSourceAndFusionGivesHands) {
  torch::NoGradGuard no_grad;
  for (const HeatmapKind heatmap : {HeatmapKind::none, HeatmapKind::joint, HeatmapKind::visible_all, HeatmapKind::iah})
    for (const FeatureSource source : {FeatureSource::layer1, FeatureSource::decoder, FeatureSource::both})
      for (const FusionKind fusion : {FusionKind::vit, FusionKind::mean}) {
        SamplerConfig config = small_sampler();
        config.heatmap.kind = heatmap;
        config.extraction.source = source;
        config.fusion.kind = fusion;
        config.sampling.queries = fusion == FusionKind::vit ? QueryKind::joints : QueryKind::pooled;
        Sampler sampler(config, InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
        sampler->eval();
        const Reconstruction out = sampler->forward(noise_image(2, 64), hands());
        EXPECT_EQ(out.features.iah.size(1), config.heatmap.channels());
        EXPECT_TRUE(torch::isfinite(hands()(out.pose).left.vertices_in_root).all().item<bool>());
      }
}

TEST(SamplerTest, LocatedQueriesAttendToTheirMaps) {
  torch::NoGradGuard no_grad;
  SamplerConfig config = small_sampler();
  config.sampling.queries = QueryKind::located;
  for (const FusionKind fusion : {FusionKind::vit, FusionKind::mean}) {
    config.fusion.kind = fusion;
    Sampler sampler(config, InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
    sampler->eval();
    const Features seen = sampler->extraction()->forward(noise_image(2, 64));
    const auto z_of = [&](const torch::Tensor& iah) {
      Features features = seen;
      features.iah = iah;
      return sampler->from_cues(features, hands()).conditional.z.mean;
    };
    torch::Tensor spikes = torch::zeros_like(seen.iah);
    spikes.slice(2, 5, 6).slice(3, 3, 4).fill_(1);
    const torch::Tensor elsewhere = torch::roll(spikes, {4}, {3});
    EXPECT_GT((z_of(spikes) - z_of(elsewhere)).abs().max().item<double>(), 1e-5);
    // Empty and negative maps have no effect and cause no error.
    EXPECT_TRUE(torch::isfinite(z_of(torch::zeros_like(spikes))).all().item<bool>());
    EXPECT_TRUE(torch::isfinite(z_of(spikes - 2)).all().item<bool>());
  }
}

TEST(SamplerTest, LocatedQueriesNeedAMapForEachJoint) {
  for (const std::string kind : {"none", "visible_all"}) {
    try {
      parse_config<SamplerConfig>("", "model", {"sampling.queries=located", "heatmap.kind=" + kind});
      FAIL() << kind << " was taken";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("located queries need a map"), HasSubstr(kind), HasSubstr("choose joints")));
    }
  }
}

TEST(SamplerTest, CompositionFollowsItsSources) {
  const Interaction interaction = random_interaction(3, 6);
  View view;
  view.rotation = matrix_from_axis_angle(torch::randn({3, 3}));
  view.left_rotation = matrix_from_axis_angle(torch::randn({3, 3}));
  const torch::Tensor tau = torch::randn({3, 3}) * 0.1;
  const torch::Tensor turned = torch::matmul(view.rotation, interaction.left_in_right.unsqueeze(2)).squeeze(2);
  const torch::Tensor left = torch::matmul(view.rotation, interaction.left_from_right);
  const auto image = compose(interaction, view, tau, RelativeSource::image, RelativeSource::image);
  EXPECT_THAT(image.left.wrist_in_root, TensorNear(tau, 0));
  EXPECT_THAT(image.left.rotations.select(1, 0), TensorNear(view.left_rotation, 0));
  const auto prior = compose(interaction, view, tau, RelativeSource::prior, RelativeSource::prior);
  EXPECT_THAT(prior.left.wrist_in_root, TensorNear(turned, 1e-6));
  EXPECT_THAT(prior.left.rotations.select(1, 0), TensorNear(left, 1e-6));
  const auto both = compose(interaction, view, tau, RelativeSource::both, RelativeSource::both);
  EXPECT_THAT(both.left.wrist_in_root, TensorNear(0.5 * (tau + turned), 1e-6));
  const torch::Tensor half_way = both.left.rotations.select(1, 0);
  EXPECT_THAT(torch::matmul(half_way, half_way.transpose(1, 2)), TensorNear(torch::eye(3).expand({3, 3, 3}), 1e-5));
}

TEST(SamplerTest, HypothesesWithoutNoiseAreTheMean) {
  torch::NoGradGuard no_grad;
  Sampler sampler(small_sampler(), InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
  sampler->eval();
  const Reconstruction out = sampler->forward(noise_image(2, 64), hands());
  const PerHand<HandPose> same = sampler->sample(out, torch::zeros({3, 2, 11}), hands());
  EXPECT_THAT(same.left.rotations.slice(0, 2, 4), TensorNear(out.pose.left.rotations, 1e-5));
  EXPECT_THAT(same.right.shape.slice(0, 4, 6), TensorNear(out.pose.right.shape, 1e-5));
  const PerHand<HandPose> others = sampler->sample(out, torch::ones({3, 2, 11}), hands());
  EXPECT_GT((others.right.rotations.slice(0, 0, 2) - out.pose.right.rotations).abs().max().item<double>(), 1e-3);
}

TEST(SamplerTest, InvalidConfigsAreRefused) {
  EXPECT_THAT([] { parse_config<SamplerConfig>("image_size: 100", "c.yaml"); }, ThrowsError(HasSubstr("multiple of 32")));
  EXPECT_THAT([] { parse_config<SamplerConfig>("fusion: {patch: 5}", "c.yaml"); }, ThrowsError(HasSubstr("tile")));
  EXPECT_THAT([] { parse_config<SamplerConfig>("fusion: {heads: 7}", "c.yaml"); }, ThrowsError(HasSubstr("heads")));
  EXPECT_THAT([] { parse_config<SamplerConfig>("fusion: {features: false, iah: false, mask: false}", "c.yaml"); },
              ThrowsError(HasSubstr("S is empty")));
  Sampler sampler(small_sampler(), InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
  EXPECT_THAT([&] { sampler->forward(noise_image(1, 96), hands()); }, ThrowsError(HasSubstr("image")));
  EXPECT_THAT([&] { sampler->forward(noise_image(1, 64).to(torch::kFloat32), hands()); }, ThrowsError(HasSubstr("uint8")));
}

}  // namespace
}  // namespace interprior
