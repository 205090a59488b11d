#include "report/figure_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <Eigen/LU>

#include "metric/hand_sets/random_hand_set.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

HandSurfaces some_hands(double distance = 0.5) {
  HandSet set = random_hand_set(1, 7);
  set.translation += torch::tensor({0.1, -0.05, distance - 0.5}, torch::kFloat64);
  const torch::Tensor vertices = vertices_of(set, procedural_hands())[0];
  HandSurfaces surfaces;
  for (const Side side : kSides)
    surfaces[side] = mesh_from(vertices[static_cast<int64_t>(side)], procedural_hands().layer[side].faces());
  return surfaces;
}

// Sides of the box of both hands on the screen, px.
std::array<double, 2> extents(const SeenHands& seen) {
  std::array<double, 2> low = {1e9, 1e9}, high = {-1e9, -1e9};
  for (const Side side : kSides)
    for (const auto& vertex : seen.surfaces[side].vertices) {
      const auto place = seen.camera.project({vertex[0], vertex[1], vertex[2]});
      for (size_t axis = 0; axis < 2; ++axis) {
        low[axis] = std::min(low[axis], place[axis]);
        high[axis] = std::max(high[axis], place[axis]);
      }
    }
  return {high[0] - low[0], high[1] - low[1]};
}

TEST(FigureView, SideAndTopAreTheHandsTurnedByNinetyDegreesAboutTheirCentre) {
  const HandSurfaces hands = some_hands();
  const Framing framing = framing_of(hands, std::nullopt, 256, true, "");
  const SeenHands front = seen_hands(FigureView::camera, hands, framing, ""),
                  side = seen_hands(FigureView::side, hands, framing, ""), top = seen_hands(FigureView::top, hands, framing, "");
  const double distance = 100 * 256 / framing.scale;
  for (const Side hand : kSides)
    for (size_t i = 0; i < hands[hand].vertices.size(); i += 17) {
      const auto &f = front.surfaces[hand].vertices[i], &s = side.surfaces[hand].vertices[i], &t = top.surfaces[hand].vertices[i];
      EXPECT_NEAR(s[0], f[2] - distance, 1e-5) << "from the right: what is far is on the right";
      EXPECT_NEAR(s[1], f[1], 1e-5) << "the vertical axis stays";
      EXPECT_NEAR(s[2] - distance, -f[0], 1e-5) << "what was on the right is near";
      EXPECT_NEAR(t[0], f[0], 1e-5) << "the horizontal axis stays";
      EXPECT_NEAR(t[1], -(f[2] - distance), 1e-5) << "from above: what is far is up";
      EXPECT_NEAR(t[2] - distance, f[1], 1e-5) << "what was up is near";
    }
  for (const FigureView view : {FigureView::camera, FigureView::side, FigureView::top})
    EXPECT_NEAR(turn_of(view).determinant(), 1, 1e-12) << "a rotation, no mirror";
}

TEST(FigureView, TheReferenceFillsTheCellAtOneScaleInAllViews) {
  const HandSurfaces hands = some_hands(20);
  for (const bool has_camera : {true, false}) {
    const auto camera = has_camera ? std::optional<Pinhole>(Pinhole{20000, 20000, 500, 400, 0, 0}) : std::nullopt;
    const Framing framing = framing_of(hands, camera, 200, true, "");
    const auto front = extents(seen_hands(FigureView::camera, hands, framing, "")),
               side = extents(seen_hands(FigureView::side, hands, framing, "")),
               top = extents(seen_hands(FigureView::top, hands, framing, ""));
    EXPECT_NEAR(std::max({front[0], front[1], side[0]}), 160, 4) << "0.8 of the cell";
    EXPECT_NEAR(side[1], front[1], 3);
    EXPECT_NEAR(top[0], front[0], 3);
    EXPECT_NEAR(top[1], side[0], 3);
  }
}

TEST(FigureView, TheCameraViewIsTheCropOfTheImage) {
  const HandSurfaces hands = some_hands();
  const Pinhole camera = {600, 620, 320, 240, 640, 480};
  const Framing framing = framing_of(hands, camera, 300, false, "");
  const SeenHands seen = seen_hands(FigureView::camera, hands, framing, "");
  ASSERT_TRUE(framing.crop);
  for (size_t i = 0; i < hands.left.vertices.size(); i += 23) {
    const auto &original = hands.left.vertices[i], &moved = seen.surfaces.left.vertices[i];
    const auto pixel = camera.project({original[0], original[1], original[2]}),
               drawn = seen.camera.project({moved[0], moved[1], moved[2]});
    const Vector3 warped = framing.crop->crop_pixel_from_original_pixel * Vector3(pixel[0], pixel[1], 1);
    EXPECT_NEAR(warped[0] / warped[2], drawn[0], 1e-2);
    EXPECT_NEAR(warped[1] / warped[2], drawn[1], 1e-2);
    EXPECT_GT(drawn[0], 0);
    EXPECT_LT(drawn[0], 299);
  }
}

