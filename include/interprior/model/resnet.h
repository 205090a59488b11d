#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/pimpl.h>

#include <optional>

#include "interprior/base/config/config.h"
#include "interprior/model/backbone.h"
#include "interprior/model/conv_norm.h"

namespace interprior {

enum class BackboneKind { resnet18, resnet34, resnet50, torchscript };
template <>
struct EnumNames<BackboneKind> {
  static std::vector<std::pair<BackboneKind, std::string>> table() {
    return {{BackboneKind::resnet18, "resnet18"},
            {BackboneKind::resnet34, "resnet34"},
            {BackboneKind::resnet50, "resnet50"},
            {BackboneKind::torchscript, "torchscript"}};
  }
};

// ResNet without its classifier (He et al. 2016), under torchvision's parameter names: conv1, bn1, layer1.0.conv1, ...,
// layer2.0.downsample.0. `width` is the first stage's base width (64 in the paper; a narrow network trains on small machines).
class ResNetImpl : public Backbone {
 public:
  ResNetImpl(BackboneKind kind, int64_t width);

  std::array<torch::Tensor, 4> forward(const torch::Tensor& image) override;
  const std::array<int64_t, 4>& channels() const override { return channels_; }
  void fuse(torch::Dtype dtype) override;

 private:
  torch::nn::Sequential stage(BackboneKind kind, int64_t width, int64_t blocks, int64_t stride);

  int64_t in_channels_;
  std::array<int64_t, 4> channels_{};
  std::optional<ConvNorm> stem_;
  std::array<torch::nn::Sequential, 4> layers_;
};
TORCH_MODULE(ResNet);

}  // namespace interprior
