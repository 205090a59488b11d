#include "interprior/model/resnet.h"

#include <torch/nn/functional/pooling.h>

namespace interprior {
namespace {

namespace nn = torch::nn;

nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

// Two 3x3 convolutions.
class BasicBlockImpl : public nn::Module {
 public:
  static constexpr int64_t kExpansion = 1;
  BasicBlockImpl(int64_t in, int64_t width, int64_t stride)
      : conv1_(register_module("conv1", convolution(in, width, 3, stride))),
        bn1_(register_module("bn1", BatchNorm(width))),
        conv2_(register_module("conv2", convolution(width, width, 3, 1))),
        bn2_(register_module("bn2", BatchNorm(width))) {
    if (stride != 1 || in != width)
      downsample_ = register_module("downsample", nn::Sequential(convolution(in, width, 1, stride), BatchNorm(width)));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor residual = bn2_(conv2_(torch::relu(bn1_(conv1_(x)))));
    return torch::relu(residual + (downsample_.is_empty() ? x : downsample_->forward(x)));
  }

 private:
  nn::Conv2d conv1_;
  BatchNorm bn1_;
  nn::Conv2d conv2_;
  BatchNorm bn2_;
  nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(BasicBlock);

// 1x1, 3x3 (with the stride, as in torchvision), 1x1 to four times the width.
class BottleneckImpl : public nn::Module {
 public:
  static constexpr int64_t kExpansion = 4;
  BottleneckImpl(int64_t in, int64_t width, int64_t stride)
      : conv1_(register_module("conv1", convolution(in, width, 1, 1))),
        bn1_(register_module("bn1", BatchNorm(width))),
        conv2_(register_module("conv2", convolution(width, width, 3, stride))),
        bn2_(register_module("bn2", BatchNorm(width))),
        conv3_(register_module("conv3", convolution(width, width * kExpansion, 1, 1))),
        bn3_(register_module("bn3", BatchNorm(width * kExpansion))) {
    if (stride != 1 || in != width * kExpansion)
      downsample_ = register_module(
          "downsample", nn::Sequential(convolution(in, width * kExpansion, 1, stride), BatchNorm(width * kExpansion)));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor residual = torch::relu(bn1_(conv1_(x)));
    residual = bn3_(conv3_(torch::relu(bn2_(conv2_(residual)))));
    return torch::relu(residual + (downsample_.is_empty() ? x : downsample_->forward(x)));
  }

 private:
  nn::Conv2d conv1_;
  BatchNorm bn1_;
  nn::Conv2d conv2_;
  BatchNorm bn2_;
  nn::Conv2d conv3_;
  BatchNorm bn3_;
  nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(Bottleneck);

std::array<int64_t, 4> blocks_of(TrunkKind kind) {
  return kind == TrunkKind::resnet18 ? std::array<int64_t, 4>{2, 2, 2, 2} : std::array<int64_t, 4>{3, 4, 6, 3};
}

}  // namespace

ResNetImpl::ResNetImpl(TrunkKind kind, int64_t width)
    : in_channels_(width),
      conv1_(register_module("conv1", nn::Conv2d(nn::Conv2dOptions(3, width, 7).stride(2).padding(3).bias(false)))),
      bn1_(register_module("bn1", BatchNorm(width))),
      layer1_(register_module("layer1", stage(kind, width, blocks_of(kind)[0], 1))),
      layer2_(register_module("layer2", stage(kind, width * 2, blocks_of(kind)[1], 2))),
      layer3_(register_module("layer3", stage(kind, width * 4, blocks_of(kind)[2], 2))),
      layer4_(register_module("layer4", stage(kind, width * 8, blocks_of(kind)[3], 2))) {
  const int64_t expansion = kind == TrunkKind::resnet50 ? BottleneckImpl::kExpansion : BasicBlockImpl::kExpansion;
  for (size_t i = 0; i < 4; ++i) channels_[i] = (width << i) * expansion;
  // Kaiming initialisation by fan-out, as in torchvision's ResNets.
  for (auto& module : modules(/*include_self=*/false))
    if (auto* conv = module->as<nn::Conv2d>()) nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanOut, torch::kReLU);
}

torch::nn::Sequential ResNetImpl::stage(TrunkKind kind, int64_t width, int64_t blocks, int64_t stride) {
  nn::Sequential stage;
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t block_stride = i == 0 ? stride : 1;
    if (kind == TrunkKind::resnet50) {
      stage->push_back(Bottleneck(in_channels_, width, block_stride));
      in_channels_ = width * BottleneckImpl::kExpansion;
    } else {
      stage->push_back(BasicBlock(in_channels_, width, block_stride));
      in_channels_ = width * BasicBlockImpl::kExpansion;
    }
  }
  return stage;
}

std::array<torch::Tensor, 4> ResNetImpl::forward(const torch::Tensor& image) {
  torch::Tensor x = torch::relu(bn1_(conv1_(image)));
  x = torch::max_pool2d(x, 3, 2, 1);
  std::array<torch::Tensor, 4> stages;
  stages[0] = layer1_->forward(x);
  stages[1] = layer2_->forward(stages[0]);
  stages[2] = layer3_->forward(stages[1]);
  stages[3] = layer4_->forward(stages[2]);
  return stages;
}

}  // namespace interprior
