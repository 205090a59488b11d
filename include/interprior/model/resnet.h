#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>

#include "interprior/base/config/config.h"
#include "interprior/model/batch_norm.h"
#include "interprior/model/trunk.h"

namespace interprior {

enum class TrunkKind { resnet18, resnet34, resnet50, torchscript };
template <>
struct EnumNames<TrunkKind> {
  static std::vector<std::pair<TrunkKind, std::string>> table() {
    return {{TrunkKind::resnet18, "resnet18"},
            {TrunkKind::resnet34, "resnet34"},
            {TrunkKind::resnet50, "resnet50"},
            {TrunkKind::torchscript, "torchscript"}};
  }
};

// ResNet without its classifier (He et al. 2016), under torchvision's parameter names: conv1, bn1, layer1.0.conv1, ...,
// layer2.0.downsample.0. `width` is the first stage's base width (64 in the paper; a narrow network trains on small machines).
class ResNetImpl : public Trunk {
 public:
  ResNetImpl(TrunkKind kind, int64_t width);

  std::array<torch::Tensor, 4> forward(const torch::Tensor& image) override;
  const std::array<int64_t, 4>& channels() const override { return channels_; }

 private:
  torch::nn::Sequential stage(TrunkKind kind, int64_t width, int64_t blocks, int64_t stride);

  int64_t in_channels_;
  std::array<int64_t, 4> channels_{};
  torch::nn::Conv2d conv1_;
  BatchNorm bn1_;
  torch::nn::Sequential layer1_, layer2_, layer3_, layer4_;
};
TORCH_MODULE(ResNet);

}  // namespace interprior
