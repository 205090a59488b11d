#include "interprior/geometry/crop.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const double kPi = std::acos(-1.0);
const Pinhole kOriginal = {1261.5, 1274.2, 201.3, 241.8, 334, 512};

std::array<double, 2> map_pixel(const Matrix3& homography, const std::array<double, 2>& pixel) {
  const Vector3 h = homography * Vector3(pixel[0], pixel[1], 1);
  return {h[0] / h[2], h[1] / h[2]};
}

Box random_box(Random& random) {
  return {random.uniform(-19, 300), random.uniform(-19, 480), random.uniform(20, 250), random.uniform(20, 250)};
}

CropJitter random_jitter(Random& random) {
  return {random.uniform(-kPi, kPi), random.uniform(0.5, 2), {random.uniform(-0.3, 0.3), random.uniform(-0.3, 0.3)}};
}

TEST(Crop, HomographyEqualsRotatingAndProjectingThePoint) {
  Random random(Seed{1});
  for (int i = 0; i < 200; ++i) {
    const Crop crop = crop_camera(kOriginal, random_box(random), 256, random_jitter(random));
    for (int j = 0; j < 10; ++j) {
      const Vector3 ray = kOriginal.direction(random.uniform(0, 334), random.uniform(0, 512));
      const double depth = random.uniform(0.3, 2);
      const Vector3 point = depth * ray;
      const auto through_image = map_pixel(crop.crop_pixel_from_original_pixel, kOriginal.project(point));
      const auto through_space = crop.camera.project(crop.crop_from_original * point);
      EXPECT_NEAR(through_image[0], through_space[0], 1e-9);
      EXPECT_NEAR(through_image[1], through_space[1], 1e-9);
    }
  }
}

TEST(Crop, MappingToTheCropAndBackChangesNothing) {
  Random random(Seed{2});
  for (int i = 0; i < 100; ++i) {
    const Crop crop = crop_camera(kOriginal, random_box(random), 224, random_jitter(random));
    const Vector3 ray = crop.camera.direction(random.uniform(0, 223), random.uniform(0, 223));
    const auto original = kOriginal.project(crop.crop_from_original.transpose() * ray);
    const auto back = map_pixel(crop.crop_pixel_from_original_pixel, original);
    const auto expected = crop.camera.project(ray);
    EXPECT_NEAR(back[0], expected[0], 1e-9);
    EXPECT_NEAR(back[1], expected[1], 1e-9);
  }
}

TEST(Crop, RotationIsProperAndMinimalWithoutRoll) {
  Random random(Seed{3});
  for (int i = 0; i < 100; ++i) {
    const Box box = random_box(random);
    const Matrix3 r = crop_camera(kOriginal, box, 256).crop_from_original;
    EXPECT_LT((r * r.transpose() - Matrix3::Identity()).cwiseAbs().maxCoeff(), 1e-14);
    const Vector3 ray = kOriginal.direction(box.x + box.width / 2, box.y + box.height / 2);
    EXPECT_NEAR((r.trace() - 1) / 2, ray[2], 1e-14);  // its angle is the angle between ray and axis
    const Vector3 turned = r * ray;
    EXPECT_NEAR(turned[0], 0, 1e-15);
    EXPECT_NEAR(turned[1], 0, 1e-15);
    EXPECT_NEAR(turned[2], 1, 1e-15);
  }
}

TEST(Crop, TheBoxCentreMapsToTheCropCentre) {
  const Box box = {60, 100, 120, 180};
  const auto centre = map_pixel(crop_camera(kOriginal, box, 256).crop_pixel_from_original_pixel, {120, 190});
  EXPECT_NEAR(centre[0], 127.5, 1e-10);
  EXPECT_NEAR(centre[1], 127.5, 1e-10);
  CropJitter jitter;
  jitter.shift = {0.1, -0.2};  // of the longer side, 180 px
  const auto shifted = map_pixel(crop_camera(kOriginal, box, 256, jitter).crop_pixel_from_original_pixel, {120 + 18, 190 - 36});
  EXPECT_NEAR(shifted[0], 127.5, 1e-10);
  EXPECT_NEAR(shifted[1], 127.5, 1e-10);
}

