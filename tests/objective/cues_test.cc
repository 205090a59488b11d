#include "interprior/objective/cues.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/objective/cue_error.h"
#include "support/random_interaction.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

constexpr int64_t kBatch = 5, kSize = 128, kGrid = 32;

struct Shown {
  SamplerConfig model;
  PerHand<HandMesh> mesh;
  PlacedHands placed;
  SamplerTruth truth;
};

Shown shown(double jitter) {
  static const TwoHands hands(procedural_hand());
  Shown s;
  s.model.image_size = kSize;
  s.model.extraction.features = 4;
  Annotation annotation;
  annotation.pose = pose_from(random_interaction(kBatch, 5), matrix_from_axis_angle(normal_tensor({kBatch, 3}, Seed{6})));
  s.mesh = hands(annotation.pose);
  s.placed = place_before_camera(s.mesh, kSize, jitter, Seed{7});
  annotation.root_in_camera = s.placed.root_in_camera;
  annotation.joints_in_camera = torch::zeros({kBatch, 2, 21, 3});
  annotation.joint_valid = torch::ones({kBatch, 2, 21}, torch::kBool);
  annotation.has_mano = torch::ones({kBatch, 2}, torch::kBool);
  annotation.mask = torch::zeros({kBatch, 2, kGrid, kGrid});
  annotation.mask.slice(2, 4, 12).slice(3, 6, 20).fill_(1);
  annotation.mask_valid = torch::ones({kBatch}, torch::kBool);
  s.truth = sampler_truth(s.model, annotation, s.placed.camera, hands);
  return s;
}

constexpr CueNoiseConfig kSure = {0, 0, 0, 0};

TEST(PlaceBeforeCamera, TheHandsFillFourFifthsOfTheCropAboutItsCentre) {
  const Shown s = shown(0);
  const torch::Tensor vertices =
      torch::cat({s.mesh.right.vertices_in_root, s.mesh.left.vertices_in_root}, 1) + s.placed.root_in_camera.unsqueeze(1);
  const torch::Tensor pixels = s.placed.camera.project(vertices);
  const torch::Tensor low = pixels.amin(1), high = pixels.amax(1);
  EXPECT_THAT((high - low).amax(1), TensorNear(torch::full({kBatch}, 0.8 * kSize), 0.01 * kSize));
  EXPECT_THAT((high + low) / 2, TensorNear(torch::full({kBatch, 2}, (kSize - 1) / 2.0), 0.01 * kSize));
  const torch::Tensor distance = (vertices.select(2, 2).amin(1) + vertices.select(2, 2).amax(1)) / 2;
  EXPECT_GE(distance.min().item<double>(), 0.7);
  EXPECT_LE(distance.max().item<double>(), 1.4);
  EXPECT_GT((distance.max() - distance.min()).item<double>(), 0.01);
}

TEST(ComputedCues, WithoutNoiseEqualTheGroundTruth) {
  const Shown s = shown(0.1);
  const Features cues = computed_cues(kSure, s.model, s.truth, Seed{1});
  EXPECT_THAT(cues.iah, TensorNear(s.truth.heatmap.maps, 1e-6));
  EXPECT_THAT(cues.mask, TensorNear(s.truth.mask, 1e-6));
  EXPECT_THAT(torch::sigmoid(cues.mask_logit), TensorNear(s.truth.mask, 1e-3));
  EXPECT_THAT(cues.tau, TensorNear(s.truth.tau, 0));
  EXPECT_FALSE(cues.map.defined());
}

TEST(ComputedCues, DependOnTheSeedAlone) {
  const Shown s = shown(0.1);
  const Features one = computed_cues({}, s.model, s.truth, Seed{1}), again = computed_cues({}, s.model, s.truth, Seed{1}),
                 other = computed_cues({}, s.model, s.truth, Seed{2});
  EXPECT_TRUE(torch::equal(one.iah, again.iah));
  EXPECT_TRUE(torch::equal(one.tau, again.tau));
  EXPECT_FALSE(torch::equal(one.iah, other.iah));
}

TEST(ComputedCues, BlurMovesAndSmearsTheMaps) {
  const Shown s = shown(0);
  CueNoiseConfig noise = kSure;
  noise.blur = 0.1;
  const Features cues = computed_cues(noise, s.model, s.truth, Seed{3});
  EXPECT_LT(cues.iah.amax({2, 3}).max().item<float>(), 1);
  EXPECT_GE(cues.iah.min().item<float>(), 0);
  CueError error;
  error.add(cues, s.truth, kSize);
  EXPECT_GT(error.mean_peak_px(), 1);
  EXPECT_LT(error.mean_peak_px(), 0.2 * kSize);
  // Far from the border, blurring preserves the mask's area.
  EXPECT_NEAR(cues.mask.sum().item<double>(), s.truth.mask.sum().item<double>(), 0.1 * s.truth.mask.sum().item<double>());
}

