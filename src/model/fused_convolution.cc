#include "model/fused_convolution.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/types.h>

namespace interprior {
namespace {

constexpr const char* kPack = "mkldnn::_reorder_convolution_weight";
constexpr const char* kConvolve = "mkldnn::_convolution_pointwise";

using Numbers = c10::List<std::optional<at::Scalar>>;
using Pack = at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t, at::OptionalIntArrayRef);
using Convolve = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, at::IntArrayRef,
                            at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view, Numbers,
                            std::optional<std::string_view>);
using ConvolveAndAdd = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                                  at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view,
                                  std::optional<at::Scalar>, std::optional<std::string_view>, Numbers,
                                  std::optional<std::string_view>);

template <class Function>
auto operation(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Function>();
}

bool available() {
  c10::Dispatcher& dispatcher = c10::Dispatcher::singleton();
  return dispatcher.findSchema({kPack, ""}) && dispatcher.findSchema({kConvolve, "binary"}) &&
         at::globalContext().userEnabledMkldnn();
}

torch::Tensor channels_last(const torch::Tensor& x, torch::Dtype dtype) {
  TORCH_CHECK(!at::GradMode::is_enabled() || !x.requires_grad(), "a fused convolution has no gradient");
  return x.to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

std::shared_ptr<const FusedConvolution> FusedConvolution::make(torch::nn::Conv2dImpl& conv, const BatchNormImpl* norm,
                                                               torch::Dtype dtype) {
  if (!conv.weight.device().is_cpu() || conv.weight.scalar_type() != torch::kFloat32 || !available()) return nullptr;
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
  fused->padding_ = numbers(*padding);
  fused->stride_ = numbers(options.stride());
  fused->dilation_ = numbers(options.dilation());
  fused->groups_ = options.groups();
  fused->bias_ = bias.to(dtype);
  fused->weight_ = weight.to(dtype);
  return fused;
}

torch::Tensor FusedConvolution::packed_for(const torch::Tensor& x) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  torch::Tensor& packed = packed_[{x.size(2), x.size(3)}];
  if (!packed.defined()) {
    static const auto pack = operation<Pack>(kPack);
    packed = pack.call(weight_, padding_, stride_, dilation_, groups_, x.sizes());
  }
  return packed;
}

torch::Tensor FusedConvolution::of(const torch::Tensor& x, Activation activation) const {
  static const auto convolve = operation<Convolve>(kConvolve);
  return convolve.call(channels_last(x, weight_.scalar_type()), packed_for(x), bias_, padding_, stride_, dilation_, groups_,
                       activation == Activation::relu ? "relu" : "none", Numbers(), "");
}

torch::Tensor FusedConvolution::sum(const torch::Tensor& x, const torch::Tensor& other, Activation activation) const {
  static const auto convolve = operation<ConvolveAndAdd>(kConvolve, "binary");
  const auto relu = activation == Activation::relu ? std::optional<std::string_view>("relu") : std::nullopt;
  return convolve.call(channels_last(x, weight_.scalar_type()), channels_last(other, weight_.scalar_type()), packed_for(x), bias_,
                       padding_, stride_, dilation_, groups_, "add", std::nullopt, relu, Numbers(), std::nullopt);
}

}  // namespace interprior
