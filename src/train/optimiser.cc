#include "interprior/train/optimiser.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

bool decays(const std::string& name, const torch::Tensor& parameter) {
  const std::string last = name.substr(name.rfind('.') + 1);
  return parameter.dim() >= 2 && last != "position" && last != "queries";
}

}  // namespace

double schedule(const FitConfig& config, int64_t step) {
  if (step < config.warmup) return static_cast<double>(step + 1) / static_cast<double>(config.warmup);
  const double rest = static_cast<double>(std::max<int64_t>(1, config.steps - config.warmup));
  const double progress = std::min(1.0, static_cast<double>(step - config.warmup) / rest);
  return config.final_fraction + (1 - config.final_fraction) * 0.5 * (1 + std::cos(M_PI * progress));
}

Optimiser::Optimiser(torch::nn::Module& network, const FitConfig& config) : network_(network), config_(config) {
  std::map<std::pair<bool, bool>, Group> groups;
  for (const auto& item : network.named_parameters()) {
    if (!item.value().requires_grad()) continue;
    const bool trunk = item.key().find("trunk.") != std::string::npos, decay = decays(item.key(), item.value());
    Group& group = groups[{trunk, decay}];
    group.learning_rate = trunk ? config.trunk_learning_rate : config.learning_rate;
    group.weight_decay = decay ? config.weight_decay : 0;
    group.names.push_back(item.key());
    group.parameters.push_back(item.value());
    group.first_moment.push_back(torch::zeros_like(item.value()));
    group.second_moment.push_back(torch::zeros_like(item.value()));
    group.steps.push_back(torch::zeros({}, item.value().options().dtype(torch::kFloat32)));
    names_.push_back(item.key());
    parameters_.push_back(item.value());
    if (config.average > 0) averaged_.push_back(item.value().detach().clone());
  }
  require(!parameters_.empty(), "the network has no trainable parameter", "Optimiser");
  for (auto& [key, group] : groups) groups_.push_back(std::move(group));
  const auto scalar = torch::TensorOptions().device(parameters_.front().device()).dtype(torch::kFloat32);
  norm_ = torch::zeros({}, scalar);
  skipped_ = torch::zeros({}, scalar);
}

void Optimiser::step(const torch::Tensor& loss, int64_t step) {
  for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
  loss.backward();

  torch::NoGradGuard no_grad;
  // A parameter that no loss reaches keeps still: neither its moments nor its decay move it.
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& parameter : parameters_)
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  require(!gradients.empty(), "the loss reaches no trainable parameter", "Optimiser", "give a loss term a weight above 0");
  norm_ = torch::stack(at::_foreach_norm(gradients)).norm();
  const torch::Tensor bad = torch::isfinite(norm_).logical_not().to(torch::kFloat32);
  skipped_ += bad;
  if (config_.clip > 0) at::_foreach_mul_(gradients, (config_.clip / (norm_ + 1e-6)).clamp_max(1.0));

  const double fraction = schedule(config_, step);
  for (Group& group : groups_) {
    std::vector<torch::Tensor> parameters, group_gradients, first_moment, second_moment, steps;
    for (size_t i = 0; i < group.parameters.size(); ++i) {
      if (!group.parameters[i].grad().defined()) continue;
      parameters.push_back(group.parameters[i]);
      group_gradients.push_back(group.parameters[i].grad());
      first_moment.push_back(group.first_moment[i]);
      second_moment.push_back(group.second_moment[i]);
      steps.push_back(group.steps[i]);
    }
    if (parameters.empty()) continue;
    at::_foreach_add_(steps, 1 - bad);
    at::_fused_adamw_(parameters, group_gradients, first_moment, second_moment, {}, steps, group.learning_rate * fraction, kBeta1,
                      kBeta2, group.weight_decay, kEpsilon, /*amsgrad=*/false, /*maximize=*/false, /*grad_scale=*/{},
                      /*found_inf=*/bad);
  }
  if (!averaged_.empty()) {
    // A short memory at first, so that the average is of use before 1 / (1 - decay) steps have passed.
    const double steps = static_cast<double>(averages_++);
    at::_foreach_lerp_(averaged_, parameters_, 1 - std::min(config_.average, (1 + steps) / (10 + steps)));
  }
}

int64_t Optimiser::skipped() const { return static_cast<int64_t>(skipped_.item<float>()); }

double Optimiser::gradient_norm() const { return norm_.item<double>(); }

std::map<std::string, torch::Tensor> Optimiser::averaged() const {
  std::map<std::string, torch::Tensor> result;
  for (size_t i = 0; i < averaged_.size(); ++i) result[names_[i]] = averaged_[i];
  return result;
}

void Optimiser::swap_averaged() {
  torch::NoGradGuard no_grad;
  for (size_t i = 0; i < averaged_.size(); ++i) {
    const torch::Tensor kept = parameters_[i].detach().clone();
    parameters_[i].copy_(averaged_[i]);
    averaged_[i].copy_(kept);
  }
}

NamedTensors Optimiser::state() const {
  NamedTensors tensors;
  for (const auto& item : network_.named_parameters()) tensors.emplace_back("parameter." + item.key(), item.value().detach());
  for (const auto& item : network_.named_buffers()) tensors.emplace_back("buffer." + item.key(), item.value().detach());
  for (const Group& group : groups_)
    for (size_t i = 0; i < group.names.size(); ++i) {
      tensors.emplace_back("first_moment." + group.names[i], group.first_moment[i]);
      tensors.emplace_back("second_moment." + group.names[i], group.second_moment[i]);
      tensors.emplace_back("steps." + group.names[i], group.steps[i]);
    }
  for (size_t i = 0; i < averaged_.size(); ++i) tensors.emplace_back("averaged." + names_[i], averaged_[i]);
  tensors.emplace_back("averages", torch::tensor(averages_, torch::kInt64));
  tensors.emplace_back("skipped", skipped_);
  return tensors;
}

void Optimiser::load(const Safetensors& file) {
  torch::NoGradGuard no_grad;
  const auto restore = [&file](const std::string& name, torch::Tensor target) {
    const torch::Tensor source = file.tensor(name);
    require(source.sizes() == target.sizes(), name + " has another shape", file.path().string(),
            "the run was trained with another model config; resume with the config of the run folder");
    target.copy_(source);
  };
  for (auto& item : network_.named_parameters()) restore("parameter." + item.key(), item.value());
  for (auto& item : network_.named_buffers()) restore("buffer." + item.key(), item.value());
  for (Group& group : groups_)
    for (size_t i = 0; i < group.names.size(); ++i) {
      restore("first_moment." + group.names[i], group.first_moment[i]);
      restore("second_moment." + group.names[i], group.second_moment[i]);
      restore("steps." + group.names[i], group.steps[i]);
    }
  for (size_t i = 0; i < averaged_.size(); ++i) restore("averaged." + names_[i], averaged_[i]);
  averages_ = file.tensor("averages").item<int64_t>();
  restore("skipped", skipped_);
}

}  // namespace interprior
