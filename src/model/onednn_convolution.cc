#include "model/onednn_convolution.h"

#include <ATen/core/dispatch/Dispatcher.h>

namespace interprior {
namespace {

constexpr const char* kPack = "mkldnn::_reorder_convolution_weight";
constexpr const char* kConvolve = "mkldnn::_convolution_pointwise";
constexpr const char* kAdd = "mkldnn::_convolution_pointwise_";  // in place

using Numbers = c10::List<std::optional<at::Scalar>>;
using Pack = at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t, at::OptionalIntArrayRef);
using Convolve = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, at::IntArrayRef,
                            at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view, Numbers,
                            std::optional<std::string_view>);
using AddConvolution = at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                                   at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view,
                                   std::optional<at::Scalar>, std::optional<std::string_view>, Numbers,
                                   std::optional<std::string_view>);

template <class Function>
auto operation(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Function>();
}

}  // namespace

bool has_onednn_convolution() {
  c10::Dispatcher& dispatcher = c10::Dispatcher::singleton();
  return dispatcher.findSchema({kPack, ""}) && dispatcher.findSchema({kConvolve, ""}) &&
         dispatcher.findSchema({kAdd, "binary"}) && at::globalContext().userEnabledMkldnn();
}

torch::Tensor packed_weight(const torch::Tensor& weight, const ConvolutionShape& shape, at::IntArrayRef input) {
  static const auto pack = operation<Pack>(kPack);
  return pack.call(weight, shape.padding, shape.stride, shape.dilation, shape.groups, input);
}

torch::Tensor onednn_convolution(const torch::Tensor& x, const torch::Tensor& packed, const torch::Tensor& bias,
                                 const ConvolutionShape& shape, Activation activation) {
  static const auto convolve = operation<Convolve>(kConvolve);
  return convolve.call(x, packed, bias, shape.padding, shape.stride, shape.dilation, shape.groups,
                       activation == Activation::relu ? "relu" : "none", Numbers(), "");
}

void add_onednn_convolution(const torch::Tensor& x, torch::Tensor& sum, const torch::Tensor& packed, const torch::Tensor& bias,
                            const ConvolutionShape& shape, Activation activation) {
  static const auto add = operation<AddConvolution>(kAdd, "binary");
  const auto relu = activation == Activation::relu ? std::optional<std::string_view>("relu") : std::nullopt;
  add.call(sum, x, packed, bias, shape.padding, shape.stride, shape.dilation, shape.groups, "add", std::nullopt, relu, Numbers(),
           std::nullopt);
}

}  // namespace interprior
