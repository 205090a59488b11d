#include "interprior/objective/terms.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/tensor_near.h"

namespace interprior {
namespace {

TEST(TermsTest, TotalIsTheWeightedSum) {
  Terms terms;
  terms.add("a", torch::tensor(2.0), 3);
  terms.add("b", torch::tensor(5.0), 0.5);
  terms.add("off", torch::tensor(std::nan("")), 0);
  EXPECT_DOUBLE_EQ(terms.total().item<double>(), 8.5);
}

TEST(MaskedMeanTest, SamplesWeighEquallyAndMicroBatchesAverageToTheBatch) {
  const torch::Tensor values = torch::tensor({{1.0, 1.0}, {5.0, 100.0}, {7.0, 8.0}});
  const torch::Tensor valid = torch::tensor({{true, true}, {true, false}, {false, false}});
  EXPECT_DOUBLE_EQ(masked_mean(values, valid).item<double>(), 2.0);
  double parts = 0;
  for (int64_t row = 0; row < 3; ++row)
    parts += masked_mean(values.slice(0, row, row + 1), valid.slice(0, row, row + 1)).item<double>();
  EXPECT_DOUBLE_EQ(parts / 3, 2.0);
  EXPECT_DOUBLE_EQ(masked_mean(values, torch::zeros({3, 1}, torch::kBool)).item<double>(), 0.0);
}

TEST(MaskedMeanTest, MaskedValuesMayBeAnything) {
  torch::Tensor values =
      torch::tensor({{1.0, 2.0}, {std::nan(""), std::numeric_limits<double>::infinity()}}).requires_grad_(true);
  const torch::Tensor mean = masked_mean(values, torch::tensor({{true}, {false}}));
  EXPECT_DOUBLE_EQ(mean.item<double>(), 0.75);
  mean.backward();
  EXPECT_THAT(values.grad(), TensorNear(torch::tensor({{0.25, 0.25}, {0.0, 0.0}}), 0));
}

}  // namespace
}  // namespace interprior
