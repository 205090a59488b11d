#include <gtest/gtest.h>
#include <torch/nn.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <thread>

#include "distributed/loopback.h"
#include "interprior/base/seed.h"
#include "interprior/distributed/gradient_average.h"
#include "interprior/model/extraction.h"
#include "support/small_sampler.h"
#include "support/tensor_near.h"
#include "train/optimiser.h"

// Several processes on parts of a batch train like one process on the whole batch. Each process is a thread with its own
// communicator over the loopback; tests with real processes are in tests/integration.
namespace interprior {
namespace {

constexpr int64_t kBatch = 8;

struct Setting {
  int64_t ranks = 1, parts = 1;
  NormMode norm = NormMode::frozen;
  int64_t steps = 20;
};

struct TrainingResult {
  std::map<std::string, torch::Tensor> ema_weights;
  std::map<std::string, torch::Tensor> values;  // parameters and norm statistics
  std::vector<double> losses;
};

int free_port() {
  static std::atomic<int> next{29600 + static_cast<int>(::getpid() % 1000)};
  return next++;
}

torch::Tensor images(int64_t step) {
  return (uniform_tensor({kBatch, 3, 32, 32}, Seed{11}.derive(static_cast<uint64_t>(step))) * 255).to(torch::kUInt8);
}

// Heatmaps, masks and tau of a narrow ResNet-18 in double precision, with constant targets.
TrainingResult train(const Setting& setting, int64_t rank, int port) {
  const auto communicator = std::make_shared<Communicator>(loopback(rank, setting.ranks, port), torch::kCPU, 60);
  static std::mutex one_at_a_time;  // threads share LibTorch's generator
  std::unique_lock lock(one_at_a_time);
  torch::manual_seed(3);
  Extraction network(small_sampler().extraction, 42);
  lock.unlock();
  network->to(torch::kFloat64);
  // Different initial weights in each process: those of rank 0 are used.
  if (rank > 0) {
    torch::NoGradGuard no_grad;
    for (torch::Tensor& parameter : network->parameters()) parameter.add_(1);
  }
  FitConfig config;
  config.steps = setting.steps;
  config.warmup = 2;
  config.learning_rate = 1e-3;
  config.ema_decay = 0.9;
  set_norms(*network, setting.norm, communicator->summing());
  Optimiser optimiser(*network, config);
  std::vector<torch::Tensor> state;
  for (const auto& [name, tensor] : optimiser.state()) state.push_back(tensor);
  communicator->broadcast(state);
  GradientAverage gradients(optimiser.parameters(), communicator);
  const int64_t rows = kBatch / setting.ranks / setting.parts;
  TrainingResult result;
  network->train();
  for (int64_t step = 0; step < setting.steps; ++step) {
    optimiser.clear_gradients();
    torch::Tensor loss;
    for (int64_t part = 0; part < setting.parts; ++part) {
      const int64_t first = (part * setting.ranks + rank) * rows;
      const Features features = network->forward(images(step).slice(0, first, first + rows));
      // tau has no loss in the first steps: its parameters must not change in any process.
      torch::Tensor error = (features.iah - 0.3).square().mean() + features.mask_logit.square().mean();
      if (step > 3) error = error + (features.tau - 0.1).abs().mean();
      const torch::Tensor share = error / setting.parts;
      gradients.backward(share, part + 1 == setting.parts);
      loss = loss.defined() ? loss + share.detach() : share.detach();
    }
    loss = gradients.finish(loss);
    optimiser.update(loss, step);
    result.losses.push_back(loss.item<double>());
  }
  for (const auto& item : network->named_parameters()) result.values[item.key()] = item.value().detach().clone();
  for (const auto& [name, value] : norm_statistics(*network)) result.values[name] = value.clone();
  result.ema_weights = optimiser.ema_weights();
  communicator->finish();
  return result;
}

std::vector<TrainingResult> train_processes(const Setting& setting) {
  const int port = free_port();
  std::vector<TrainingResult> all(static_cast<size_t>(setting.ranks));
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < setting.ranks; ++rank)
    threads.emplace_back([&, rank] { all[static_cast<size_t>(rank)] = train(setting, rank, port); });
  for (std::thread& thread : threads) thread.join();
  return all;
}

void expect_same(const TrainingResult& a, const TrainingResult& b, double tolerance) {
  ASSERT_EQ(a.values.size(), b.values.size());
  for (const auto& [name, value] : a.values) EXPECT_THAT(b.values.at(name), TensorNear(value, tolerance)) << name;
  for (const auto& [name, value] : a.ema_weights) EXPECT_THAT(b.ema_weights.at(name), TensorNear(value, tolerance)) << name;
  for (size_t i = 0; i < a.losses.size(); ++i) EXPECT_NEAR(a.losses[i], b.losses[i], tolerance) << i;
}

class DistributedTraining : public ::testing::TestWithParam<Setting> {};

TEST_P(DistributedTraining, EqualsOneProcessWithTheFullBatch) {
  const Setting setting = GetParam();
  const TrainingResult alone = train({1, 1, setting.norm, setting.steps}, 0, 0);
  EXPECT_LT(alone.losses.back(), alone.losses.front());
  for (const TrainingResult& one : train_processes(setting)) expect_same(alone, one, 1e-10);
}

// Sync needs the statistics of the whole batch, so no micro-batches; its many messages are slow on few cores.
INSTANTIATE_TEST_SUITE_P(Ranks, DistributedTraining,
                         ::testing::Values(Setting{2, 1}, Setting{4, 1}, Setting{1, 4}, Setting{2, 2}, Setting{4, 2},
                                           Setting{2, 1, NormMode::sync}, Setting{4, 1, NormMode::sync, 3}),
                         [](const auto& info) {
                           return c10::str(info.param.ranks, "x", info.param.parts,
                                           info.param.norm == NormMode::sync ? "Sync" : "");
                         });

// Control: with per-process statistics the same test fails.
TEST(DistributedNorms, OfEachProcessDiffer) {
  const TrainingResult alone = train({1, 1, NormMode::batch}, 0, 0);
  const TrainingResult apart = train_processes({2, 1, NormMode::batch})[0];
  EXPECT_GT(std::abs(alone.losses.back() - apart.losses.back()), 1e-6);
}

TEST(DistributedNumbers, AreReducedOverTheProcesses) {
  const int port = free_port();
  std::vector<std::thread> threads;
  std::array<std::map<std::string, double>, 3> means;
  std::array<bool, 3> any{}, none{};
  for (int64_t rank = 0; rank < 3; ++rank)
    threads.emplace_back([&, rank] {
      Communicator communicator(loopback(rank, 3, port), torch::kCPU, 60);
      const auto i = static_cast<size_t>(rank);
      means[i] = communicator.mean({{"a", static_cast<double>(rank)}, {"b", 6.0}});
      any[i] = communicator.any(rank == 2);
      none[i] = communicator.any(false);
      communicator.finish();
    });
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(means[i], (std::map<std::string, double>{{"a", 1.0}, {"b", 6.0}}));
    EXPECT_TRUE(any[i]);
    EXPECT_FALSE(none[i]);
  }
}

TEST(DistributedStart, WithoutARendezvousNamesTheAddress) {
  Launch launch;
  launch.rank = 1;
  launch.ranks = 2;
  launch.address = "no-such-host.invalid";
  launch.port = 1;
  EXPECT_THAT([&] { Communicator(launch, torch::kCPU, 60, 2); },
              ThrowsError(::testing::HasSubstr("'no-such-host.invalid' of the machine of process 0 cannot be resolved")));
}

}  // namespace
}  // namespace interprior
