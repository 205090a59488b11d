#include "train/optimiser.h"

#include <gtest/gtest.h>
#include <torch/nn.h>
#include <torch/optim.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/error.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/seed.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

struct TwoLayersImpl : torch::nn::Module {
  TwoLayersImpl()
      : first(register_module("first", torch::nn::Linear(3, 5))), second(register_module("second", torch::nn::Linear(5, 2))) {}
  torch::Tensor forward(const torch::Tensor& x) { return second(torch::tanh(first(x))); }
  torch::nn::Linear first, second;
};
TORCH_MODULE(TwoLayers);

FitConfig config() {
  FitConfig fit;
  fit.steps = 20;
  fit.warmup = 4;
  fit.learning_rate = 0.01;
  fit.weight_decay = 0.1;
  fit.ema_decay = 0;
  return fit;
}

torch::Tensor loss_of(TwoLayers& network, int64_t step) {
  const torch::Tensor x = normal_tensor({8, 3}, Seed{static_cast<uint64_t>(step)});
  return (network->forward(x) - x.slice(1, 0, 2)).square().mean();
}

TEST(ScheduleTest, RisesThenFallsToItsFraction) {
  FitConfig fit = config();
  fit.min_lr_ratio = 0.05;
  EXPECT_DOUBLE_EQ(schedule(fit, 0), 0.25);
  EXPECT_DOUBLE_EQ(schedule(fit, 3), 1.0);
  EXPECT_DOUBLE_EQ(schedule(fit, 4), 1.0);
  EXPECT_NEAR(schedule(fit, 12), 0.05 + 0.95 * 0.5, 1e-12);
  EXPECT_NEAR(schedule(fit, 20), 0.05, 1e-12);
  EXPECT_NEAR(schedule(fit, 500), 0.05, 1e-12);
}

TEST(OptimiserTest, AgreesWithTorchsAdamW) {
  torch::manual_seed(1);
  TwoLayers ours, theirs;
  for (auto& item : theirs->named_parameters()) item.value().set_data(ours->named_parameters()[item.key()].detach().clone());
  FitConfig fit = config();
  fit.max_grad_norm = 0.05;
  Optimiser optimiser(*ours, fit);
  std::vector<torch::Tensor> weights, biases;
  for (auto& parameter : theirs->parameters()) (parameter.dim() > 1 ? weights : biases).push_back(parameter);
  torch::optim::AdamW reference(
      {torch::optim::OptimizerParamGroup(
           weights, std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(0.01).weight_decay(0.1))),
       torch::optim::OptimizerParamGroup(
           biases, std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(0.01).weight_decay(0)))});
  for (int64_t step = 0; step < 20; ++step) {
    optimiser.step(loss_of(ours, step), step);
    reference.zero_grad();
    loss_of(theirs, step).backward();
    torch::nn::utils::clip_grad_norm_(theirs->parameters(), 0.05);
    for (auto& group : reference.param_groups()) group.options().set_lr(0.01 * schedule(fit, step));
    reference.step();
  }
  for (const auto& item : ours->named_parameters())
    EXPECT_THAT(item.value(), TensorNear(theirs->named_parameters()[item.key()], 2e-6));
}

TEST(OptimiserTest, AStepWithoutAFiniteGradientChangesNothing) {
  torch::manual_seed(2);
  TwoLayers network;
  Optimiser optimiser(*network, config());
  optimiser.step(loss_of(network, 0), 0);
  const torch::Tensor before = network->first->weight.detach().clone();
  optimiser.step(loss_of(network, 1) * std::numeric_limits<float>::quiet_NaN(), 1);
  EXPECT_THAT(network->first->weight, TensorNear(before, 0));
  EXPECT_EQ(optimiser.skipped(), 1);
  optimiser.step(loss_of(network, 2), 2);
  EXPECT_GT((network->first->weight - before).abs().max().item<double>(), 0);
  EXPECT_EQ(optimiser.skipped(), 1);
}

