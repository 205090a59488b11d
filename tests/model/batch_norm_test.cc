#include "interprior/model/batch_norm.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

torch::Tensor values() { return 3 * normal_tensor({6, 4, 5, 5}, Seed{1}).to(torch::kFloat64) + 2; }

BatchNorm norm() {
  BatchNorm module(4);
  module->to(torch::kFloat64);
  torch::NoGradGuard no_grad;
  module->weight.copy_(torch::tensor({0.5, 1.0, 2.0, -1.0}));
  module->bias.copy_(torch::tensor({0.1, 0.2, 0.3, 0.4}));
  return module;
}

TEST(BatchNormTest, SyncOfOneProcessIsBatch) {
  BatchNorm batch = norm(), sync = norm();
  sync->use(NormMode::sync, [](const torch::Tensor& x) { return x * 1; });
  torch::Tensor a = values().requires_grad_(true), b = values().requires_grad_(true);
  const torch::Tensor ya = batch(a), yb = sync(b);
  EXPECT_THAT(yb, TensorNear(ya, 1e-12));
  EXPECT_THAT(sync->running_mean, TensorNear(batch->running_mean, 1e-12));
  EXPECT_THAT(sync->running_var, TensorNear(batch->running_var, 1e-12));
  const torch::Tensor weights = normal_tensor({6, 4, 5, 5}, Seed{2}).to(torch::kFloat64);
  (ya * weights).sum().backward();
  (yb * weights).sum().backward();
  EXPECT_THAT(b.grad(), TensorNear(a.grad(), 1e-10));
  EXPECT_THAT(sync->weight.grad(), TensorNear(batch->weight.grad(), 1e-10));
}

TEST(BatchNormTest, FrozenStatisticsAreConstantAndWeightsTrain) {
  BatchNorm module = norm();
  module->use(NormMode::frozen, {});
  {
    torch::NoGradGuard no_grad;
    module->running_mean.fill_(1);
    module->running_var.fill_(4);
  }
  const torch::Tensor x = values(), y = module(x);
  const auto per_channel = [](const torch::Tensor& t) { return t.view({1, 4, 1, 1}); };
  EXPECT_THAT(y, TensorNear((x - 1) / std::sqrt(4 + 1e-5) * per_channel(module->weight) + per_channel(module->bias), 1e-12));
  EXPECT_THAT(module->running_mean, TensorNear(torch::ones({4}, torch::kFloat64), 0));
  y.sum().backward();
  EXPECT_TRUE(module->weight.grad().defined());
  module->eval();
  EXPECT_THAT(module(x), TensorNear(y, 1e-12));
}

}  // namespace
}  // namespace interprior
