#include "optimiser.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <set>

#include "interprior/base/error.h"
#include "interprior/base/files/safetensors.h"

namespace interprior {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

bool decays(const std::string& name, const torch::Tensor& parameter) {
  const std::string last = name.substr(name.rfind('.') + 1);
  return parameter.dim() >= 2 && last != "position" && last != "queries";
}

// Copies tensors into one vector and makes them views of it; undefined if there are none.
torch::Tensor in_one_vector(const std::vector<std::pair<std::string, torch::Tensor>>& named) {
  if (named.empty()) return {};
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> parts;
  for (const auto& [name, tensor] : named) parts.push_back(tensor.flatten());
  const torch::Tensor all = torch::cat(parts);
  int64_t begin = 0;
  for (auto [name, tensor] : named) {
    const int64_t end = begin + tensor.numel();
    tensor.set_data(all.slice(0, begin, end).view(tensor.sizes()));
    begin = end;
  }
  return all;
}

}  // namespace

double schedule(const FitConfig& config, int64_t step) {
  if (step < config.warmup) return static_cast<double>(step + 1) / static_cast<double>(config.warmup);
  const double rest = static_cast<double>(std::max<int64_t>(1, config.steps - config.warmup));
  const double progress = std::min(1.0, static_cast<double>(step - config.warmup) / rest);
  return config.min_lr_ratio + (1 - config.min_lr_ratio) * 0.5 * (1 + std::cos(M_PI * progress));
}

Optimiser::Optimiser(torch::nn::Module& network, const FitConfig& config) : network_(network), config_(config) {
  const auto follow = [this](const std::string& name, const torch::Tensor& value) {
    if (config_.ema_decay == 0) return;
    ema_names_.push_back(name);
    followed_.push_back(value);
    ema_.push_back(value.detach().clone());
  };
  std::map<std::pair<bool, bool>, Group> groups;
  for (const auto& item : network.named_parameters()) {
    if (!item.value().requires_grad()) continue;
    const bool backbone = item.key().find("trunk.") != std::string::npos, decay = decays(item.key(), item.value());
    Group& group = groups[{backbone, decay}];
    group.learning_rate = backbone ? config.backbone_learning_rate : config.learning_rate;
    group.weight_decay = decay ? config.weight_decay : 0;
    group.names.push_back(item.key());
    group.parameters.push_back(item.value());
    group.first_moment.push_back(torch::zeros_like(item.value()));
    group.second_moment.push_back(torch::zeros_like(item.value()));
    group.steps.push_back(torch::zeros({}, item.value().options().dtype(torch::kFloat32)));
    parameters_.push_back(item.value());
    follow(item.key(), item.value());
  }
  require(!parameters_.empty(), "the network has no trainable parameter", "Optimiser");
  for (auto& [key, group] : groups) groups_.push_back(std::move(group));
  statistics_ = in_one_vector(interprior::norm_statistics(network));
  for (const auto& [name, value] : interprior::norm_statistics(network)) follow(name, value);
  const auto scalar = torch::TensorOptions().device(parameters_.front().device()).dtype(torch::kFloat32);
  ema_updates_ = torch::zeros({}, scalar.dtype(torch::kInt64));
  norm_ = torch::zeros({}, scalar);
  bad_ = torch::zeros({}, scalar);
  skipped_ = torch::zeros({}, scalar);
}

void Optimiser::clear_gradients() {
  for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
  if (statistics_.defined()) statistics_before_ = statistics_.clone();
}

void Optimiser::forget_step() {
  if (statistics_before_.defined()) statistics_.copy_(statistics_before_);
}

void Optimiser::step(const torch::Tensor& loss, int64_t step) {
  clear_gradients();
  loss.backward();
  update(loss.detach(), step);
}

void Optimiser::update(const torch::Tensor& loss, int64_t step) {
  prepare(step);
  update_prepared(loss);
}

void Optimiser::schedule_on_device() {
  const auto scalar = torch::TensorOptions().device(parameters_.front().device()).dtype(torch::kFloat32);
  for (Group& group : groups_) group.rate = torch::zeros({}, scalar);
}

void Optimiser::prepare(int64_t step) {
  fraction_ = schedule(config_, step);
  for (Group& group : groups_)
    if (group.rate.defined()) group.rate.fill_(group.learning_rate * fraction_);
}

// Skipped steps do not change the EMA. The flag is on the device and is not read on the host, to avoid a sync.
void Optimiser::follow() {
  if (ema_.empty()) return;
  // Smaller decay at first, so that the EMA is usable before 1 / (1 - decay) steps.
  const auto weight = [](const auto& steps) { return 1 - (1 + steps) / (10 + steps); };
  const double least = 1 - config_.ema_decay;
  if (ema_updates_.is_cpu()) {
    if (bad_.item<float>() > 0) return;
    at::_foreach_lerp_(ema_, followed_, std::max(least, weight(static_cast<double>(ema_updates_.item<int64_t>()))));
    ema_updates_ += 1;
    return;
  }
  auto towards = at::_foreach_sub(followed_, ema_);
  at::_foreach_mul_(towards, weight(ema_updates_.to(torch::kFloat32)).clamp_min(least) * (1 - bad_));
  at::_foreach_add_(ema_, towards);
  ema_updates_ += (1 - bad_).to(torch::kInt64);
}

