#pragma once
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <functional>

namespace interprior {

// Central differences of a scalar function at x (float64): d f / d x, same shape as x.
inline torch::Tensor numerical_gradient(const std::function<torch::Tensor(const torch::Tensor&)>& f, const torch::Tensor& x,
                                        double step = 1e-6) {
  torch::NoGradGuard no_grad;
  const torch::Tensor base = x.detach().to(torch::kFloat64).contiguous().clone();
  torch::Tensor gradient = torch::zeros_like(base);
  double* slope = gradient.data_ptr<double>();
  for (int64_t i = 0; i < base.numel(); ++i) {
    torch::Tensor plus = base.clone(), minus = base.clone();
    plus.data_ptr<double>()[i] += step;
    minus.data_ptr<double>()[i] -= step;
    slope[i] = (f(plus).item<double>() - f(minus).item<double>()) / (2 * step);
  }
  return gradient;
}

// The same derivative by autograd.
inline torch::Tensor autograd_gradient(const std::function<torch::Tensor(const torch::Tensor&)>& f, const torch::Tensor& x) {
  torch::Tensor leaf = x.detach().to(torch::kFloat64).clone().requires_grad_(true);
  return torch::autograd::grad({f(leaf)}, {leaf})[0];
}

}  // namespace interprior
