#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "interprior/geometry/crop.h"
#include "interprior/render/shading.h"
#include "shapes.h"

// A crop is exactly a camera: warping the image equals rendering with the crop's camera.
namespace interprior {
namespace {

Vector3 turned(const Matrix3& rotation, const std::array<float, 3>& v) { return rotation * Vector3(v[0], v[1], v[2]); }

TEST(CropImage, WarpingTheImageEqualsRenderingThroughTheCropCamera) {
  const Pinhole original = {1400, 1460, 480, 330, 1000, 700};  // a wide lens, pixels not square
  const Mesh blob = closed_surface(
      {0.17, 0.12, 0.8},
      [](double polar, double turn) {
        return 0.05 * (1 + 0.3 * std::sin(3 * turn) * std::sin(polar) + 0.2 * std::cos(4 * polar));
      },
      96);
  const Vector3 light = {0.5, 0.3, 0.8};
  const auto image_of = [&](const Mesh& mesh, const Vector3& direction, const Pinhole& camera, cv::Mat& mask) {
    const Raster raster = rasterise({&mesh}, camera);
    mask = cv::Mat(visible_mask(raster, 0), true).reshape(1, static_cast<int>(camera.height));
    Shading shading;
    shading.skin = {{0.7f, 0.5f, 0.4f}};
    shading.lights = {{direction, {0.7f, 0.7f, 0.7f}}};
    return shade(raster, {&mesh}, shading);
  };
  cv::Mat original_mask;
  const cv::Mat render_scene = image_of(blob, light, original, original_mask);

  for (const CropJitter& jitter : {CropJitter{}, CropJitter{0.7, 1.2, {0.1, -0.15}}, CropJitter{-2.4, 0.8, {-0.2, 0.1}}}) {
    const Crop crop = crop_camera(original, {640, 400, 290, 280}, 320, jitter);
    const cv::Mat homography = cv::Mat(3, 3, CV_64F, const_cast<double*>(crop.crop_pixel_from_original_pixel.data())).clone();
    cv::Mat warped, warped_mask, crop_mask;
    cv::warpPerspective(render_scene, warped, homography, {320, 320}, cv::INTER_LINEAR);
    cv::warpPerspective(original_mask, warped_mask, homography, {320, 320}, cv::INTER_LINEAR);
    warped_mask = warped_mask >= 128;

    Mesh blob_in_crop = blob;
    for (auto& vertex : blob_in_crop.vertices) {
      const Vector3 v = turned(crop.crop_from_original, vertex);
      vertex = {static_cast<float>(v[0]), static_cast<float>(v[1]), static_cast<float>(v[2])};
    }
    const cv::Mat rendered = image_of(blob_in_crop, crop.crop_from_original * light, crop.camera, crop_mask);
    const double both = cv::countNonZero(warped_mask & crop_mask), either = cv::countNonZero(warped_mask | crop_mask);
    EXPECT_GT(either, 10'000);
    EXPECT_GT(both / either, 0.99);
    cv::Mat difference;
    cv::absdiff(warped, rendered, difference);
    cv::Mat inside;
    cv::erode(warped_mask & crop_mask, inside, cv::Mat::ones(5, 5, CV_8U));
    EXPECT_LT(cv::mean(difference, inside)[0], 1.0);
  }
}

}  // namespace
}  // namespace interprior
