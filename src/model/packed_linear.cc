#include "model/packed_linear.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/types.h>

namespace interprior {
namespace {

constexpr const char* kPack = "mkldnn::_reorder_linear_weight";
constexpr const char* kMultiply = "mkldnn::_linear_pointwise";
constexpr size_t kMostLayouts = 8;

using Numbers = c10::List<std::optional<at::Scalar>>;
using Pack = at::Tensor(const at::Tensor&, std::optional<c10::SymInt>);
using Multiply = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, std::string_view, Numbers,
                            std::optional<std::string_view>);

template <class Function>
auto operation(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Function>();
}

}  // namespace

std::shared_ptr<const PackedLinear> PackedLinear::make(const torch::nn::LinearImpl& linear) {
  c10::Dispatcher& dispatcher = c10::Dispatcher::singleton();
  const bool available =
      dispatcher.findSchema({kPack, ""}) && dispatcher.findSchema({kMultiply, ""}) && at::globalContext().userEnabledMkldnn();
  if (!available || !linear.weight.device().is_cpu() || linear.weight.scalar_type() != torch::kFloat32) return nullptr;
  const torch::NoGradGuard no_grad;
  auto packed = std::make_shared<PackedLinear>();
  packed->weight_ = linear.weight.detach().clone();
  if (linear.bias.defined()) packed->bias_ = linear.bias.detach().clone();
  return packed;
}

torch::Tensor PackedLinear::packed_for(int64_t rows) const {
  static const auto pack = operation<Pack>(kPack);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = packed_.find(rows); found != packed_.end()) return found->second;
  if (packed_.size() == kMostLayouts) return packed_.begin()->second;
  return packed_[rows] = pack.call(weight_, c10::SymInt(rows));
}

torch::Tensor PackedLinear::operator()(const torch::Tensor& x) const {
  TORCH_CHECK(!at::GradMode::is_enabled() || !x.requires_grad(), "a packed linear layer has no gradient");
  static const auto multiply = operation<Multiply>(kMultiply);
  const torch::Tensor rows = x.to(weight_.scalar_type()).reshape({-1, x.size(-1)});
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes.back() = weight_.size(0);
  const std::optional<torch::Tensor> bias = bias_.defined() ? std::optional(bias_) : std::nullopt;
  return multiply.call(rows, packed_for(rows.size(0)), bias, "none", Numbers(), "").view(sizes);
}

}  // namespace interprior
