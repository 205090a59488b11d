#include "model/winograd_convolution.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>
#include <thread>

#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

constexpr int64_t kIn = 32, kOut = 48;

torch::Tensor normal(torch::IntArrayRef shape, uint64_t seed) { return normal_tensor(shape, Seed{seed}, torch::kCPU); }

torch::Tensor channels_last(const torch::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

class WinogradConvolutionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_onednn_convolution()) GTEST_SKIP() << "this LibTorch has no fused convolutions of oneDNN";
  }

  const torch::NoGradGuard no_grad_;
  const torch::Tensor weight_ = normal({kOut, kIn, 3, 3}, 1) / std::sqrt(9.0 * kIn), bias_ = normal({kOut}, 2);
};

TEST_F(WinogradConvolutionTest, EqualsTheDirectSumForAllSizes) {
  const WinogradConvolution winograd(weight_, bias_);
  for (const auto& [images, height, width] :
       {std::array<int64_t, 3>{1, 64, 64}, {2, 17, 15}, {3, 8, 4}, {1, 1, 1}, {5, 3, 30}, {1, 130, 5}}) {
    const torch::Tensor x = normal({images, kIn, height, width}, 3), other = normal({images, kOut, height, width}, 4);
    const torch::Tensor direct =
        torch::conv2d(x.to(torch::kFloat64), weight_.to(torch::kFloat64), bias_.to(torch::kFloat64), 1, 1);
    const double tolerance = 1e-5 * direct.abs().max().item<double>();
    EXPECT_THAT(winograd(channels_last(x), {}, Activation::none), TensorNear(direct, tolerance));
    EXPECT_THAT(winograd(channels_last(x), {}, Activation::relu), TensorNear(torch::relu(direct), tolerance));
    EXPECT_THAT(winograd(channels_last(x), channels_last(other), Activation::relu),
                TensorNear(torch::relu(direct + other), tolerance));
    EXPECT_THAT(winograd(channels_last(x), channels_last(other), Activation::none), TensorNear(direct + other, tolerance));
  }
}

TEST_F(WinogradConvolutionTest, AnImageDoesNotDependOnOthersOrOnThreads) {
  const WinogradConvolution winograd(weight_, bias_);
  const torch::Tensor x = channels_last(normal({3, kIn, 40, 36}, 5));
  const int threads = at::get_num_threads();
  const torch::Tensor all = winograd(x, {}, Activation::none);
  for (const int number : {1, 2, 3}) {
    at::set_num_threads(number);
    EXPECT_TRUE(torch::equal(winograd(x, {}, Activation::none), all)) << number << " threads";
    EXPECT_TRUE(torch::equal(winograd(channels_last(x.slice(0, 2, 3)), {}, Activation::none), all.slice(0, 2, 3)));
  }
  at::set_num_threads(threads);
}

// The transformed weights are made by whoever needs them first.
TEST_F(WinogradConvolutionTest, ManyThreadsCanShareOne) {
  const std::vector<int64_t> sides = {4, 16, 20, 24, 40};  // all numbers of tiles that are multiplied together
  const auto image = [&](size_t i) { return channels_last(normal({1, kIn, sides[i], sides[i]}, i)); };
  const WinogradConvolution alone(weight_, bias_), shared(weight_, bias_);
  std::vector<torch::Tensor> results(2 * sides.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < results.size(); ++i)
    threads.emplace_back([&, i] {
      const torch::NoGradGuard no_grad;
      results[i] = shared(image(i % sides.size()), {}, Activation::relu);
    });
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < results.size(); ++i)
    EXPECT_TRUE(torch::equal(results[i], alone(image(i % sides.size()), {}, Activation::relu))) << i;
}

TEST_F(WinogradConvolutionTest, ReluKeepsNaN) {
  const WinogradConvolution winograd(weight_, bias_);
  torch::Tensor x = normal({2, kIn, 20, 18}, 6), other = normal({2, kOut, 20, 18}, 7);
  x[1][5][9][9] = other[0][3][2][2] = std::numeric_limits<float>::quiet_NaN();
  const torch::Tensor sum = winograd(channels_last(x), channels_last(other), Activation::none);
  EXPECT_TRUE(sum[0][3][2][2].isnan().item<bool>());
  EXPECT_TRUE(sum[1].select(1, 9).select(1, 9).isnan().all().item<bool>());
  EXPECT_TRUE(torch::equal(winograd(channels_last(x), channels_last(other), Activation::relu).isnan(), sum.isnan()));
}

TEST_F(WinogradConvolutionTest, NoImagesGiveNoImages) {
  const WinogradConvolution winograd(weight_, bias_);
  const torch::Tensor none = winograd(channels_last(torch::empty({0, kIn, 20, 20})), {}, Activation::relu);
  EXPECT_EQ(none.sizes(), torch::IntArrayRef({0, kOut, 20, 20}));
}

TEST_F(WinogradConvolutionTest, OtherShapesAndLayoutsAreErrors) {
  const WinogradConvolution winograd(weight_, bias_);
  const torch::Tensor x = channels_last(normal({1, kIn, 20, 20}, 8));
  EXPECT_THROW(winograd(channels_last(normal({1, kIn / 2, 20, 20}, 8)), {}, Activation::none), c10::Error);
  EXPECT_THROW(winograd(x.contiguous(), {}, Activation::none), c10::Error);
  EXPECT_THROW(winograd(x.to(torch::kFloat64), {}, Activation::none), c10::Error);
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{1, kOut, 20, 16}, {1, kIn, 20, 20}, {1, kOut, 1, 1}})
    EXPECT_THROW(winograd(x, channels_last(normal(shape, 9)), Activation::none), c10::Error);
  EXPECT_THROW(winograd(x, normal({2, kOut, 20, 20}, 9).slice(0, 0, 1), Activation::none), c10::Error);
}

TEST_F(WinogradConvolutionTest, SupportsOnlyConvolutionsThatItComputes) {
  const ConvolutionShape shape{{1, 1}, {1, 1}, {1, 1}, 1};
  EXPECT_TRUE(WinogradConvolution::supports(weight_, shape));
  EXPECT_FALSE(WinogradConvolution::supports(weight_, {{0, 0}, {1, 1}, {1, 1}, 1}));
  EXPECT_FALSE(WinogradConvolution::supports(weight_, {{1, 1}, {2, 2}, {1, 1}, 1}));
  EXPECT_FALSE(WinogradConvolution::supports(weight_, {{1, 1}, {1, 1}, {2, 2}, 1}));
  EXPECT_FALSE(WinogradConvolution::supports(weight_, {{1, 1}, {1, 1}, {1, 1}, 2}));
  EXPECT_FALSE(WinogradConvolution::supports(torch::zeros({16, 8, 3, 3}), shape));
  EXPECT_FALSE(WinogradConvolution::supports(torch::zeros({16, 16, 5, 5}), shape));
}

}  // namespace
}  // namespace interprior
