#include "interprior/model/linear_layer.h"

#include <ATen/record_function.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/model/fusion.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

TEST(LinearLayer, FusedIsTheSameFunctionForAnyNumberOfRows) {
  torch::manual_seed(0);
  const torch::NoGradGuard no_grad;
  for (const bool bias : {true, false}) {
    const torch::nn::Linear linear(torch::nn::LinearOptions(48, 80).bias(bias));
    const LinearLayer plain(linear);
    LinearLayer fused(linear);
    fused.fuse();
    for (const std::vector<int64_t>& rows : {std::vector<int64_t>{1}, {7}, {2, 64}, {7}, {3, 5, 2}}) {
      std::vector<int64_t> sizes = rows;
      sizes.push_back(48);
      const torch::Tensor x = torch::randn(sizes), expected = plain(x);
      EXPECT_EQ(fused(x).sizes(), expected.sizes());
      EXPECT_THAT(fused(x), TensorNear(expected, 1e-5));
    }
  }
}

// A caller whose batches differ in size must not get a copy of the weights for each size.
TEST(LinearLayer, FewCopiesOfItsWeightsServeAllNumbersOfRows) {
  static int64_t copies;
  copies = 0;
  const auto count = [](const at::RecordFunction& call) -> std::unique_ptr<at::ObserverContext> {
    copies += std::string(call.name()) == "mkldnn::_reorder_linear_weight" ? 1 : 0;
    return nullptr;
  };
  const torch::NoGradGuard no_grad;
  const torch::nn::Linear linear(48, 80);
  const LinearLayer plain(linear);
  LinearLayer fused(linear);
  fused.fuse();
  const auto counting = at::addThreadLocalCallback(at::RecordFunctionCallback(count).scopes({at::RecordScope::FUNCTION}));
  for (int64_t rows = 1; rows <= 40; ++rows) {
    const torch::Tensor x = torch::randn({rows, 48});
    EXPECT_THAT(fused(x), TensorNear(plain(x), 1e-5)) << rows;
  }
  at::removeCallback(counting);
  EXPECT_LE(copies, 8);
}

TEST(LinearLayer, FusedItComputesInFp32UnderACallersAutocast) {
  const torch::NoGradGuard no_grad;
  const torch::nn::Linear linear(48, 80);
  const LinearLayer plain(linear);
  LinearLayer fused(linear);
  fused.fuse();
  const torch::Tensor x = torch::randn({5, 48}).to(torch::kBFloat16);
  EXPECT_THAT(fused(x), TensorNear(plain(x.to(torch::kFloat32)), 1e-5));
}

TEST(LinearLayer, FusionGivesTheSameTokensAfterFuse) {
  torch::manual_seed(0);
  FusionConfig config;
  config.patch = 4;
  config.depth = 2;
  config.width = 48;
  Fusion fusion(config, 16, 42, 16);
  fusion->eval();
  const torch::NoGradGuard no_grad;
  const Features features{torch::randn({3, 16, 16, 16}), torch::rand({3, 42, 16, 16}), torch::rand({3, 2, 16, 16}), {}, {}};
  Features without = features;
  without.map = torch::Tensor();
  const torch::Tensor tokens = fusion->forward(features), tokens_without = fusion->forward(without);
  fusion->fuse();
  EXPECT_THAT(fusion->forward(features), TensorNear(tokens, 2e-5));
  EXPECT_THAT(fusion->forward(without), TensorNear(tokens_without, 2e-5));  // with a part of the embedding's weights
}

}  // namespace
}  // namespace interprior
