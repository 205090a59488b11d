#include <benchmark/benchmark.h>
#include <torch/autograd.h>

#include "interprior/hand/contact.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "support/random_interaction.h"

namespace interprior {
namespace {

// 64 pairs of hands about 10 cm apart, many interpenetrating: the penetration term alone, forward and backward.
void penetration(benchmark::State& state) {
  constexpr int64_t kBatch = 64;
  const TwoHands hands(procedural_hand());
  const Interaction interaction = random_interaction(kBatch, 1);
  PerHand<HandMesh> mesh = hands(pose_from(interaction, torch::eye(3).expand({kBatch, 3, 3})));
  std::vector<torch::Tensor> inputs;
  for (const Side side : kSides) {
    inputs.push_back(mesh[side].vertices_in_root.requires_grad_(true));
    inputs.push_back(mesh[side].joints_in_root.requires_grad_(true));
  }
  for (auto _ : state) benchmark::DoNotOptimize(torch::autograd::grad({penetration_loss(mesh, hands)}, inputs));
  state.counters["cm2"] = 1e4 * penetration_loss(mesh, hands).item<double>();
}
BENCHMARK(penetration)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace interprior
