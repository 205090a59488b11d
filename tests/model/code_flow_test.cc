#include "interprior/model/code_flow.h"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

// A flow with random weights, which is not the identity; in float64, for numerical derivatives.
CodeFlow bent(int64_t size, uint64_t seed = 1) {
  CodeFlow flow(size, 6, 16);
  const torch::NoGradGuard no_grad;
  for (auto& item : flow->named_parameters())
    if (item.key().find("norm") == std::string::npos)
      item.value().copy_(0.3 * normal_tensor(item.value().sizes(), Seed{seed}.derive(item.key())));
  flow->to(torch::kFloat64);
  const torch::Tensor factor = torch::eye(size, torch::kFloat64) + 0.3 * normal_tensor({size, size}, Seed{seed}.derive("affine"));
  flow->set_affine(0.5 * factor[0], factor.tril().abs());
  return flow;
}

// Derivatives of codes (Z) by noise (Z) at one point, by central differences.
torch::Tensor slopes(CodeFlow& flow, const torch::Tensor& noise) {
  const torch::Tensor step = 1e-5 * torch::eye(noise.size(0), torch::kFloat64);
  return ((flow(noise + step) - flow(noise - step)) / 2e-5).t();
}

TEST(CodeFlowTest, ANewFlowIsTheIdentity) {
  CodeFlow flow(7, 4, 8);
  const torch::Tensor noise = torch::randn({5, 7});
  EXPECT_THAT(flow(noise), TensorNear(noise, 0));
  EXPECT_THAT(flow->log_density(noise), TensorNear(normal_log_density(noise), 0));
}

class CodeFlowSizes : public ::testing::TestWithParam<int64_t> {};

TEST_P(CodeFlowSizes, InvertsExactly) {
  CodeFlow flow = bent(GetParam());
  const torch::Tensor noise = torch::randn({20, GetParam()}, torch::kFloat64), code = flow(noise);
  EXPECT_GT((code - noise).abs().max().item<double>(), 0.05);
  EXPECT_THAT(flow->origin(code).noise, TensorNear(noise, 1e-9));
}

TEST_P(CodeFlowSizes, DensityIsTheNormalDensityOverTheVolumeChange) {
  CodeFlow flow = bent(GetParam(), 2);
  const torch::Tensor noise = torch::randn({1, GetParam()}, torch::kFloat64);
  const torch::Tensor volume = slopes(flow, noise[0]).det().abs().log();
  EXPECT_THAT(flow->log_density(flow(noise))[0], TensorNear(normal_log_density(noise)[0] - volume, 1e-6));
}

INSTANTIATE_TEST_SUITE_P(OneEvenAndOdd, CodeFlowSizes, ::testing::Values(1, 2, 6, 9));

TEST(CodeFlowTest, BothDirectionsAreDifferentiable) {
  CodeFlow flow = bent(6, 3);
  const torch::NoGradGuard no_grad;
  const torch::Tensor noise = torch::randn({2, 6}, torch::kFloat64), directions = torch::randn({2, 3, 6}, torch::kFloat64);
  const WithTangents moved = flow->with_tangents({noise, directions});
  EXPECT_THAT(moved.value, TensorNear(flow(noise), 1e-12));
  for (int64_t i = 0; i < 2; ++i)
    EXPECT_THAT(moved.tangents[i], TensorNear(directions[i].matmul(slopes(flow, noise[i]).t()), 1e-6));

  const torch::AutoGradMode with_gradient(true);
  const torch::Tensor leaf = noise.slice(0, 0, 1).clone().requires_grad_(true);
  (flow(leaf) * directions[0][0]).sum().backward();
  EXPECT_THAT(leaf.grad()[0], TensorNear(slopes(flow, noise[0]).t().matmul(directions[0][0]), 1e-6));
}

TEST(CodeFlowTest, ItsParametersDoNotRequireGradients) {
  CodeFlow flow(4, 2, 8);
  for (const auto& parameter : flow->parameters()) EXPECT_FALSE(parameter.requires_grad());
}

}  // namespace
}  // namespace interprior
