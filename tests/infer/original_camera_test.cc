#include "interprior/infer/original_camera.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/data/patterns.h"
#include "interprior/geometry/crop.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

const TwoHands& hands() {
  static const TwoHands both(procedural_hand(), torch::kCPU, torch::kFloat64);
  return both;
}

torch::Tensor noise(torch::IntArrayRef shape, double scale, const char* name) {
  return scale * normal_tensor(shape, Seed{2}.derive(name)).to(torch::kFloat64);
}

HandsInCamera some_hands(int64_t count) {
  const auto rotations = [&](const char* name) { return matrix_from_axis_angle(noise({count, 16, 3}, 0.4, name)); };
  return {{{rotations("right"), noise({count, 10}, 0.5, "shape"), torch::zeros({count, 3}, torch::kFloat64)},
           {rotations("left"), noise({count, 10}, 0.5, "left shape"), noise({count, 3}, 0.1, "tau")}},
          noise({count, 3}, 0.1, "root") + torch::tensor({0.0, 0.0, 0.7}, torch::kFloat64)};
}

torch::Tensor vertices(const HandsInCamera& in_camera, Side side) {
  return hands()(in_camera.pose)[side].vertices_in_root + in_camera.root_in_camera.unsqueeze(1);
}

Camera tensors_from(const Crop& crop) {
  const auto row = [](std::vector<double> numbers) { return torch::tensor(numbers, torch::kFloat64).unsqueeze(0); };
  const Matrix3& turn = crop.crop_from_original;
  return {row({crop.camera.fx, crop.camera.fy}), row({crop.camera.cx, crop.camera.cy}),
          row({turn.data(), turn.data() + turn.size()}).view({1, 3, 3})};
}

TEST(OriginalCamera, RotatingParametersRotatesTheMesh) {
  const HandsInCamera before = some_hands(3);
  const torch::Tensor rotation = matrix_from_axis_angle(noise({3, 3}, 1.0, "turn"));
  const HandsInCamera after = turned(before, rotation);
  for (const Side side : kSides)
    EXPECT_THAT(vertices(after, side), TensorNear(torch::matmul(vertices(before, side), rotation.transpose(1, 2)), 1e-12));
}

TEST(OriginalCamera, RotatingThereAndBackChangesNothing) {
  const HandsInCamera before = some_hands(3);
  const torch::Tensor rotation = matrix_from_axis_angle(noise({3, 3}, 1.0, "turn"));
  const HandsInCamera back = turned(turned(before, rotation), rotation.transpose(1, 2));
  EXPECT_THAT(back.pose.left.rotations, TensorNear(before.pose.left.rotations, 1e-12));
  EXPECT_THAT(back.pose.left.wrist_in_root, TensorNear(before.pose.left.wrist_in_root, 1e-12));
  EXPECT_THAT(back.root_in_camera, TensorNear(before.root_in_camera, 1e-12));
}

TEST(OriginalCamera, EveryCropOfAnImageGivesTheSameHands) {
  // A perfect prediction for a crop is the ground truth rotated into the crop's camera; jitter, roll and scale must cancel.
  const HandsInCamera truth = some_hands(1);
  const Pinhole original{620, 600, 300, 240, 640, 480};
  const CropJitter jitters[] = {{}, {1.1, 1, {0, 0}}, {-0.4, 1.3, {0.1, -0.2}}, {3.0, 0.8, {-0.15, 0.05}}};
  for (const CropJitter& jitter : jitters) {
    const Camera crop = tensors_from(crop_camera(original, {400, 60, 180, 240}, 128, jitter));
    const HandsInCamera predicted = turned(truth, crop.camera_from_original);
    const HandsInCamera found =
        in_original_camera(predicted.pose, view_camera_from_root(predicted.root_in_camera, crop, 128), crop, 128);
    for (const Side side : kSides) EXPECT_THAT(vertices(found, side), TensorNear(vertices(truth, side), 1e-10));
    const PatternBatch a = mano_parameters(found, hands()), b = mano_parameters(truth, hands());
    EXPECT_THAT(a.pose, TensorNear(b.pose, 1e-8));
    EXPECT_THAT(a.translation, TensorNear(b.translation, 1e-10));
  }
}

TEST(OriginalCamera, TranslationsAreManosAndAbsolute) {
  const HandsInCamera in_camera = some_hands(2);
  const PatternBatch mano = mano_parameters(in_camera, hands());
  for (const Side side : kSides) {
    const auto row = static_cast<int64_t>(side);
    const torch::Tensor wrist = hands().layer[side].rest_wrist(mano.shape.select(1, row)) + mano.translation.select(1, row);
    EXPECT_THAT(wrist, TensorNear(in_camera.pose[side].wrist_in_root + in_camera.root_in_camera, 1e-12));
  }
}

// Row 2 k + b is sample k of prediction b, whatever the camera of the other prediction.
TEST(OriginalCamera, SamplesArePlacedByTheCameraOfTheirPrediction) {
  const Pinhole original{620, 600, 300, 240, 640, 480};
  const Camera one = tensors_from(crop_camera(original, {400, 60, 180, 240}, 128, {0.7, 1.1, {0, 0}})),
               other = tensors_from(crop_camera(original, {20, 90, 300, 200}, 128, {-0.4, 1, {0.1, 0}}));
  const Camera crops{torch::cat({one.focal, other.focal}), torch::cat({one.principal, other.principal}),
                     torch::cat({one.camera_from_original, other.camera_from_original})};
  const torch::Tensor view = torch::tensor({{3.0, 0.1, -0.2}, {4.0, -0.3, 0.1}}, torch::kFloat64);
  const PerHand<HandPose> samples = some_hands(6).pose;
  const PatternBatch all = mano_of_samples(samples, view, crops, 128, hands());
  ASSERT_EQ(all.pose.sizes(), torch::IntArrayRef({6, 2, 48}));
  for (int64_t row = 0; row < 6; ++row) {
    const torch::Tensor index = torch::tensor({row});
    const PatternBatch alone =
        mano_parameters(in_original_camera({rows(samples.right, index), rows(samples.left, index)},
                                           view.slice(0, row % 2, row % 2 + 1), row % 2 == 0 ? one : other, 128),
                        hands());
    EXPECT_THAT(all.pose[row], TensorNear(alone.pose[0], 1e-12));
    EXPECT_THAT(all.shape[row], TensorNear(alone.shape[0], 1e-12));
    EXPECT_THAT(all.translation[row], TensorNear(alone.translation[0], 1e-12));
  }
}

TEST(OriginalCamera, RefusesOtherShapes) {
  const HandsInCamera two = some_hands(2);
  EXPECT_THAT([&] { turned(two, torch::eye(3).unsqueeze(0)); }, ThrowsError(::testing::HasSubstr("root_in_camera")));
}

}  // namespace
}  // namespace interprior
