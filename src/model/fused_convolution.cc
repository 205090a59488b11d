#include "model/fused_convolution.h"

#include <torch/types.h>

#include "interprior/base/error.h"

namespace interprior {
namespace {

torch::Tensor channels_last(const torch::Tensor& x, torch::Dtype dtype) {
  TORCH_CHECK(!at::GradMode::is_enabled() || !x.requires_grad(), "a fused convolution has no gradient");
  return x.to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

std::shared_ptr<const FusedConvolution> FusedConvolution::make(torch::nn::Conv2dImpl& conv, const BatchNormImpl* norm,
                                                               torch::Dtype dtype) {
  if (!conv.weight.device().is_cpu() || conv.weight.scalar_type() != torch::kFloat32 || !has_onednn_convolution()) return nullptr;
  const torch::NoGradGuard no_grad;
  torch::Tensor weight = conv.weight.to(torch::kFloat64);
  torch::Tensor bias = conv.bias.defined() ? conv.bias.to(torch::kFloat64) : torch::zeros({weight.size(0)}, torch::kFloat64);
  if (norm != nullptr) {
    const torch::Tensor scale =
        norm->weight.to(torch::kFloat64) / (norm->running_var.to(torch::kFloat64) + norm->options.eps()).sqrt();
    weight = weight * scale.view({-1, 1, 1, 1});
    bias = (bias - norm->running_mean.to(torch::kFloat64)) * scale + norm->bias.to(torch::kFloat64);
  }
  auto fused = std::make_shared<FusedConvolution>();
  const auto& options = conv.options;
  const auto* padding = std::get_if<torch::ExpandingArray<2>>(&options.padding());
  TORCH_CHECK(padding != nullptr, "a convolution with padding given by name");
  const auto numbers = [](const torch::ExpandingArray<2>& pair) { return std::vector<int64_t>(pair->begin(), pair->end()); };
  fused->shape_ = {numbers(*padding), numbers(options.stride()), numbers(options.dilation()), options.groups()};
  fused->dtype_ = dtype;
  fused->bias_ = bias.to(dtype);
  fused->weight_ = weight.to(torch::kFloat32);
  // oneDNN's ReLU makes NaN 0: the output would look sound.
  require((fused->weight_.sum() + fused->bias_.sum()).isfinite().item<bool>(), "a convolution of the network is not finite",
          "weights", "the checkpoint may come from a run that diverged; choose an earlier one");
  if (WinogradConvolution::supports(weight, fused->shape_)) fused->winograd_.emplace(fused->weight_, bias.to(torch::kFloat32));
  return fused;
}

torch::Tensor FusedConvolution::packed_for(const torch::Tensor& x) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  torch::Tensor& packed = packed_[{x.size(2), x.size(3)}];
  if (!packed.defined()) packed = packed_weight(weight_.to(dtype_), shape_, x.sizes());
  return packed;
}

torch::Tensor FusedConvolution::of(const torch::Tensor& x, Activation activation) const {
  if (winograd_ && WinogradConvolution::is_faster(x, dtype_))
    return (*winograd_)(channels_last(x, torch::kFloat32), {}, activation).to(dtype_);
  return onednn_convolution(channels_last(x, dtype_), packed_for(x), bias_, shape_, activation);
}

torch::Tensor FusedConvolution::sum(const torch::Tensor& x, const torch::Tensor& other, Activation activation) const {
  if (winograd_ && WinogradConvolution::is_faster(x, dtype_))
    return (*winograd_)(channels_last(x, torch::kFloat32), channels_last(other, torch::kFloat32), activation).to(dtype_);
  torch::Tensor sum = channels_last(other, dtype_);
  add_onednn_convolution(channels_last(x, dtype_), sum, packed_for(x), bias_, shape_, activation);
  return sum;
}

}  // namespace interprior