TEST(Crop, OnTheAxisOfASquarePixelCameraItIsPlainScaling) {
  const Pinhole camera = {1000, 1000, 255.5, 255.5, 512, 512};
  const Crop crop = crop_camera(camera, {255.5 - 64, 255.5 - 64, 128, 128}, 256);
  EXPECT_NEAR(crop.camera.fx, 2000, 1e-9);
  for (const auto& [pixel, expected] : std::vector<std::pair<std::array<double, 2>, std::array<double, 2>>>{
           {{255.5 - 64, 255.5 - 64}, {-0.5, -0.5}}, {{255.5 + 64, 255.5 + 64}, {255.5, 255.5}}, {{300, 200}, {216.5, 16.5}}}) {
    const auto mapped = map_pixel(crop.crop_pixel_from_original_pixel, pixel);
    EXPECT_NEAR(mapped[0], expected[0], 1e-9);
    EXPECT_NEAR(mapped[1], expected[1], 1e-9);
  }
}

TEST(Crop, ScaleShowsMoreAndTheLongerSideCounts) {
  const Box wide = {100, 200, 120, 40};
  CropJitter jitter;
  jitter.scale = 1.5;
  EXPECT_NEAR(crop_camera(kOriginal, wide, 256).camera.fx / crop_camera(kOriginal, wide, 256, jitter).camera.fx, 1.5, 1e-12);
  EXPECT_NEAR(crop_camera(kOriginal, wide, 256).camera.fx, crop_camera(kOriginal, {140, 160, 40, 120}, 256).camera.fx, 1e-9);
  EXPECT_NEAR(crop_camera(kOriginal, wide, 512).camera.fx / crop_camera(kOriginal, wide, 256).camera.fx, 2, 1e-12);
}

// With a wide lens and the box in the corner, the magnification across the ray is size / side, and smaller along it.
TEST(Crop, FocalLengthIsTheMagnificationAcrossTheRay) {
  const Pinhole wide = {400, 400, 319.5, 239.5, 640, 480};
  const Box box = {540, 239.5 - 40, 80, 80};  // to the right of the centre: across is vertical
  const Matrix3 h = crop_camera(wide, box, 200).crop_pixel_from_original_pixel;
  const double step = 1e-4, u = 580, v = 239.5;
  const auto low = map_pixel(h, {u, v - step}), high = map_pixel(h, {u, v + step});
  EXPECT_NEAR((high[1] - low[1]) / (2 * step), 200.0 / 80, 1e-6);
  const auto left = map_pixel(h, {u - step, v}), right = map_pixel(h, {u + step, v});
  const double cosine = wide.direction(u, v)[2];
  EXPECT_NEAR((right[0] - left[0]) / (2 * step), 200.0 / 80 * cosine, 1e-6);
}

TEST(Crop, RollTurnsTheImageCounterClockwise) {
  const Box box = {80, 150, 100, 100};
  CropJitter quarter;
  quarter.roll = kPi / 2;
  const Matrix3 plain = crop_camera(kOriginal, box, 256).crop_pixel_from_original_pixel;
  const Matrix3 rolled = crop_camera(kOriginal, box, 256, quarter).crop_pixel_from_original_pixel;
  Random random(Seed{4});
  for (int i = 0; i < 20; ++i) {
    const std::array<double, 2> pixel = {random.uniform(80, 180), random.uniform(150, 250)};
    const auto before = map_pixel(plain, pixel), after = map_pixel(rolled, pixel);
    EXPECT_NEAR(after[0], before[1], 1e-9);  // the right side is now on top
    EXPECT_NEAR(after[1], 255 - before[0], 1e-9);
  }
}

// Mirrored image, mirrored box, opposite roll and shift give the exactly mirrored crop and M R M.
TEST(Crop, MirrorsExactly) {
  Random random(Seed{5});
  for (int i = 0; i < 50; ++i) {
    const Box box = random_box(random);
    const CropJitter jitter = random_jitter(random);
    const Crop crop = crop_camera(kOriginal, box, 256, jitter);
    Pinhole other = kOriginal;
    other.cx = 333 - kOriginal.cx;
    const Crop twin = crop_camera(other, {333 - box.x - box.width, box.y, box.width, box.height}, 256,
                                  {-jitter.roll, jitter.scale, {-jitter.shift[0], jitter.shift[1]}});
    EXPECT_NEAR(twin.camera.fx, crop.camera.fx, 1e-9);
    EXPECT_LT((twin.crop_from_original - mirrored(crop.crop_from_original)).cwiseAbs().maxCoeff(), 1e-14);
    const std::array<double, 2> pixel = {random.uniform(0, 333), random.uniform(0, 511)};
    const auto there = map_pixel(crop.crop_pixel_from_original_pixel, pixel);
    const auto twin_there = map_pixel(twin.crop_pixel_from_original_pixel, {333 - pixel[0], pixel[1]});
    EXPECT_NEAR(twin_there[0], 255 - there[0], 1e-9);
    EXPECT_NEAR(twin_there[1], there[1], 1e-9);
  }
}

