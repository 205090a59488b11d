#include "interprior/infer/prior_sampling.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "few_images.h"
#include "interprior/hand/contact.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_model());
  return both;
}

// A prior whose decoded translation is within a few centimetres of the right hand: most samples overlap.
InteractionPrior crowded() {
  torch::manual_seed(3);
  InteractionPrior prior(tiny_prior());
  const torch::NoGradGuard no_grad;
  torch::Tensor deviation = prior->named_buffers()["state_deviation"], mean = prior->named_buffers()["state_mean"];
  for (const int64_t rot6d : {0, 90, 200}) {
    const int64_t joints = rot6d == 200 ? 1 : 15;
    for (int64_t i = 0; i < joints; ++i) mean[rot6d + 6 * i] = mean[rot6d + 6 * i + 4] = 1;
  }
  deviation.fill_(0.05);
  deviation.slice(0, kStateSize - 3).fill_(0.15);
  return prior;
}

TEST(PriorSamplingTest, SeparatesPenetratingHandsAndKeepsTheOthers) {
  InteractionPrior prior = crowded();
  const torch::Tensor noise = normal_tensor({40, prior->config().latent}, Seed{7});
  const SampledInteractions sampled = interactions_of_noise(prior, hands(), noise);
  const torch::NoGradGuard no_grad;
  const auto depth = [&](const torch::Tensor& of) {
    const Interaction interaction = prior->decode(prior->from_aggregate(of), hands());
    const torch::Tensor upright = torch::eye(3).expand({of.size(0), 3, 3});
    return surface_contact(hands()(pose_from(interaction, upright)), hands()).depth;
  };
  const torch::Tensor before = depth(noise), after = depth(sampled.noise), stayed = sampled.moved == 0;
  ASSERT_GT((before > 0.002).sum().item<int64_t>(), 5) << "nothing to part";
  EXPECT_LT(after.masked_select(sampled.overlapping.logical_not()).max().item<double>(), 0.002);
  EXPECT_LT(after.mean().item<double>(), 0.5 * before.mean().item<double>());
  EXPECT_TRUE(torch::equal(sampled.noise.index({stayed}), noise.index({stayed})));
  EXPECT_LT(before.masked_select(stayed).numel() ? before.masked_select(stayed).max().item<double>() : 0.0, 0.002);
}

TEST(PriorSamplingTest, AnInterpolationKeepsItsEndsAndTheNoisesNorm) {
  const torch::Tensor ends = normal_tensor({2, 12}, Seed{3}), a = ends[0], b = ends[1] * (a.norm() / ends[1].norm());
  const torch::Tensor walk = noise_walk(a, b, 9);
  EXPECT_THAT(walk[0], TensorNear(a, 0));
  EXPECT_THAT(walk[8], TensorNear(b, 0));
  EXPECT_THAT(walk.norm(2, {1}), TensorNear(a.norm().expand({9}), 1e-5));
  const torch::Tensor strides = (walk.slice(0, 1) - walk.slice(0, 0, -1)).norm(2, {1});
  EXPECT_THAT(strides, TensorNear(strides[0].expand({8}), 1e-5));
  EXPECT_THAT(noise_walk(a, a, 3), TensorNear(a.expand({3, 12}), 1e-6));
  EXPECT_TRUE(noise_walk(a, -a, 3).isfinite().all().item<bool>());
  EXPECT_THAT([&] { noise_walk(a, b, 1); }, ThrowsError(HasSubstr("two ends")));
}

}  // namespace
}  // namespace interprior
