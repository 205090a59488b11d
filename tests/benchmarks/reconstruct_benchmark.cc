#include <benchmark/benchmark.h>

#include "hand/random_hand.h"
#include "interprior/model/sampler.h"

namespace interprior {
namespace {

constexpr int64_t kVertices = 778;

// From crops of 256x256 to two meshes, with the network of configs/paper as Reconstructor::open prepares it for a CPU.
void reconstruct(benchmark::State& state) {
  const torch::NoGradGuard no_grad;
  HandModel hand;
  hand.hand.right = RandomHand(1).model(kVertices);
  hand.hand.left = mirror_image(hand.hand.right);
  const TwoHands hands(hand);
  Sampler network(SamplerConfig(), InteractionPriorConfig{128, 512, 4});
  network->eval();
  network->extraction()->fuse();
  const torch::Tensor image = torch::randint(256, {state.range(0), 3, 256, 256}, torch::kUInt8);
  const auto take = [&] { benchmark::DoNotOptimize(hands(network->forward(image, hands).pose).left.vertices_in_root); };
  take();
  for (auto _ : state) take();
}
BENCHMARK(reconstruct)->Name("reconstruct_1")->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(reconstruct)->Name("reconstruct_16")->Arg(16)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace interprior
