#include "interprior/model/conv_norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>

#include "interprior/base/seed.h"
#include "interprior/model/extraction.h"
#include "model/onednn_convolution.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

torch::Tensor normal(torch::IntArrayRef shape, uint64_t seed) { return normal_tensor(shape, Seed{seed}, torch::kCPU); }

// A norm with running statistics and weights as after training.
BatchNorm trained_norm(int64_t channels, uint64_t seed) {
  const torch::NoGradGuard no_grad;
  BatchNorm norm(channels);
  norm->running_mean.copy_(0.3 * normal({channels}, seed));
  norm->running_var.copy_(normal({channels}, seed + 1).square() + 0.2);
  norm->weight.copy_(normal({channels}, seed + 2));
  norm->bias.copy_(normal({channels}, seed + 3));
  norm->eval();
  return norm;
}

torch::nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride, bool bias) {
  torch::nn::Conv2d conv(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(bias));
  const torch::NoGradGuard no_grad;
  conv->weight.copy_(normal({out, in, kernel, kernel}, 7) / std::sqrt(static_cast<double>(in * kernel * kernel)));
  return conv;
}

struct Shape {
  int64_t kernel, stride;
  bool norm;
};

class ConvNormTest : public ::testing::TestWithParam<Shape> {};

TEST_P(ConvNormTest, FusedIsTheSameFunction) {
  const torch::NoGradGuard no_grad;
  const auto [kernel, stride, has_norm] = GetParam();
  ConvNorm layer(convolution(12, 20, kernel, stride, !has_norm), has_norm ? trained_norm(20, 20) : nullptr);
  const torch::Tensor x = normal({3, 12, 15, 17}, 1);
  const torch::Tensor other = normal(layer(x).sizes(), 2);
  const auto outputs = [&] {
    return std::vector<torch::Tensor>{layer(x), layer.relu(x), layer.added_to(other.clone(), x),
                                      layer.add_relu(x, [&] { return other.clone(); })};
  };
  const std::vector<torch::Tensor> plain = outputs();
  layer.fuse(torch::kFloat32);
  const std::vector<torch::Tensor> fused = outputs();
  for (size_t i = 0; i < plain.size(); ++i)
    EXPECT_THAT(fused[i], TensorNear(plain[i], 2e-6 * plain[i].abs().max().item<double>()));
  EXPECT_FALSE(torch::equal(fused[0], fused[2]));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvNormTest,
                         ::testing::Values(Shape{1, 1, true}, Shape{1, 2, true}, Shape{3, 1, true}, Shape{3, 2, true},
                                           Shape{7, 2, true}, Shape{1, 1, false}, Shape{3, 1, false}));

// Weights are packed once for each size of input.
TEST(ConvNormTest, InputsOfAllSizesCanBeMixed) {
  const torch::NoGradGuard no_grad;
  ConvNorm layer(convolution(12, 20, 3, 1, false), trained_norm(20, 20)), fused = layer;
  fused.fuse(torch::kFloat32);
  for (const auto& [height, width] : {std::pair{15, 17}, {32, 32}, {15, 17}, {1, 1}, {32, 8}}) {
    const torch::Tensor x = normal({2, 12, height, width}, 3), plain = layer(x);
    EXPECT_THAT(fused(x), TensorNear(plain, 2e-6 * plain.abs().max().item<double>())) << height << " x " << width;
  }
}

TEST(ConvNormTest, InBf16ValuesKeepEightBits) {
  if (!bf16_in_hardware()) GTEST_SKIP() << "this CPU has no bf16";
  const torch::NoGradGuard no_grad;
  ConvNorm layer(convolution(12, 20, 3, 1, false), trained_norm(20, 20)), fused = layer;
  fused.fuse(torch::kBFloat16);
  const torch::Tensor x = normal({3, 12, 15, 17}, 1), plain = layer(x), fast = fused(x);
  EXPECT_EQ(fast.scalar_type(), torch::kBFloat16);
  const double largest = plain.abs().max().item<double>(), error = (fast.to(torch::kFloat32) - plain).abs().max().item<double>();
  EXPECT_GT(error, 1e-4 * largest);
  EXPECT_LT(error, 1e-2 * largest);
}

