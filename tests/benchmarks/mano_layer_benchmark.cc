#include <benchmark/benchmark.h>
#include <torch/autograd.h>

#include "hand/random_hand.h"
#include "interprior/hand/mano_layer.h"

namespace interprior {
namespace {

constexpr int64_t kBatch = 64, kVertices = 778;

HandPose single_pose(RandomHand& random, bool with_gradient) {
  const HandPose pose = random.pose(kBatch);
  const auto moved = [&](const torch::Tensor& tensor) { return tensor.to(torch::kFloat32).requires_grad_(with_gradient); };
  return {moved(pose.rotations), moved(pose.shape), moved(pose.wrist_in_root)};
}

// Vertices and joints of 64 hands from rotation matrices, and their derivatives by rotations, shape and wrist.
void mano_forward_backward(benchmark::State& state) {
  RandomHand random(1);
  const ManoLayer layer(random.model(kVertices), Side::right);
  const HandPose pose = single_pose(random, true);
  const torch::Tensor at_vertices = torch::ones({kBatch, kVertices, 3}), at_joints = torch::ones({kBatch, 21, 3});
  for (auto _ : state) {
    const HandMesh mesh = layer(pose);
    benchmark::DoNotOptimize(torch::autograd::grad({mesh.vertices_in_root, mesh.joints_in_root},
                                                   {pose.rotations, pose.shape, pose.wrist_in_root}, {at_vertices, at_joints}));
  }
}
BENCHMARK(mano_forward_backward)->Unit(benchmark::kMillisecond)->UseRealTime();

void mano_forward(benchmark::State& state) {
  RandomHand random(1);
  const ManoLayer layer(random.model(kVertices), Side::right);
  const HandPose pose = single_pose(random, false);
  for (auto _ : state) benchmark::DoNotOptimize(layer(pose));
}
BENCHMARK(mano_forward)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace interprior
