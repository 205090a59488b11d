#include <benchmark/benchmark.h>

#include <opencv2/core/utility.hpp>

#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/render/shading.h"
#include "interprior/synthesis/synthetic_images.h"
#include "render/shapes.h"

namespace interprior {
namespace {

constexpr int64_t kSize = 256;

// Two hands and, in place of forearms, two closed meshes with as many faces, filling a crop as the benchmark's boxes do.
struct TwoArms {
  std::vector<Mesh> meshes;
  std::vector<const Mesh*> drawn;
  Pinhole camera{1130, 1130, 127.5, 127.5, kSize, kSize};
  Shading shading;

  TwoArms() {
    const HandModel hand = procedural_hand();
    for (const Side side : kSides) {
      Mesh mesh = mesh_from(hand.hand[side].v_template, hand.hand[side].faces);
      const float beside = side == Side::right ? 0.05f : -0.05f;
      for (auto& [x, y, z] : mesh.vertices) {  // seen from the back, fingers up
        const float across = side == Side::right ? -z : z, up = side == Side::right ? x : -x;
        const float depth = y;
        x = across + beside;
        y = up + 0.06f;
        z = 1.1f - depth;
      }
      meshes.push_back(std::move(mesh));
    }
    for (const double beside : {0.05, -0.05}) meshes.push_back(sphere({beside, 0.12, 1.12}, 0.035, 14));
    for (const Mesh& mesh : meshes) drawn.push_back(&mesh);
    shading.skin.assign(4, {0.6f, 0.4f, 0.3f});
    shading.lights = {{{0.3, 0.5, 0.8}, {0.7f, 0.7f, 0.7f}}, {{-0.5, 0.2, 0.8}, {0.3f, 0.3f, 0.3f}}};
  }
};

void rasterise_two_hands(benchmark::State& state) {
  const TwoArms scene;
  const auto faces = static_cast<Faces>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(rasterise(scene.drawn, scene.camera, faces));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(rasterise_two_hands)->ArgName("outer")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void rasterise_and_shade_two_hands(benchmark::State& state) {
  const TwoArms scene;
  for (auto _ : state)
    benchmark::DoNotOptimize(shade(rasterise(scene.drawn, scene.camera, Faces::outer), scene.drawn, scene.shading).data);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(rasterise_and_shade_two_hands)->Unit(benchmark::kMicrosecond);

// Whole training samples, from the interaction to the labels. Argument: variety in percent.
void synthetic_row(benchmark::State& state) {
  cv::setNumThreads(1);  // as the program does
  SyntheticImagesConfig config;
  config.crop_size = kSize;
  config.variety = variety_of(static_cast<double>(state.range(0)) / 100);
  const SyntheticImages data(procedural_hand(), config);
  ImageBatch batch = data.allocate(1);
  int64_t index = 0;
  for (auto _ : state) data.fill(index++ % data.size(), Seed{1}, batch, 0);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(synthetic_row)->ArgName("variety")->Arg(0)->Arg(100)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace interprior