TEST(Crop, HostileRequestsAreErrors) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const auto cropping = [](const Box& box, int64_t size = 256, const CropJitter& jitter = {}, const Pinhole& camera = kOriginal) {
    return [=] { crop_camera(camera, box, size, jitter); };
  };
  const Box good = {100, 100, 100, 100};
  EXPECT_NO_THROW(cropping(good)());
  EXPECT_THAT(cropping({100, 100, 0, 0}), ThrowsError(HasSubstr("box is empty")));
  EXPECT_THAT(cropping({100, 100, 50, 0}), ThrowsError(HasSubstr("box is empty")));
  EXPECT_THAT(cropping({100, 100, -5, 10}), ThrowsError(HasSubstr("box is empty")));
  EXPECT_THAT(cropping({nan, 100, 50, 50}), ThrowsError(HasSubstr("not finite")));
  EXPECT_THAT(cropping({0, 0, infinity, 50}), ThrowsError(HasSubstr("not finite")));
  EXPECT_THAT(cropping({-200, 100, 100, 50}), ThrowsError(HasSubstr("outside the image of 334 x 512 px")));
  EXPECT_THAT(cropping({100, 600, 100, 50}), ThrowsError(HasSubstr("outside")));
  EXPECT_THAT(cropping(good, 0), ThrowsError(HasSubstr("0 px")));
  EXPECT_THAT(cropping(good, -256), ThrowsError(HasSubstr("-256 px")));
  EXPECT_THAT(cropping(good, int64_t{1} << 40), ThrowsError(HasSubstr("cannot be made")));
  EXPECT_THAT(cropping(good, 256, {0, 0, {0, 0}}), ThrowsError(HasSubstr("scale positive")));
  EXPECT_THAT(cropping(good, 256, {nan, 1, {0, 0}}), ThrowsError(HasSubstr("jitter must be finite")));
  EXPECT_THAT(cropping(good, 256, {}, {0, 1000, 100, 100, 334, 512}), ThrowsError(HasSubstr("focal length")));
  EXPECT_THAT(cropping(good, 256, {}, {1000, 1000, 100, 100, 0, 0}), ThrowsError(HasSubstr("no image size")));
}

TEST(CropBox, TightAndSquareBoxesKeepTheCentre) {
  const std::vector<std::array<double, 2>> points = {{10, 40}, {30, 20}, {50, 30}};  // 10..50 x 20..40
  const Box tight = tight_box(points, 1.2);
  EXPECT_DOUBLE_EQ(tight.width, 48);
  EXPECT_DOUBLE_EQ(tight.height, 24);
  EXPECT_DOUBLE_EQ(tight.x + tight.width / 2, 30);
  EXPECT_DOUBLE_EQ(tight.y + tight.height / 2, 30);
  const Box square = square_box(points, 0.8);
  EXPECT_DOUBLE_EQ(square.width, 50);
  EXPECT_DOUBLE_EQ(square.height, 50);
  EXPECT_DOUBLE_EQ(square.x, 5);
  EXPECT_DOUBLE_EQ(square.y, 5);
}

TEST(CropBox, HostilePointsAreErrors) {
  EXPECT_THAT([] { tight_box({}, 1.2); }, ThrowsError(HasSubstr("at least one point")));
  EXPECT_THAT([] { square_box({{1, 2}, {std::nan(""), 3}}, 0.8); }, ThrowsError(HasSubstr("finite points")));
  EXPECT_THAT([] { square_box({{1, 2}, {2, 3}}, 0); }, ThrowsError(HasSubstr("fill factor of 0")));
  EXPECT_THAT([] { crop_camera(kOriginal, tight_box({{50, 50}}, 1.2), 256); }, ThrowsError(HasSubstr("empty")));
}

}  // namespace
}  // namespace interprior
