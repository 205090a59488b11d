#include "interprior/model/refinement.h"

#include <ATen/ops/grid_sampler.h>
#include <torch/types.h>

#include "interprior/base/shape.h"

namespace interprior {
namespace {

// Features per joint before all joints are concatenated.
constexpr int64_t kJointWidth = 32;
constexpr int64_t kStackedJoints = 42, kViewNumbers = 12 + 3 + 3;

// Bilinear samples of maps (B,C,G,G) at places (B,N,2) in half crops from the centre: (B,N,C), zero outside.
torch::Tensor looked_up(const torch::Tensor& maps, const torch::Tensor& places) {
  constexpr int64_t kBilinear = 0, kZeros = 0;
  const torch::Tensor found =
      at::grid_sampler(maps.to(torch::kFloat32), places.unsqueeze(1), kBilinear, kZeros, /*align_corners=*/false);
  return found.squeeze(2).transpose(1, 2);
}

}  // namespace

RefinementImpl::RefinementImpl(int64_t channels, int64_t width, int64_t latent)
    : latent_(latent),
      reduce_(register_module("reduce", torch::nn::Linear(channels + 2, kJointWidth))),
      hidden_(register_module("hidden", torch::nn::Linear(kStackedJoints * kJointWidth + latent + kViewNumbers, width))),
      correction_(register_module("correction", torch::nn::Linear(width, latent + kViewNumbers))) {
  const torch::NoGradGuard no_grad;
  correction_->weight.zero_();
  correction_->bias.zero_();
}

Correction RefinementImpl::forward(const torch::Tensor& stack, const torch::Tensor& joints_in_root, const Conditional& now,
                                   const torch::Tensor& tau) {
  ShapeCheck check("Refinement");
  check(stack, "S", {"B", "C", "G", "G"});
  check(joints_in_root, "joints_in_root", {"B", kStackedJoints, 3});
  const torch::Tensor& camera = now.view.camera;
  // s is in half crops per metre, so that no focal length is needed.
  const torch::Tensor places =
      camera.slice(1, 0, 1).unsqueeze(1) * joints_in_root.slice(2, 0, 2) + camera.slice(1, 1).unsqueeze(1);
  // F comes first in S. If it is absent, its weights are skipped.
  const torch::Tensor seen = torch::cat({looked_up(stack, places), places.clamp(-2, 2)}, 2);
  const torch::Tensor weight = reduce_->weight.slice(1, reduce_->weight.size(1) - seen.size(2));
  const torch::Tensor joints = torch::gelu(torch::linear(seen, weight, reduce_->bias));
  const torch::Tensor state = torch::cat(
      {joints.flatten(1), now.z.mean, now.view.rot6d.flatten(1), torch::log(camera.slice(1, 0, 1)), camera.slice(1, 1), tau}, 1);
  const torch::Tensor correction = correction_(torch::gelu(hidden_(state))).to(torch::kFloat32);
  const auto parts = correction.split_with_sizes({latent_, 12, 3, 3}, 1);
  return {parts[0], parts[1].unflatten(1, {2, 6}), parts[2], parts[3]};
}

void RefinementImpl::start_without_features(int64_t feature_channels) {
  const torch::NoGradGuard no_grad;
  reduce_->weight.slice(1, 0, feature_channels).zero_();
}

}  // namespace interprior
