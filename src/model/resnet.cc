#include "interprior/model/resnet.h"

#include <torch/nn/functional/pooling.h>

namespace interprior {
namespace {

namespace nn = torch::nn;

nn::Conv2d convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

constexpr int64_t kBottleneckExpansion = 4;

// Two 3x3 convolutions; or a bottleneck: 1x1, 3x3 (with the stride, as in torchvision), 1x1 to four times the width.
class ResidualBlockImpl : public nn::Module {
 public:
  ResidualBlockImpl(int64_t in, int64_t width, int64_t stride, bool bottleneck) {
    const int64_t out = bottleneck ? width * kBottleneckExpansion : width;
    if (bottleneck) {
      add(convolution(in, width, 1, 1), width);
      add(convolution(width, width, 3, stride), width);
      add(convolution(width, out, 1, 1), out);
    } else {
      add(convolution(in, width, 3, stride), width);
      add(convolution(width, width, 3, 1), width);
    }
    if (stride == 1 && in == out) return;
    const nn::Conv2d projection = convolution(in, out, 1, stride);
    const BatchNorm norm(out);
    register_module("downsample", nn::Sequential(projection, norm));
    downsample_.emplace(projection, norm);
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = x;
    for (size_t i = 0; i + 1 < layers_.size(); ++i) y = layers_[i].relu(y);
    return layers_.back().add_relu(y, [&] { return downsample_ ? (*downsample_)(x) : x; });
  }
  void fuse(torch::Dtype dtype) {
    for (ConvNorm& layer : layers_) layer.fuse(dtype);
    if (downsample_) downsample_->fuse(dtype);
  }

 private:
  void add(const nn::Conv2d& conv, int64_t channels) {
    const std::string number = std::to_string(layers_.size() + 1);
    register_module("conv" + number, conv);
    layers_.emplace_back(conv, register_module("bn" + number, BatchNorm(channels)));
  }

  std::vector<ConvNorm> layers_;
  std::optional<ConvNorm> downsample_;
};
TORCH_MODULE(ResidualBlock);

std::array<int64_t, 4> blocks_of(BackboneKind kind) {
  return kind == BackboneKind::resnet18 ? std::array<int64_t, 4>{2, 2, 2, 2} : std::array<int64_t, 4>{3, 4, 6, 3};
}

}  // namespace

ResNetImpl::ResNetImpl(BackboneKind kind, int64_t width) : in_channels_(width) {
  const nn::Conv2d conv(nn::Conv2dOptions(3, width, 7).stride(2).padding(3).bias(false));
  register_module("conv1", conv);
  stem_.emplace(conv, register_module("bn1", BatchNorm(width)));
  for (size_t i = 0; i < 4; ++i) {
    layers_[i] = register_module("layer" + std::to_string(i + 1), stage(kind, width << i, blocks_of(kind)[i], i == 0 ? 1 : 2));
    channels_[i] = in_channels_;
  }
  // Kaiming initialisation by fan-out, as in torchvision's ResNets.
  for (auto& module : modules(/*include_self=*/false))
    if (auto* layer = module->as<nn::Conv2d>()) nn::init::kaiming_normal_(layer->weight, 0.0, torch::kFanOut, torch::kReLU);
}

torch::nn::Sequential ResNetImpl::stage(BackboneKind kind, int64_t width, int64_t blocks, int64_t stride) {
  const bool bottleneck = kind == BackboneKind::resnet50;
  nn::Sequential stage;
  for (int64_t i = 0; i < blocks; ++i) {
    stage->push_back(ResidualBlock(in_channels_, width, i == 0 ? stride : 1, bottleneck));
    in_channels_ = bottleneck ? width * kBottleneckExpansion : width;
  }
  return stage;
}

void ResNetImpl::fuse(torch::Dtype dtype) {
  stem_->fuse(dtype);
  for (const nn::Sequential& layer : layers_)
    for (const auto& block : layer->children()) block->as<ResidualBlock>()->fuse(dtype);
}

std::array<torch::Tensor, 4> ResNetImpl::forward(const torch::Tensor& image) {
  torch::Tensor x = torch::max_pool2d(stem_->relu(image), 3, 2, 1);
  std::array<torch::Tensor, 4> stages;
  for (size_t i = 0; i < 4; ++i) stages[i] = x = layers_[i]->forward(x);
  return stages;
}

}  // namespace interprior
