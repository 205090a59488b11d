#include "train/cue_task.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/autocast.h"
#include "interprior/data/images/visible_mask.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "interprior/interaction/wrist_views.h"
#include "interprior/train/validation_names.h"
#include "support/small_sampler.h"
#include "support/tensor_near.h"
#include "train/optimiser.h"

namespace interprior {
namespace {

CueTrainConfig config() {
  CueTrainConfig config;
  config.model = small_sampler();
  config.model.sampling.width = 64;
  config.fit.learning_rate = 3e-3;
  config.fit.warmup = 5;
  config.fit.steps = 60;
  config.data.views = 20;
  config.data.noise = {0, 0, 0, 0};
  return config;
}

const HandModel& hand() {
  static const HandModel model = procedural_hand();
  return model;
}

Patterns patterns() {
  InteractionSynthesisConfig wanted;
  wanted.count = 32;
  return synthesize_patterns(hand(), wanted);
}

TEST(CueTaskTest, TrainsWithoutChangingTheExtraction) {
  const CueTrainConfig settings = config();
  torch::manual_seed(2);
  CueTask task(settings, hand(), InteractionPrior(InteractionPriorConfig{8, 16, 1, Anchor::knuckle}), patterns(), torch::kCPU);
  std::map<std::string, torch::Tensor> before;
  for (const auto& item : task.network().named_parameters()) before[item.key()] = item.value().detach().clone();
  Optimiser optimiser(task.network(), settings.fit);
  const Patterns all = patterns();
  const PatternBatch batch{all.pose, all.shape, all.translation};
  const auto wrist_error = [](const Terms& terms) {
    for (const Term& term : terms.list)
      if (term.name == "wrist_rot6d") return term.value.item<double>();
    return -1.0;
  };
  double first = 0, last = 0;
  for (int64_t step = 0; step < settings.fit.steps; ++step) {
    const Terms terms = task.losses(batch, {step, torch::zeros({}), Seed{8}.derive(static_cast<uint64_t>(step))});
    (step == 0 ? first : last) = wrist_error(terms);
    optimiser.step(terms.total(), step);
  }
  EXPECT_GT(first, 0);
  EXPECT_LT(last, 0.5 * first);
  for (const auto& item : task.network().named_parameters()) {
    const bool still = item.key().rfind("extraction.", 0) == 0 || item.key().rfind("prior.", 0) == 0;
    EXPECT_EQ(torch::equal(item.value(), before[item.key()]), still) << item.key();
  }
  const ValidationResult measured = task.validate();
  EXPECT_EQ(measured.samples, 32);
  EXPECT_GT(measured.values.at("mpjpe_mm"), 0);
}

TEST(CueTaskTest, TrainsOnKeypointsToo) {
  CueTrainConfig settings = config();
  settings.data.cues = CueSource::keypoints;
  settings.data.keypoints = {0.01, 0.05, 0, 0, 0, 0};
  settings.model.relative_translation = RelativeSource::prior;
  settings.check();
  torch::manual_seed(2);
  CueTask task(settings, hand(), InteractionPrior(InteractionPriorConfig{8, 16, 1, Anchor::knuckle}), patterns(), torch::kCPU);
  Optimiser optimiser(task.network(), settings.fit);
  const Patterns all = patterns();
  const PatternBatch batch{all.pose, all.shape, all.translation};
  double first = 0, last = 0;
  for (int64_t step = 0; step < settings.fit.steps; ++step) {
    const Terms terms = task.losses(batch, {step, torch::zeros({}), Seed{8}.derive(static_cast<uint64_t>(step))});
    for (const Term& term : terms.list)
      if (term.name == "wrist_rot6d") (step == 0 ? first : last) = term.value.item<double>();
    optimiser.step(terms.total(), step);
  }
  EXPECT_GT(first, 0);
  EXPECT_LT(last, 0.5 * first);
  const ValidationResult measured = task.validate();
  EXPECT_EQ(measured.samples, 32);
  EXPECT_GT(measured.values.at("mpjpe_mm"), 0);
  EXPECT_EQ(task.validate().values.at("mpjpe_mm"), measured.values.at("mpjpe_mm"))
      << "all runs are validated on the same keypoints";
  EXPECT_EQ(task.describe().cues, "keypoints");
}

TEST(CueTaskTest, KeypointsAreRefusedWhereTheNetworkNeedsTau) {
  EXPECT_THAT([] { parse_config<CueTrainConfig>("data: {cues: keypoints}", "cues.yaml"); },
              ThrowsError(::testing::HasSubstr("model.relative_translation")));
  EXPECT_EQ(parse_config<CueTrainConfig>("{}", "cues.yaml").data.cues, CueSource::image);
  EXPECT_NO_THROW(parse_config<CueTrainConfig>("{data: {cues: keypoints}, model: {relative_translation: prior}}", "cues.yaml"));
}

// Rotations, hands and losses are computed in fp32, whatever the network's precision.
TEST(CueTaskTest, TermsUnderHalfPrecisionAreFloat32AndNearTheOthers) {
  CueTrainConfig settings = config();
  settings.model.relative_translation = settings.model.left_rotation = RelativeSource::both;
  settings.model.refine = 1;
  settings.loss.penetration = 0.05;
  torch::manual_seed(2);
  CueTask task(settings, hand(), InteractionPrior(InteractionPriorConfig{8, 16, 1, Anchor::knuckle}), patterns(), torch::kCPU);
  const Patterns all = patterns();
  const auto terms_in = [&](Precision precision) {
    const Autocast autocast(precision == Precision::bf16, torch::kCPU);
    return task.losses({all.pose, all.shape, all.translation}, {0, torch::zeros({}), Seed{8}});
  };
  const Terms whole = terms_in(Precision::fp32), half = terms_in(Precision::bf16);
  ASSERT_EQ(whole.list.size(), half.list.size());
  for (size_t i = 0; i < whole.list.size(); ++i) {
    EXPECT_EQ(half.list[i].value.scalar_type(), torch::kFloat32) << half.list[i].name;
    const double value = whole.list[i].value.item<double>();
    EXPECT_NEAR(half.list[i].value.item<double>(), value, 0.03 * std::abs(value) + 1e-4) << half.list[i].name;
  }
}

TEST(CueTaskTest, EvaluatesHypothesesOnRequest) {
  CueTrainConfig settings = config();
  settings.hypotheses = 5;
  torch::manual_seed(2);
  const InteractionPrior prior(InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
  const auto values = CueTask(settings, hand(), prior, patterns(), torch::kCPU).validate().values;
  for (const char* name : {"best_of_1_mpjpe_mm", "best_of_2_mpjpe_mm", "best_of_5_mpjpe_mm", "mean_of_k_mpjpe_mm", "spread_mm",
                           "spread_rank_correlation"})
    EXPECT_EQ(values.count(name), 1u) << name;
  EXPECT_EQ(values.size(), cue_validation_names(5).size());
  for (const std::string& name : cue_validation_names(5)) EXPECT_EQ(values.count(name), 1u) << name;
  EXPECT_LT(values.at("best_of_5_mpjpe_mm"), values.at("best_of_1_mpjpe_mm"));
  EXPECT_GT(values.at("spread_mm"), 1);
  EXPECT_GT(values.at("baseline_mpjpe_mm"), values.at("baseline_true_wrist_mpjpe_mm"));
  settings.hypotheses = 1;
  EXPECT_EQ(CueTask(settings, hand(), prior, patterns(), torch::kCPU).validate().values.count("spread_mm"), 0u);
}

TEST(CueTaskTest, SameSeedSameLoss) {
  const Patterns all = patterns();
  const PatternBatch batch{all.pose, all.shape, all.translation};
  std::vector<double> totals;
  for (const uint64_t seed : {1u, 1u, 2u}) {
    torch::manual_seed(2);
    const InteractionPrior prior(InteractionPriorConfig{8, 16, 1, Anchor::knuckle});
    CueTask task(config(), hand(), prior, all, torch::kCPU);
    totals.push_back(task.losses(batch, {0, torch::zeros({}), Seed{seed}}).total().item<double>());
  }
  EXPECT_EQ(totals[0], totals[1]);
  EXPECT_NE(totals[0], totals[2]);
}

// Splatted masks compared with rasterised ones, per hand.
TEST(CueTaskTest, SplattedMasksAgreeWithTheRasteriser) {
  constexpr int64_t kSize = 96, kGrid = 24;
  const Patterns all = patterns();
  const PatternBatch batch{all.pose, all.shape, all.translation};
  const TwoHands hands(hand());
  const PerHand<HandPose> pose = pose_from(interaction_from(batch, hands), sample_wrist_views(hand(), 180, all.size(), Seed{4}));
  const PerHand<HandMesh> mesh = hands(pose);
  const PlacedHands placed = place_before_camera(mesh, kSize, 0, Seed{5});
  const torch::Tensor vertices = torch::stack({mesh.right.vertices_in_root, mesh.left.vertices_in_root}, 1);
  const torch::Tensor faces = hands.layer.right.faces();
  const torch::Tensor middles = vertices.index_select(2, faces.flatten()).unflatten(2, faces.sizes()).mean(3);
  const torch::Tensor points = torch::cat({vertices, middles}, 2) + placed.root_in_camera.view({-1, 1, 1, 3});
  const torch::Tensor splatted = splatted_masks(points, placed.camera, kSize, kGrid);
  torch::Tensor drawn = torch::zeros_like(splatted);
  for (int64_t i = 0; i < all.size(); ++i) {
    PerHand<Mesh> shown;
    for (const Side side : kSides)
      shown[side] = mesh_from(mesh[side].vertices_in_root[i] + placed.root_in_camera[i], hands.layer[side].faces());
    Pinhole crop;
    crop.fx = crop.fy = placed.camera.focal[i][0].item<double>();
    crop.cx = crop.cy = (kSize - 1) / 2.0;
    crop.width = crop.height = kSize;
    fill_visible_mask({&shown.right, &shown.left}, crop, kSize / kGrid, drawn[i].data_ptr<float>());
  }
  // Splatting gives presence per cell, the rasteriser coverage: compares only cells that are clearly covered or empty.
  const torch::Tensor shown_here = splatted > 0.5, mostly = drawn > 0.5, not_at_all = drawn == 0;
  const double found = (shown_here & mostly).sum().item<double>() / mostly.sum().item<double>();
  const double invented = (shown_here & not_at_all).sum().item<double>() / not_at_all.sum().item<double>();
  EXPECT_GT(found, 0.95);
  EXPECT_LT(invented, 0.02);
}

TEST(WristViews, StayWithinTheirLimitAndCoverTheSphere) {
  const torch::Tensor canonical = sample_wrist_views(hand(), 0, 1, Seed{1});
  const torch::Tensor near = sample_wrist_views(hand(), 40, 500, Seed{2}), all = sample_wrist_views(hand(), 180, 500, Seed{3});
  const torch::Tensor near_angle = geodesic_angle(near, canonical.expand_as(near)),
                      all_angle = geodesic_angle(all, canonical.expand_as(all));
  EXPECT_LE(near_angle.max().item<double>(), 40 * M_PI / 180 + 1e-3);
  EXPECT_GT(near_angle.max().item<double>(), 25 * M_PI / 180);
  // Uniform on SO(3): the angle's mean is pi/2 + 2/pi.
  EXPECT_NEAR(all_angle.mean().item<double>(), M_PI / 2 + 2 / M_PI, 0.1);
}

}  // namespace
}  // namespace interprior