TEST(ComputedCues, SwappedHandsShareTheirMaps) {
  const Shown s = shown(0);
  CueNoiseConfig noise = kSure;
  noise.swapped = 1;
  const Features cues = computed_cues(noise, s.model, s.truth, Seed{4});
  const auto both = [](const torch::Tensor& maps) { return maps.slice(1, 0, 21) + maps.slice(1, 21); };
  EXPECT_THAT(both(cues.iah), TensorNear(both(s.truth.heatmap.maps), 1e-5));
  EXPECT_FALSE(torch::allclose(cues.iah, s.truth.heatmap.maps, 0, 1e-2));
}

TEST(ComputedCues, MissingJointsHaveEmptyMaps) {
  const Shown s = shown(0);
  CueNoiseConfig noise = kSure;
  noise.missing = 1;
  const Features cues = computed_cues(noise, s.model, s.truth, Seed{5});
  const torch::Tensor empty = cues.iah.amax({2, 3}) == 0;
  EXPECT_GT(empty.sum().item<int64_t>(), 0);
  EXPECT_LT(empty.sum().item<int64_t>(), kBatch * 42);
}

TEST(SplattedMasks, TheNearerHandHidesTheOther) {
  // Two planes of points: the right one at 1 m over the whole crop, the left one nearer, over its left half.
  const torch::Tensor axis = torch::linspace(-0.2, 0.2, 81);
  const auto grid = torch::meshgrid({axis, axis}, "ij");
  const torch::Tensor x = grid[1].flatten(), y = grid[0].flatten();
  const torch::Tensor right = torch::stack({x, y, torch::ones_like(x)}, 1);
  const torch::Tensor left = torch::stack({0.5 * x.clamp_max(-0.01), 0.5 * y, torch::full_like(x, 0.5)}, 1);
  const Camera camera{torch::full({1, 2}, 320.0f), torch::full({1, 2}, 63.5f), torch::eye(3).unsqueeze(0)};
  const torch::Tensor masks = splatted_masks(torch::stack({right, left}).unsqueeze(0), camera, kSize, kGrid);
  ASSERT_EQ(masks.sizes(), (std::vector<int64_t>{1, 2, kGrid, kGrid}));
  const torch::Tensor west = masks.slice(3, 1, kGrid / 2 - 1), east = masks.slice(3, kGrid / 2 + 1, kGrid - 1);
  EXPECT_EQ(west.select(1, 0).slice(1, 1, -1).max().item<float>(), 0);
  EXPECT_EQ(west.select(1, 1).slice(1, 1, -1).min().item<float>(), 1);
  EXPECT_EQ(east.select(1, 0).slice(1, 1, -1).min().item<float>(), 1);
  EXPECT_EQ(east.select(1, 1).slice(1, 1, -1).max().item<float>(), 0);
}

TEST(HeatmapPeaks, AreWhereTheTargetsJointsLie) {
  const Shown s = shown(0);
  HeatmapConfig config;
  config.kind = HeatmapKind::joint;
  const HeatmapTarget target =
      heatmap_target(config, {s.truth.joints_in_image, {}, torch::ones({kBatch, 42}, torch::kBool), {}}, kSize, kGrid);
  const torch::Tensor off = (heatmap_peaks(target.maps, kSize) - s.truth.joints_in_image).abs();
  EXPECT_LE(off.max().item<float>(), 2.001f);  // half a cell of 4 px
}

TEST(CueErrorTest, IsSmallOnTheGroundTruthAndMeasuresAShift) {
  const Shown s = shown(0);
  Features perfect = computed_cues(kSure, s.model, s.truth, Seed{1});
  CueError error;
  error.add(perfect, s.truth, kSize);
  EXPECT_DOUBLE_EQ(error.mean_mask_iou(), 1);
  EXPECT_DOUBLE_EQ(error.masks, 2 * kBatch);
  const double before = error.mean_peak_px();
  EXPECT_LT(before, 8);  // neighbours share a map, and a cell has 4 px
  perfect.iah = perfect.iah.roll(5, 3);
  perfect.mask = perfect.mask.roll(7, 3);
  CueError moved;
  moved.add(perfect, s.truth, kSize);
  EXPECT_GT(moved.mean_peak_px(), before + 8);
  EXPECT_NEAR(moved.mean_mask_iou(), 7.0 / 21, 1e-9);  // 14 columns moved by 7
}

}  // namespace
}  // namespace interprior