// 3x3 convolutions of 16 n channels on large maps take another path.
TEST(ConvNormTest, FusedIsTheSameFunctionOnLargeMaps) {
  const torch::NoGradGuard no_grad;
  for (const torch::Dtype dtype : {torch::kFloat32, torch::kBFloat16}) {
    if (dtype == torch::kBFloat16 && !bf16_in_hardware()) continue;
    ConvNorm layer(convolution(16, 32, 3, 1, false), trained_norm(32, 20)), fused = layer;
    fused.fuse(dtype);
    const torch::Tensor x = normal({2, 16, 32, 34}, 1), other = normal({2, 32, 32, 34}, 2);
    const auto outputs = [&](const ConvNorm& of) {
      return std::vector<torch::Tensor>{of(x), of.relu(x), of.added_to(other.clone(), x),
                                        of.add_relu(x, [&] { return other.clone(); })};
    };
    const std::vector<torch::Tensor> plain = outputs(layer), fast = outputs(fused);
    for (size_t i = 0; i < plain.size(); ++i) {
      EXPECT_EQ(fast[i].scalar_type(), dtype);
      const double tolerance = dtype == torch::kFloat32 ? 2e-5 : 4e-3;  // bf16: half a unit of the last of 8 bits
      EXPECT_THAT(fast[i], TensorNear(plain[i], tolerance * plain[i].abs().max().item<double>()));
    }
  }
}

// The sum may be computed in place, but not where `other` is a part of something larger or stands for several images.
TEST(ConvNormTest, SumsDoNotOverwriteViews) {
  const torch::NoGradGuard no_grad;
  for (const int64_t kernel : {1, 3}) {
    ConvNorm layer(convolution(16, 32, kernel, 1, false), trained_norm(32, 20)), fused = layer;
    fused.fuse(torch::kFloat32);
    const torch::Tensor x = normal({3, 16, 20, 24}, 1);
    const torch::Tensor one = normal({1, 32, 20, 24}, 2).contiguous(at::MemoryFormat::ChannelsLast);
    const torch::Tensor wide = normal({3, 40, 20, 24}, 3).contiguous(at::MemoryFormat::ChannelsLast);
    for (const torch::Tensor& other : {one.expand({3, 32, 20, 24}), wide.slice(1, 4, 36)}) {
      const torch::Tensor before = other.clone(), plain = layer.added_to(other, x);
      EXPECT_THAT(fused.added_to(other, x), TensorNear(plain, 2e-5 * plain.abs().max().item<double>()));
      EXPECT_TRUE(torch::equal(other, before));
    }
  }
}

TEST(ConvNormTest, WeightsThatAreNotFiniteAreErrors) {
  if (!has_onednn_convolution()) GTEST_SKIP() << "this LibTorch has no fused convolutions of oneDNN";
  const torch::NoGradGuard no_grad;
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
  using Spoil = std::function<void(const torch::nn::Conv2d&, const BatchNorm&)>;
  for (const Spoil& spoil : {Spoil([&](const auto&conv, const auto&) { conv->weight[3][2][1][0] = nan; }),
                             Spoil([&](const auto&conv, const auto&) { conv->weight[3][2][1][0] = 3e38f; }),
                             Spoil([&](const auto&, const auto&norm) { norm->bias[5] = infinite; }),
                             Spoil([&](const auto&, const auto&norm) { norm->running_var[7] = -1; }),
                             Spoil([&](const auto&, const auto&norm) { norm->running_mean[0] = nan; })}) {
    const torch::nn::Conv2d conv = convolution(12, 20, 3, 1, false);
    const BatchNorm norm = trained_norm(20, 20);
    norm->weight.fill_(5);
    spoil(conv, norm);
    EXPECT_THAT([&] { ConvNorm(conv, norm).fuse(torch::kFloat32); }, ThrowsError(::testing::HasSubstr("not finite")));
  }
}