// Of a hand on the screen: the largest distance of a vertex from the middle, in halves of a cell.
double reach(const SeenHands& seen) {
  double farthest = 0;
  for (const Side side : kSides)
    for (const auto& vertex : seen.surfaces[side].vertices)
      for (const double place : seen.camera.project({vertex[0], vertex[1], vertex[2]}))
        farthest = std::max(farthest, std::abs(place + 0.5 - static_cast<double>(seen.camera.width) / 2));
  return 2 * farthest / static_cast<double>(seen.camera.width);
}

TEST(FigureView, AWidenedFramingShowsTheHandsWholeInItsNewScale) {
  const HandSurfaces reference = some_hands();
  HandSurfaces apart = reference;
  for (auto& vertex : apart.left.vertices) vertex[0] += 0.25f;
  const Pinhole camera = {600, 620, 320, 240, 640, 480};
  for (const bool has_camera : {true, false}) {
    const auto given = has_camera ? std::optional<Pinhole>(camera) : std::nullopt;
    const Framing framing = framing_of(reference, given, 300, true, "");
    for (const FigureView view : {FigureView::camera, FigureView::top}) {
      EXPECT_LT(cells_needed(seen_hands(view, reference, framing, "")), 1.05);
      const double needed = cells_needed(seen_hands(view, apart, framing, ""));
      ASSERT_GT(needed, 1.1) << "cut off";
      ASSERT_LT(needed, kMostWidened);
      const Framing wide = widened(framing, needed);
      const SeenHands seen = seen_hands(view, apart, wide, "");
      EXPECT_NEAR(reach(seen), 0.96, 0.01);
      EXPECT_NEAR(cells_needed(seen), 1, 0.01);
      EXPECT_NEAR(wide.scale * needed, framing.scale, 1e-6 * framing.scale);
    }
  }
  const Framing wide = widened(framing_of(reference, camera, 300, true, ""), 1.5);
  const SeenHands seen = seen_hands(FigureView::camera, reference, wide, "");
  for (size_t i = 0; i < reference.left.vertices.size(); i += 23) {  // the crop of the image is the same camera
    const auto &original = reference.left.vertices[i], &moved = seen.surfaces.left.vertices[i];
    const auto pixel = camera.project({original[0], original[1], original[2]}),
               drawn = seen.camera.project({moved[0], moved[1], moved[2]});
    const Vector3 warped = wide.crop->crop_pixel_from_original_pixel * Vector3(pixel[0], pixel[1], 1);
    EXPECT_NEAR(warped[0] / warped[2], drawn[0], 1e-2);
    EXPECT_NEAR(warped[1] / warped[2], drawn[1], 1e-2);
  }
}

TEST(FigureView, HandsOutsideTheImageAreSeenToo) {
  const Framing framing = framing_of(some_hands(), Pinhole{600, 600, -5000, 9000, 64, 64}, 128, true, "");
  const auto sides = extents(seen_hands(FigureView::camera, some_hands(), framing, ""));
  EXPECT_GT(std::max(sides[0], sides[1]), 30);
}

TEST(FigureView, RefusesHandsBehindTheCameraAndCamerasWithoutAFocalLength) {
  const HandSurfaces behind = some_hands(-0.5), hands = some_hands();
  const Pinhole camera = {600, 600, 320, 240, 640, 480};
  EXPECT_THAT([&] { framing_of(behind, camera, 128, false, "p.h5, sample test/0.jpg"); },
              ThrowsError(AllOf(HasSubstr("in front of the camera"), HasSubstr("test/0.jpg"))));
  const Framing framing = framing_of(hands, camera, 128, false, "");
  EXPECT_THAT([&] { seen_hands(FigureView::camera, behind, framing, "q.h5"); },
              ThrowsError(AllOf(HasSubstr("in front of the camera"), HasSubstr("q.h5"))));
  EXPECT_NO_THROW(seen_hands(FigureView::side, behind, framing, "q.h5"));
  for (const double focal : {0.0, -1.0, std::nan("")})
    EXPECT_THAT(
        [&] {
          framing_of(hands, Pinhole{focal, 600, 320, 240, 640, 480}, 128, false, "p.h5");
        },
        ThrowsError(HasSubstr("focal length")));
}

}  // namespace
}  // namespace interprior
