#include <benchmark/benchmark.h>
#include <torch/types.h>

#include "hand/random_hand.h"
#include "interprior/base/autocast.h"
#include "interprior/base/heap.h"
#include "interprior/model/sampler.h"

namespace interprior {
namespace {

constexpr int64_t kVertices = 778;

// From crops of 256x256 to two meshes, with the network of configs/paper as Reconstructor::open prepares it for a CPU.
void reconstruct(benchmark::State& state, bool bf16) {
  if (bf16 && !bf16_in_hardware()) return state.SkipWithError("this CPU does not compute in bf16");
  const torch::NoGradGuard no_grad;
  HandModel hand;
  hand.hand.right = RandomHand(1).model(kVertices);
  hand.hand.left = mirror_image(hand.hand.right);
  const TwoHands hands(hand);
  Sampler network(SamplerConfig(), InteractionPriorConfig{128, 512, 4});
  network->eval();
  network->extraction()->fuse(bf16 ? torch::kBFloat16 : torch::kFloat32);
  network->fusion()->fuse(bf16 ? torch::kBFloat16 : torch::kFloat32);
  keep_freed_memory();  // as `predict` does
  const torch::Tensor image = torch::randint(256, {state.range(0), 3, 256, 256}, torch::kUInt8);
  const auto forward = [&] {
    const Autocast autocast(bf16, torch::kCPU);
    return network->forward(image, hands);
  };
  const auto take = [&] { benchmark::DoNotOptimize(hands(forward().pose).left.vertices_in_root); };
  take();
  for (auto _ : state) take();
}
void in_fp32(benchmark::State& state) { reconstruct(state, false); }
void in_bf16(benchmark::State& state) { reconstruct(state, true); }
BENCHMARK(in_fp32)->Name("reconstruct_1")->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(in_fp32)->Name("reconstruct_16")->Arg(16)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(in_bf16)->Name("reconstruct_bf16_1")->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(in_bf16)->Name("reconstruct_bf16_16")->Arg(16)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace interprior