TEST(ConvNormTest, OtherDtypesAreNotFused) {
  torch::nn::Conv2d conv = convolution(4, 4, 3, 1, true);
  conv->to(torch::kFloat64);
  ConvNorm layer(conv);
  const torch::Tensor x = normal({1, 4, 8, 8}, 1).to(torch::kFloat64);
  const torch::Tensor before = layer(x);
  layer.fuse(torch::kFloat32);
  EXPECT_TRUE(torch::equal(layer(x), before));
}

// oneDNN's own gradient of the weights writes beyond its memory for these layers, and the program aborts.
TEST(ConvNormTest, StridedProjectionsOfFewChannelsHaveTheirGradients) {
  for (const auto& [in, out, side] : {std::tuple{8, 16, 64}, {4, 8, 112}, {15, 30, 112}, {8, 16, 57}}) {
    torch::nn::Conv2d conv = convolution(in, out, 1, 2, false), exact = convolution(in, out, 1, 2, false);
    exact->to(torch::kFloat64);
    const ConvNorm layer(conv);
    const torch::Tensor image = normal({4, in, side, side}, 1);
    const torch::Tensor x = image.contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
    const torch::Tensor x64 = image.to(torch::kFloat64).requires_grad_();
    const torch::Tensor expected = exact(x64), slope = normal(expected.sizes(), 2);
    (expected * slope).sum().backward();
    for (int repetition = 0; repetition < 3; ++repetition) {
      conv->zero_grad();
      x.mutable_grad().reset();
      const torch::Tensor y = layer(x);
      EXPECT_THAT(y, TensorNear(expected, 1e-5));
      (y * slope).sum().backward();
      const torch::Tensor exact_slope = exact->weight.grad();
      EXPECT_THAT(conv->weight.grad(), TensorNear(exact_slope, 1e-5 * exact_slope.abs().max().item<double>())) << in;
      EXPECT_THAT(x.grad(), TensorNear(x64.grad(), 1e-5)) << in;
    }
  }
}

struct Kind {
  BackboneKind trunk;
  FeatureSource source;
  int64_t width = 8, decoder = 24;
  double tolerance = 1e-5;
};

class FusedExtraction : public ::testing::TestWithParam<Kind> {};

TEST_P(FusedExtraction, HasTheSameFeatures) {
  torch::manual_seed(0);
  ExtractionConfig config;
  config.trunk = GetParam().trunk;
  config.source = GetParam().source;
  config.width = GetParam().width;
  config.features = 16;
  config.decoder = GetParam().decoder;
  Extraction extraction(config, 42);
  const torch::NoGradGuard no_grad;
  uint64_t seed = 0;
  for (auto& item : extraction->named_buffers())
    if (item.key().find("running") != std::string::npos)
      item.value().copy_(0.5 + 0.1 * normal(item.value().sizes(), ++seed).abs());
  extraction->eval();
  const torch::Tensor image = (127 + 40 * normal({2, 3, 64, 64}, 5)).clamp(0, 255).to(torch::kUInt8);
  const Features plain = extraction->forward(image);
  extraction->fuse();
  const Features fused = extraction->forward(image);
  const auto expect_equal = [](const torch::Tensor& a, const torch::Tensor& b) {
    EXPECT_THAT(a, TensorNear(b, GetParam().tolerance * b.abs().max().item<double>()));
  };
  expect_equal(fused.map, plain.map);
  expect_equal(fused.iah, plain.iah);
  expect_equal(fused.mask_logit, plain.mask_logit);
  expect_equal(fused.tau, plain.tau);
}

INSTANTIATE_TEST_SUITE_P(Backbones, FusedExtraction,
                         ::testing::Values(Kind{BackboneKind::resnet18, FeatureSource::both},
                                           Kind{BackboneKind::resnet50, FeatureSource::layer1},
                                           Kind{BackboneKind::resnet50, FeatureSource::decoder},
                                           Kind{BackboneKind::resnet18, FeatureSource::both, 16, 32, 5e-5},
                                           Kind{BackboneKind::resnet34, FeatureSource::layer1, 16, 32, 5e-5}));

}  // namespace
}  // namespace interprior