TEST(OptimiserTest, AStepWithoutAFiniteGradientChangesNoEmaWeight) {
  torch::manual_seed(2);
  FitConfig fit = config();
  fit.ema_decay = 0.9;
  TwoLayers network, without;
  for (auto& item : without->named_parameters()) {
    const torch::NoGradGuard no_grad;
    item.value().copy_(network->named_parameters()[item.key()]);
  }
  Optimiser optimiser(*network, fit), reference(*without, fit);
  optimiser.step(loss_of(network, 0), 0);
  reference.step(loss_of(without, 0), 0);
  for (int64_t step = 1; step < 4; ++step) optimiser.step(loss_of(network, step) * std::numeric_limits<float>::quiet_NaN(), step);
  for (const auto& [name, value] : optimiser.ema_weights()) EXPECT_THAT(value, TensorNear(reference.ema_weights().at(name), 0));
  optimiser.step(loss_of(network, 4), 4);
  reference.step(loss_of(without, 4), 4);
  for (const auto& [name, value] : optimiser.ema_weights()) EXPECT_THAT(value, TensorNear(reference.ema_weights().at(name), 0));
}

TEST(OptimiserTest, ResumesExactly) {
  const TemporaryDirectory folder;
  FitConfig fit = config();
  fit.ema_decay = 0.9;
  torch::manual_seed(3);
  TwoLayers straight;
  Optimiser all(*straight, fit);
  for (int64_t step = 0; step < 5; ++step) all.step(loss_of(straight, step), step);
  write_safetensors(folder / "state.safetensors", all.state(), {});
  for (int64_t step = 5; step < 10; ++step) all.step(loss_of(straight, step), step);

  TwoLayers resumed;
  Optimiser rest(*resumed, fit);
  rest.load(Safetensors(folder / "state.safetensors"));
  for (int64_t step = 5; step < 10; ++step) rest.step(loss_of(resumed, step), step);
  for (const auto& item : straight->named_parameters()) {
    EXPECT_THAT(resumed->named_parameters()[item.key()], TensorNear(item.value(), 0));
    EXPECT_THAT(rest.ema_weights().at(item.key()), TensorNear(all.ema_weights().at(item.key()), 0));
  }
}

TEST(OptimiserTest, SwappingTheEmaWeightsTwiceChangesNothing) {
  FitConfig fit = config();
  fit.ema_decay = 0.5;
  torch::manual_seed(4);
  TwoLayers network;
  Optimiser optimiser(*network, fit);
  for (int64_t step = 0; step < 3; ++step) optimiser.step(loss_of(network, step), step);
  const torch::Tensor weight = network->first->weight.detach().clone(),
                      average = optimiser.ema_weights().at("first.weight").clone();
  optimiser.swap_ema_weights();
  EXPECT_THAT(network->first->weight, TensorNear(average, 0));
  optimiser.swap_ema_weights();
  EXPECT_THAT(network->first->weight, TensorNear(weight, 0));
}

TEST(OptimiserTest, FrozenWeightsStayAndAnUntrainableNetworkIsRefused) {
  TwoLayers network;
  for (auto& parameter : network->first->parameters()) parameter.requires_grad_(false);
  Optimiser optimiser(*network, config());
  const torch::Tensor before = network->first->weight.detach().clone();
  optimiser.step(loss_of(network, 0), 0);
  EXPECT_THAT(network->first->weight, TensorNear(before, 0));
  for (auto& parameter : network->parameters()) parameter.requires_grad_(false);
  EXPECT_THAT([&] { Optimiser(*network, config()); }, ThrowsError(::testing::HasSubstr("trainable")));
}