void Optimiser::update_prepared(const torch::Tensor& loss) {
  torch::NoGradGuard no_grad;
  // Parameters without a gradient are not updated: no moments, no weight decay.
  std::vector<torch::Tensor> gradients;
  for (const torch::Tensor& parameter : parameters_)
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  require(!gradients.empty(), "the loss reaches no trainable parameter", "Optimiser", "give a loss term a weight above 0");
  norm_ = torch::stack(at::_foreach_norm(gradients)).norm();
  bad_ = (torch::isfinite(norm_) & torch::isfinite(loss)).logical_not().to(torch::kFloat32);
  skipped_ += bad_;
  if (statistics_before_.defined()) statistics_.copy_(torch::where(bad_ > 0, statistics_before_, statistics_));
  // The fused AdamW kernel divides gradients by an fp32 scale, which saves a pass over all gradients.
  std::optional<torch::Tensor> scale;
  if (config_.max_grad_norm > 0 && norm_.scalar_type() == torch::kFloat32)
    scale = ((norm_ + 1e-6) / config_.max_grad_norm).clamp_min(1.0);
  else if (config_.max_grad_norm > 0)
    at::_foreach_mul_(gradients, (config_.max_grad_norm / (norm_ + 1e-6)).clamp_max(1.0));

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
    at::_foreach_add_(steps, 1 - bad_);
    const auto adamw = [&](const auto& rate) {
      at::_fused_adamw_(parameters, group_gradients, first_moment, second_moment, {}, steps, rate, kBeta1, kBeta2,
                        group.weight_decay, kEpsilon, /*amsgrad=*/false, /*maximize=*/false, scale, /*found_inf=*/bad_);
    };
    if (group.rate.defined())
      adamw(group.rate);
    else
      adamw(group.learning_rate * fraction_);
  }
  follow();
}

int64_t Optimiser::skipped() const { return static_cast<int64_t>(skipped_.item<float>()); }

double Optimiser::gradient_norm() const { return norm_.item<double>(); }

std::map<std::string, torch::Tensor> Optimiser::ema_weights() const {
  std::map<std::string, torch::Tensor> result;
  for (size_t i = 0; i < ema_.size(); ++i) result[ema_names_[i]] = ema_[i];
  return result;
}

void Optimiser::swap_ema_weights() {
  torch::NoGradGuard no_grad;
  for (size_t i = 0; i < ema_.size(); ++i) {
    const torch::Tensor kept = followed_[i].detach().clone();
    followed_[i].copy_(ema_[i]);
    ema_[i].copy_(kept);
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
  for (size_t i = 0; i < ema_.size(); ++i) tensors.emplace_back("averaged." + ema_names_[i], ema_[i]);
  tensors.emplace_back("averages", ema_updates_);
  tensors.emplace_back("skipped", skipped_);
  return tensors;
}

void Optimiser::load(const Safetensors& file) {
  torch::NoGradGuard no_grad;
  constexpr const char* advice = "the run was trained with another model config; resume with the config of the run folder";
  std::set<std::string> restored;
  const auto restore = [&](const std::string& name, torch::Tensor target) {
    const torch::Tensor source = file.tensor(name);
    require(source.sizes() == target.sizes(), name + " has another shape", file.path().string(), advice);
    target.copy_(source);
    restored.insert(name);
  };
  for (auto& item : network_.named_parameters()) restore("parameter." + item.key(), item.value());
  for (auto& item : network_.named_buffers()) restore("buffer." + item.key(), item.value());
  for (Group& group : groups_)
    for (size_t i = 0; i < group.names.size(); ++i) {
      restore("first_moment." + group.names[i], group.first_moment[i]);
      restore("second_moment." + group.names[i], group.second_moment[i]);
      restore("steps." + group.names[i], group.steps[i]);
    }
  for (size_t i = 0; i < ema_.size(); ++i) {
    // A checkpoint without EMA: starts from the weights.
    if (file.has("averaged." + ema_names_[i]))
      restore("averaged." + ema_names_[i], ema_[i]);
    else
      ema_[i].copy_(followed_[i]);
  }
  restore("averages", ema_updates_);
  restore("skipped", skipped_);
  for (const std::string& name : file.names())
    require(restored.count(name) > 0 || !(name.starts_with("parameter.") || name.starts_with("buffer.")),
            "this network has no " + name, file.path().string(), advice);
}

}  // namespace interprior
