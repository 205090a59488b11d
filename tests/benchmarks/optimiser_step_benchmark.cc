#include <benchmark/benchmark.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>

#include <chrono>

#include "interprior/model/resnet.h"
#include "train/optimiser.h"

namespace interprior {
namespace {

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Work after the backward pass: gradient clipping, AdamW, EMA of weights and norm statistics.
struct Training {
  ResNet network{BackboneKind::resnet50, 64};  // 23.5 M parameters in 159 tensors
  std::vector<torch::Tensor> parameters = network->parameters(), gradients;
  Training() {
    for (const torch::Tensor& parameter : parameters) gradients.push_back(torch::randn_like(parameter));
  }
  void preset() {
    for (size_t i = 0; i < parameters.size(); ++i) parameters[i].mutable_grad() = gradients[i];
  }
};

// The same with LibTorch's C++ optimiser, one tensor after the other.
class TorchOptimiser {
 public:
  TorchOptimiser(Training& training, const FitConfig& config) : training_(training), config_(config) {
    std::vector<torch::Tensor> weights, others;
    for (const torch::Tensor& parameter : training.parameters) (parameter.dim() >= 2 ? weights : others).push_back(parameter);
    const auto group = [&](const std::vector<torch::Tensor>& parameters, double decay) {
      torch::optim::AdamWOptions options(config.backbone_learning_rate);
      options.weight_decay(decay);
      return torch::optim::OptimizerParamGroup(parameters, std::make_unique<torch::optim::AdamWOptions>(options));
    };
    adamw_ = std::make_unique<torch::optim::AdamW>(
        std::vector<torch::optim::OptimizerParamGroup>{group(weights, config.weight_decay), group(others, 0)});
    followed_ = training.parameters;
    for (const auto& [name, value] : norm_statistics(*training.network)) followed_.push_back(value);
    for (const torch::Tensor& value : followed_) ema_.push_back(value.detach().clone());
  }

  void update() {
    torch::nn::utils::clip_grad_norm_(training_.parameters, config_.max_grad_norm);
    adamw_->step();
    const torch::NoGradGuard no_grad;
    for (size_t i = 0; i < followed_.size(); ++i) ema_[i].mul_(config_.ema_decay).add_(followed_[i], 1 - config_.ema_decay);
  }

 private:
  Training& training_;
  FitConfig config_;
  std::unique_ptr<torch::optim::AdamW> adamw_;
  std::vector<torch::Tensor> followed_, ema_;
};

// The timed interprior step alternates with the LibTorch step; target ratio: 0.3.
void optimiser_step(benchmark::State& state) {
  FitConfig config;
  Training ours, theirs;
  Optimiser optimiser(*ours.network, config);
  TorchOptimiser reference(theirs, config);
  const torch::Tensor loss = torch::ones({});
  theirs.preset();
  reference.update();  // allocates its moments
  int64_t step = 0;
  double own = 0, torchs = 0;
  for (auto _ : state) {
    optimiser.clear_gradients();
    ours.preset();
    const double seconds = seconds_of([&] { optimiser.update(loss, step++); });
    state.SetIterationTime(seconds);
    own += seconds;
    torchs += seconds_of([&] { reference.update(); });
  }
  state.counters["torch_ms"] = 1000 * torchs / static_cast<double>(step);
  state.counters["ratio"] = own / torchs;
}
BENCHMARK(optimiser_step)->Unit(benchmark::kMillisecond)->UseManualTime();

}  // namespace
}  // namespace interprior