TEST(OptimiserTest, WeightsWithoutAGradientDoNotChange) {
  torch::manual_seed(3);
  TwoLayers network;
  const torch::Tensor before = network->second->weight.detach().clone();
  Optimiser optimiser(*network, config());  // with weight decay
  const auto of_first = [&] { return network->first->weight.square().sum() + network->first->bias.square().sum(); };
  for (int64_t step = 0; step < 5; ++step) optimiser.step(of_first(), step);
  EXPECT_TRUE(torch::equal(network->second->weight, before));
  // Reached later, its first AdamW step is as long as the learning rate.
  const torch::Tensor first_before = network->first->weight.detach().clone();
  optimiser.step(network->second->weight.sum(), 5);
  const double rate = config().learning_rate * schedule(config(), 5);
  const torch::Tensor moved = network->second->weight - before * (1 - rate * config().weight_decay);
  EXPECT_THAT(moved, TensorNear(torch::full_like(moved, -rate), 1e-6));
  EXPECT_TRUE(torch::equal(network->first->weight, first_before));
}

struct NormedImpl : torch::nn::Module {
  NormedImpl() : norm(register_module("norm", BatchNorm(2))) {}
  BatchNorm norm;
};
TORCH_MODULE(Normed);

torch::Tensor planes(int64_t step) { return normal_tensor({4, 2, 3, 3}, Seed{static_cast<uint64_t>(step)}) + 3; }

TEST(OptimiserTest, ABadBatchDoesNotChangeTheNormStatistics) {
  Normed network;
  Optimiser optimiser(*network, config());
  const auto step = [&](int64_t number, double factor) {
    optimiser.clear_gradients();
    const torch::Tensor loss = (network->norm(planes(number) * factor)).square().mean();
    loss.backward();
    optimiser.update(loss.detach(), number);
  };
  step(0, 1);
  const torch::Tensor mean = network->norm->running_mean.clone(), variance = network->norm->running_var.clone();
  step(1, std::numeric_limits<double>::infinity());
  EXPECT_EQ(optimiser.skipped(), 1);
  EXPECT_TRUE(torch::equal(network->norm->running_mean, mean));
  EXPECT_TRUE(torch::equal(network->norm->running_var, variance));
  step(2, 1);
  EXPECT_FALSE(torch::equal(network->norm->running_mean, mean));
}

TEST(OptimiserTest, EmaOfWeightsAndStatisticsFollowsTheFormula) {
  FitConfig fit = config();
  fit.ema_decay = 0.5;
  Normed network;
  Optimiser optimiser(*network, fit);
  torch::Tensor weight = network->norm->weight.detach().clone(), mean = network->norm->running_mean.clone();
  for (int64_t step = 0; step < 12; ++step) {
    optimiser.step(network->norm(planes(step)).abs().mean(), step);
    const auto passed = static_cast<double>(step);
    const double decay = std::min(0.5, (1 + passed) / (10 + passed));
    weight = decay * weight + (1 - decay) * network->norm->weight.detach();
    mean = decay * mean + (1 - decay) * network->norm->running_mean;
  }
  EXPECT_THAT(optimiser.ema_weights().at("norm.weight"), TensorNear(weight, 1e-6));
  EXPECT_THAT(optimiser.ema_weights().at("norm.running_mean"), TensorNear(mean, 1e-6));
  EXPECT_EQ(optimiser.ema_weights().count("norm.num_batches_tracked"), 0u);
}

// Captured steps take learning rate and decay from tensors; the results are the same.
TEST(OptimiserTest, AScheduleInTensorsIsTheSameSchedule) {
  FitConfig fit = config();
  fit.ema_decay = 0.9;
  torch::manual_seed(5);
  TwoLayers plain, by_tensors;
  for (auto& item : by_tensors->named_parameters()) item.value().set_data(plain->named_parameters()[item.key()].detach().clone());
  Optimiser one(*plain, fit), other(*by_tensors, fit);
  other.schedule_on_device();
  for (int64_t step = 0; step < 20; ++step) {
    one.step(loss_of(plain, step), step);
    other.step(loss_of(by_tensors, step), step);
  }
  for (const auto& item : plain->named_parameters()) {
    EXPECT_THAT(by_tensors->named_parameters()[item.key()], TensorNear(item.value(), 1e-6));
    EXPECT_THAT(other.ema_weights().at(item.key()), TensorNear(one.ema_weights().at(item.key()), 1e-6));
  }
}

}  // namespace
}  // namespace interprior
