#include <gtest/gtest.h>
#include <torch/types.h>

#include <map>

#include "interprior/evaluation/metrics.h"
#include "support/tensor_near.h"

// Penetration, volume, distance, overlap and occlusion of box-shaped hands, compared with closed-form values.
namespace interprior {
namespace {

// A box of 2n x 2n squares per side with one square missing: an open rim to be closed. Vertices (V,3), sides from -1 to 1.
struct Box {
  torch::Tensor vertices, faces;
};

Box open_box() {
  constexpr int64_t kSteps = 4;
  std::vector<float> points;
  std::vector<int64_t> faces;
  std::map<std::array<int64_t, 3>, int64_t> index;
  const auto vertex = [&](std::array<int64_t, 3> at) {
    const auto [entry, fresh] = index.emplace(at, static_cast<int64_t>(index.size()));
    if (fresh)
      for (const int64_t k : at) points.push_back(2.0f * static_cast<float>(k) / kSteps - 1);
    return entry->second;
  };
  for (size_t axis = 0; axis < 3; ++axis)
    for (const int64_t end : {int64_t{0}, kSteps})
      for (int64_t i = 0; i < kSteps; ++i)
        for (int64_t j = 0; j < kSteps; ++j) {
          if (axis == 0 && end == 0 && i == 1 && j == 1) continue;  // the rim
          const auto corner = [&](int64_t di, int64_t dj) {
            std::array<int64_t, 3> at{};
            at[axis] = end;
            at[(axis + 1) % 3] = i + di;
            at[(axis + 2) % 3] = j + dj;
            return vertex(at);
          };
          const int64_t a = corner(0, 0), b = corner(1, 0), c = corner(1, 1), d = corner(0, 1);
          const std::array<int64_t, 6> outward =
              end > 0 ? std::array<int64_t, 6>{a, b, c, a, c, d} : std::array<int64_t, 6>{a, c, b, a, d, c};
          faces.insert(faces.end(), outward.begin(), outward.end());
        }
  const auto count = static_cast<int64_t>(index.size());
  return {torch::tensor(points).view({count, 3}), torch::tensor(faces).view({-1, 3})};
}

// Both hands are this box; joints are its vertices 0..20.
HandModel box_hands() {
  const Box box = open_box();
  const int64_t count = box.vertices.size(0);
  ManoModel model;
  model.v_template = 0.02 * box.vertices.to(torch::kFloat64);  // about the size of the measured boxes
  model.shapedirs = torch::zeros({count, 3, 10}, torch::kFloat64);
  model.posedirs = torch::zeros({count, 3, 135}, torch::kFloat64);
  model.J_regressor = torch::eye(16, count, torch::kFloat64);
  model.weights = torch::eye(1, 16, torch::kFloat64).expand({count, 16}).clone();
  model.faces = box.faces;
  model.hands_mean = torch::zeros({45}, torch::kFloat64);
  model.tips = torch::arange(16, 21);
  return {{model, model}, "procedural", ""};
}

torch::Tensor at(double x, double y, double z) { return torch::tensor({x, y, z}, torch::kFloat64); }

// A sample of two boxes with these centres and half sides, m.
HandSet boxes(const torch::Tensor& right, const torch::Tensor& right_half, const torch::Tensor& left,
              const torch::Tensor& left_half) {
  const torch::Tensor unit = open_box().vertices.to(torch::kFloat64);
  HandSet set;
  set.sample = {"test/boxes"};
  set.vertices = torch::stack({right + unit * right_half, left + unit * left_half}).unsqueeze(0);
  return set;
}

SampleErrors measured(const HandSet& predictions, const HandSet& truth) {
  return SampleMeter(box_hands())({Protocol::wrist}, predictions, truth).front();
}

SampleErrors measured(const HandSet& set) { return measured(set, set); }

const torch::Tensor kHalf = at(0.02, 0.03, 0.04);

TEST(ClosedSurface, OverlappingBoxesShareABox) {
  // Right from x -20 to 20 mm, left from 10 to 50: 10 x 60 x 80 mm in common. Centres of columns are at half millimetres.
  const SampleErrors errors = measured(boxes(at(0, 0, 0.5), kHalf, at(0.03, 0, 0.5), kHalf));
  EXPECT_NEAR(errors.surface.intersection[0].item<double>(), 48, 1e-3);
  // The deepest vertices are on the inner faces, 10 mm from the nearest side of the other box.
  EXPECT_NEAR(errors.surface.penetration[0].item<double>(), 10, 1e-4);
  EXPECT_NEAR(errors.surface.distance[0].item<double>(), -10, 1e-4);
  EXPECT_GT(errors.surface.mean_depth[0].item<double>(), 0);
  EXPECT_LE(errors.surface.mean_depth[0].item<double>(), 10 + 1e-4);
}

TEST(ClosedSurface, ABoxInsideTheOtherIsFullyShared) {
  const SampleErrors errors = measured(boxes(at(0, 0, 0.5), kHalf, at(0, 0, 0.5), kHalf / 2));
  EXPECT_NEAR(errors.surface.intersection[0].item<double>(), 8 * 0.01 * 0.015 * 0.02 * 1e6, 1e-3);
  // Centre of the small box's z side: 20 mm from the x and z sides of the large box.
  EXPECT_NEAR(errors.surface.penetration[0].item<double>(), 20, 1e-4);
}

TEST(ClosedSurface, SeparateBoxesHaveOnlyADistance) {
  const SampleErrors errors = measured(boxes(at(0, 0, 0.5), kHalf, at(0.0443, 0, 0.5), kHalf));
  EXPECT_NEAR(errors.surface.distance[0].item<double>(), 4.3, 1e-4);
  EXPECT_EQ(errors.surface.penetration[0].item<double>(), 0);
  EXPECT_EQ(errors.surface.intersection[0].item<double>(), 0);
  EXPECT_NEAR(errors.surface.contact_distance[0].item<double>(), 0,
              1e-9);  // in contact (nearer than 5 mm), at the target distance
}

TEST(ClosedSurface, DistanceErrorCountsWhereTheGroundTruthHandsTouch) {
  const HandSet near = boxes(at(0, 0, 0.5), kHalf, at(0.042, 0, 0.5), kHalf),
                far = boxes(at(0, 0, 0.5), kHalf, at(0.062, 0, 0.5), kHalf);
  EXPECT_NEAR(measured(far, near).surface.contact_distance[0].item<double>(), 20, 1e-4);
  EXPECT_TRUE(measured(near, far).surface.contact_distance.isnan().all().item<bool>());
  EXPECT_NEAR(measured(near, far).surface.true_distance[0].item<double>(), 22, 1e-4);
}

TEST(ClosedSurface, OverlapIsThatOfTheProjectedBoxes) {
  // Far away, so that perspective is negligible: half of each box overlaps the other in the image.
  const SampleErrors errors = measured(boxes(at(0, 0, 500), kHalf, at(0.02, 0, 500), kHalf));
  EXPECT_NEAR(errors.surface.overlap[0].item<double>(), 0.5, 1e-3);
  EXPECT_EQ(measured(boxes(at(0, 0, 5), kHalf, at(0.5, 0, 5), kHalf)).surface.overlap[0].item<double>(), 0);
  // A small box in front of a large one: full overlap.
  EXPECT_NEAR(measured(boxes(at(0, 0, 5), kHalf, at(0, 0, 4), kHalf / 4)).surface.overlap[0].item<double>(), 1, 1e-9);
}

TEST(ClosedSurface, TheHandBehindIsOccluded) {
  const SampleErrors errors = measured(boxes(at(0, 0, 0.5), kHalf, at(0, 0, 0.7), kHalf));
  EXPECT_EQ(errors.surface.occlusion[0][0].item<double>(), 0);
  EXPECT_EQ(errors.surface.occlusion[0][1].item<double>(), 1);
  EXPECT_EQ(measured(boxes(at(0, 0, 0.5), kHalf, at(0.3, 0, 0.7), kHalf)).surface.occlusion.sum().item<double>(), 0);
}

TEST(ClosedSurface, AnInvertedSurfaceIsTheSameBody) {
  HandModel turned = box_hands();
  turned.hand.left.faces = turned.hand.left.faces.flip(1);
  const HandSet set = boxes(at(0, 0, 0.5), kHalf, at(0.03, 0, 0.5), kHalf);
  const SampleErrors errors = SampleMeter(turned)({Protocol::wrist}, set, set).front();
  EXPECT_NEAR(errors.surface.intersection[0].item<double>(), 48, 1e-3);
  EXPECT_NEAR(errors.surface.penetration[0].item<double>(), 10, 1e-4);
}

TEST(ClosedSurface, NothingIsMeasuredOfAMissingHand) {
  HandSet one = boxes(at(0, 0, 0.5), kHalf, at(0.03, 0, 0.5), kHalf);
  one.hand_valid = torch::tensor({{true, false}});
  const SampleErrors errors = SampleMeter(box_hands())({Protocol::wrist}, one, one).front();
  EXPECT_TRUE(errors.surface.penetration.isnan().all().item<bool>());
  EXPECT_TRUE(errors.surface.occlusion.isnan().all().item<bool>());
  EXPECT_TRUE(SampleMeter(box_hands(), {.surfaces = false})({Protocol::wrist}, one, one).front().surface.penetration.defined() ==
              false);
}

}  // namespace
}  // namespace interprior
