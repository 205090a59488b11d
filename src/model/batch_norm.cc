#include "interprior/model/batch_norm.h"

#include <torch/types.h>

namespace interprior {

void BatchNormImpl::use(NormMode mode, SumOverProcesses sum) {
  mode_ = mode;
  sum_ = std::move(sum);
}

torch::Tensor BatchNormImpl::forward(const torch::Tensor& x) {
  if (is_training() && mode_ == NormMode::frozen)
    return torch::batch_norm(x, weight, bias, running_mean, running_var, /*training=*/false, 0.0, options.eps(),
                             at::globalContext().userEnabledCuDNN());
  if (is_training() && mode_ == NormMode::sync && sum_) return over_processes(x);
  return torch::nn::BatchNorm2dImpl::forward(x);
}

// Two passes, mean and then variance about it: the mean of squares minus the squared mean loses precision in fp32.
torch::Tensor BatchNormImpl::over_processes(const torch::Tensor& x) {
  const torch::Tensor values = x.scalar_type() == torch::kFloat64 ? x : x.to(torch::kFloat32);
  const torch::Tensor count = sum_(torch::full({1}, static_cast<double>(x.numel() / x.size(1)), values.options())).detach();
  const torch::Tensor mean = sum_(values.sum({0, 2, 3})) / count;
  const torch::Tensor centred = values - mean.view({1, -1, 1, 1});
  const torch::Tensor variance = sum_(centred.square().sum({0, 2, 3})) / count;
  {
    const torch::NoGradGuard no_grad;
    const double momentum = options.momentum().value_or(0.1);
    running_mean.lerp_(mean.to(running_mean.scalar_type()), momentum);
    running_var.lerp_((variance * count / (count - 1).clamp_min(1)).to(running_var.scalar_type()), momentum);
    num_batches_tracked += 1;
  }
  const torch::Tensor scale = weight * torch::rsqrt(variance + options.eps());
  return (centred * scale.view({1, -1, 1, 1}) + bias.view({1, -1, 1, 1})).to(x.scalar_type());
}

void set_norms(torch::nn::Module& network, NormMode mode, const SumOverProcesses& sum) {
  for (const auto& module : network.modules())
    if (auto* norm = dynamic_cast<BatchNormImpl*>(module.get())) norm->use(mode, sum);
}

std::vector<std::pair<std::string, torch::Tensor>> norm_statistics(const torch::nn::Module& network) {
  const auto ends_with = [](const std::string& name, const std::string& end) {
    return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  std::vector<std::pair<std::string, torch::Tensor>> statistics;
  for (const auto& item : network.named_buffers())
    if (ends_with(item.key(), "running_mean") || ends_with(item.key(), "running_var"))
      statistics.emplace_back(item.key(), item.value());
  return statistics;
}

}  // namespace interprior
