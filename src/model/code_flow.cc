#include "interprior/model/code_flow.h"

#include <torch/types.h>

#include <cmath>
#include <numbers>

#include "interprior/base/error.h"
#include "interprior/base/seed.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

// Bound of a layer's log-scale: no layer scales an entry by more than e^2.
constexpr double kLargestLogScale = 2;

// Mask (Z) of a layer's kept entries: a random half; each odd layer keeps the complement of the layer before.
torch::Tensor kept_by(int64_t layer, int64_t size) {
  const std::vector<int64_t> order = random_order(size, Seed{}.derive("coupling").derive(static_cast<uint64_t>(layer / 2)));
  torch::Tensor kept = torch::zeros({size});
  for (int64_t i = 0; i < size / 2; ++i) kept[order[static_cast<size_t>(i)]] = 1;
  return layer % 2 == 0 ? kept : 1 - kept;
}

}  // namespace

torch::Tensor normal_log_density(const torch::Tensor& noise) {
  return -0.5 * (noise.square() + std::log(2 * std::numbers::pi)).sum(1);
}

CouplingLayerImpl::CouplingLayerImpl(const torch::Tensor& kept, int64_t width)
    : kept_(register_buffer("kept", kept)),
      change_(register_module("change", ResidualMlp(kept.size(0), width, /*depth=*/1, 2 * kept.size(0)))) {
  reset_weights();
}

void CouplingLayerImpl::reset_weights() {
  const torch::NoGradGuard no_grad;
  for (auto& item : change_->named_parameters()) {
    item.value().nan_to_num_(0, 0, 0);
    if (item.key().starts_with("output.")) item.value().zero_();
  }
}

std::pair<torch::Tensor, torch::Tensor> CouplingLayerImpl::change(const torch::Tensor& kept_numbers) {
  const auto halves = change_(kept_numbers).chunk(2, 1);
  const torch::Tensor moved = 1 - kept_;
  return {moved * (kLargestLogScale * torch::tanh(halves[0] / kLargestLogScale)), moved * halves[1]};
}

torch::Tensor CouplingLayerImpl::forward(const torch::Tensor& x) {
  const auto [log_scale, shift] = change(kept_ * x);
  return x * torch::exp(log_scale) + shift;
}

WithTangents CouplingLayerImpl::with_tangents(const WithTangents& x) {
  const WithTangents halves = change_->with_tangents({kept_ * x.value, kept_ * x.tangents});
  const auto value = halves.value.chunk(2, 1), tangents = halves.tangents.chunk(2, 2);
  const torch::Tensor moved = 1 - kept_, bounded = torch::tanh(value[0] / kLargestLogScale);
  const torch::Tensor scale = torch::exp(moved * (kLargestLogScale * bounded));
  const torch::Tensor by_log_scale = moved * x.value * scale * (1 - bounded.square());
  return {x.value * scale + moved * value[1],
          x.tangents * scale.unsqueeze(1) + tangents[0] * by_log_scale.unsqueeze(1) + moved * tangents[1]};
}

CouplingLayerImpl::Inverse CouplingLayerImpl::undo(const torch::Tensor& y) {
  const auto [log_scale, shift] = change(kept_ * y);
  return {(y - shift) * torch::exp(-log_scale), log_scale.sum(1)};
}

CodeFlowImpl::CodeFlowImpl(int64_t size, int64_t layers, int64_t width)
    : layers_(register_module("layers", torch::nn::ModuleList())),
      mean_(register_buffer("mean", torch::zeros({size}))),
      factor_(register_buffer("factor", torch::eye(size))) {
  for (int64_t i = 0; i < layers; ++i) layers_->push_back(CouplingLayer(kept_by(i, size), width));
  for (auto& parameter : parameters()) parameter.requires_grad_(false);
}

void CodeFlowImpl::reset_weights() {
  for (const auto& layer : *layers_) layer->as<CouplingLayer>()->reset_weights();
  reset_affine();
}

void CodeFlowImpl::set_affine(const torch::Tensor& mean, const torch::Tensor& factor) {
  const torch::NoGradGuard no_grad;
  ShapeCheck("CodeFlow::set_affine")(mean, "mean", {mean_.size(0)})(factor, "factor", {mean_.size(0), mean_.size(0)});
  mean_.copy_(mean);
  factor_.copy_(factor);
}

void CodeFlowImpl::reset_affine() { set_affine(torch::zeros_like(mean_), torch::eye(mean_.size(0), mean_.options())); }

torch::Tensor CodeFlowImpl::forward(const torch::Tensor& noise) {
  torch::Tensor code = noise;
  for (const auto& layer : *layers_) code = layer->as<CouplingLayer>()->forward(code);
  return mean_ + code.matmul(factor_.t());
}

WithTangents CodeFlowImpl::with_tangents(WithTangents noise) {
  for (const auto& layer : *layers_) noise = layer->as<CouplingLayer>()->with_tangents(noise);
  return {mean_ + noise.value.matmul(factor_.t()), noise.tangents.matmul(factor_.t())};
}

CodeFlowImpl::Origin CodeFlowImpl::origin(const torch::Tensor& code) {
  const torch::Tensor log_scale = factor_.diagonal().log().sum();
  Origin at{at::linalg_solve_triangular(factor_, (code - mean_).t(), /*upper=*/false).t(), log_scale.expand({code.size(0)})};
  for (size_t i = layers_->size(); i-- > 0;) {
    const CouplingLayerImpl::Inverse before = layers_[i]->as<CouplingLayer>()->undo(at.noise);
    at = {before.x, at.log_scale + before.log_scale};
  }
  return at;
}

torch::Tensor CodeFlowImpl::log_density(const torch::Tensor& code) {
  const Origin from = origin(code);
  return normal_log_density(from.noise) - from.log_scale;
}

}  // namespace interprior
