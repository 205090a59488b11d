#include "interprior/render/shading.h"

#include <gtest/gtest.h>

#include <cmath>

#include "shapes.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const Pinhole kCamera = {2000, 2000, 99.5, 99.5, 200, 200};  // a long lens: rays almost parallel
constexpr double kDistance = 4, kRadius = 0.15;

Shading plain(const std::array<float, 3>& skin) {
  Shading shading;
  shading.skin = {skin};
  shading.specular = 0;
  return shading;
}

bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

// Mean position of the pixels whose red value is at least the maximum minus `slack`.
std::array<double, 2> brightest(const cv::Mat& image, int slack) {
  int largest = 0;
  for (int v = 0; v < image.rows; ++v)
    for (int u = 0; u < image.cols; ++u) largest = std::max<int>(largest, image.at<cv::Vec3b>(v, u)[0]);
  double sum_u = 0, sum_v = 0, count = 0;
  for (int v = 0; v < image.rows; ++v)
    for (int u = 0; u < image.cols; ++u)
      if (image.at<cv::Vec3b>(v, u)[0] >= largest - slack) {
        sum_u += u;
        sum_v += v;
        ++count;
      }
  return {sum_u / count, sum_v / count};
}

TEST(Shading, ASphereIsBrightestWhereItFacesTheLight) {
  const Mesh ball = sphere({0, 0, kDistance}, kRadius);
  const Raster raster = rasterise({&ball}, kCamera);
  const double radius = kCamera.fx * kRadius / kDistance;
  for (const Vector3& direction : {Vector3{0, 0, 1}, Vector3{0.6, 0, 0.8}, Vector3{-0.3, 0.4, 0.866}, Vector3{0, -0.6, 0.8}}) {
    Shading shading = plain({0.6f, 0.6f, 0.6f});
    shading.lights = {{direction, {0.6f, 0.6f, 0.6f}}};
    const auto [u, v] = brightest(shade(raster, {&ball}, shading), 1);
    EXPECT_NEAR(u, kCamera.cx - direction[0] * radius, 3);
    EXPECT_NEAR(v, kCamera.cy - direction[1] * radius, 3);
  }
}

TEST(Shading, GlossLiesHalfwayBetweenLightAndEye) {
  const Mesh ball = sphere({0, 0, kDistance}, kRadius, 96);
  Shading shading = plain({0, 0, 0});
  shading.ambient = 0;
  shading.specular = 0.5f;
  shading.lights = {{{0.6, 0, 0.8}, {1, 1, 1}}};
  const auto [u, v] = brightest(shade(rasterise({&ball}, kCamera), {&ball}, shading), 2);
  const double half = std::sin(std::asin(0.6) / 2);
  EXPECT_NEAR(u, kCamera.cx - half * kCamera.fx * kRadius / kDistance, 2);
  EXPECT_NEAR(v, kCamera.cy, 2);
}

TEST(Shading, AmbientLightIsEncodedAsSrgb) {
  const Mesh wall = quad({-1, -1, 2}, {1, -1, 2}, {1, 1, 2}, {-1, 1, 2});
  Shading shading = plain({0.5f, 0.2140f, 0.001f});  // sRGB 187.5, 127.5, 3.3
  shading.ambient = 1;
  shading.lights = {};
  const cv::Vec3b pixel = shade(rasterise({&wall}, kCamera), {&wall}, shading).at<cv::Vec3b>(100, 100);
  EXPECT_NEAR(pixel[0], 188, 1);
  EXPECT_NEAR(pixel[1], 128, 1);
  EXPECT_NEAR(pixel[2], 3, 1);
  shading.skin = {{40.0f, -3.0f, 1.0f}};
  EXPECT_EQ(shade(rasterise({&wall}, kCamera), {&wall}, shading).at<cv::Vec3b>(100, 100), cv::Vec3b(255, 0, 255));
}

TEST(Shading, LambertOnATiltedWall) {
  const Mesh wall = quad({-1, -1, 1.5}, {1, -1, 2.5}, {1, 1, 2.5}, {-1, 1, 1.5});  // normal (0.447, 0, -0.894)
  Shading shading = plain({1, 1, 1});
  shading.ambient = 0;
  shading.lights = {{{0, 0, 2}, {0.5f, 0.5f, 0.5f}}, {{0, 0, -1}, {1, 1, 1}}};  // the second lights its back
  const double linear = 0.5 * 2 / std::sqrt(5.0), srgb = 255 * (1.055 * std::pow(linear, 1 / 2.4) - 0.055);
  EXPECT_NEAR(shade(rasterise({&wall}, kCamera), {&wall}, shading).at<cv::Vec3b>(60, 80)[1], srgb, 1);
}

TEST(Shading, NormalsAreInterpolatedAcrossFaces) {
  const Mesh coarse = sphere({0, 0, kDistance}, kRadius, 16), fine = sphere({0, 0, kDistance}, kRadius, 128);
  const Shading shading = plain({0.7f, 0.6f, 0.5f});
  const cv::Mat a = shade(rasterise({&coarse}, kCamera), {&coarse}, shading);
  const cv::Mat b = shade(rasterise({&fine}, kCamera), {&fine}, shading);
  const cv::Rect inside(60, 60, 80, 80);
  EXPECT_LE(cv::norm(a(inside), b(inside), cv::NORM_INF), 4);
}

TEST(Shading, AFaceSeenFromInsideIsLitAsFromOutside) {
  Mesh ball = sphere({0, 0, kDistance}, kRadius);
  const Shading shading = plain({0.7f, 0.6f, 0.5f});
  const cv::Mat outside = shade(rasterise({&ball}, kCamera), {&ball}, shading);
  for (auto& face : ball.faces) std::swap(face[1], face[2]);
  EXPECT_LE(cv::norm(outside, shade(rasterise({&ball}, kCamera), {&ball}, shading), cv::NORM_INF), 1);
}

TEST(Shading, EachMeshHasItsSkinAndTheBackgroundStays) {
  const Mesh left = sphere({-0.1, 0, kDistance}, 0.05), right = sphere({0.1, 0, kDistance}, 0.05);
  const cv::Mat background(200, 200, CV_8UC3, cv::Scalar(9, 99, 199));
  Shading shading = plain({1, 0, 0});
  shading.skin.push_back({0, 0, 1});
  const std::vector<const Mesh*> meshes = {&left, &right};
  const cv::Mat image = shade(rasterise(meshes, kCamera), meshes, shading, background);
  const auto left_pixel = image.at<cv::Vec3b>(100, 50), right_pixel = image.at<cv::Vec3b>(100, 150);
  EXPECT_TRUE(left_pixel[0] > 200 && left_pixel[2] == 0);
  EXPECT_TRUE(right_pixel[2] > 200 && right_pixel[0] == 0);
  EXPECT_EQ(image.at<cv::Vec3b>(5, 5), cv::Vec3b(9, 99, 199));
  EXPECT_EQ(background.at<cv::Vec3b>(100, 50), cv::Vec3b(9, 99, 199));
  const Raster only_right = rasterise({nullptr, &right}, kCamera);
  EXPECT_TRUE(equal(shade(only_right, {nullptr, &right}, shading)(cv::Rect(100, 0, 100, 200)),
                    shade(rasterise(meshes, kCamera), meshes, shading)(cv::Rect(100, 0, 100, 200))));
}

// A wall with four vertex colours: paint is interpolated perspective-correctly.
TEST(Shading, PaintIsFixedToTheSurface) {
  const Mesh wall = quad({-1, -1, 2}, {1, -1, 2}, {1, 1, 2}, {-1, 1, 2});
  Shading shading = plain({0.3f, 0.3f, 0.3f});
  shading.ambient = 1;
  shading.lights = {};
  shading.paint.resize(1);
  const Raster raster = rasterise({&wall}, kCamera);
  const cv::Mat bare = shade(raster, {&wall}, shading);
  Paint& paint = shading.paint[0];
  paint.colour = {{0, 0.5f, 0.1f}, {1, 0.5f, 0.1f}, {1, 0.5f, 0.1f}, {0, 0.5f, 0.1f}};
  const cv::Mat coloured = shade(raster, {&wall}, shading);
  for (const int u : {20, 100, 180}) {
    const double x = (u - kCamera.cx) / kCamera.fx * 2, linear = (x + 1) / 2;
    EXPECT_NEAR(coloured.at<cv::Vec3b>(60, u)[0], 255 * (1.055 * std::pow(linear, 1 / 2.4) - 0.055), 1) << u;
    EXPECT_EQ(coloured.at<cv::Vec3b>(60, u)[1], 188);
  }
  // Layers of one column per centimetre: the first is dark to the right of x = 0, the second halves blue everywhere.
  paint.colour.clear();
  paint.layers = {cv::Mat(1, 200, CV_8UC4, cv::Scalar::all(128)), cv::Mat(1, 200, CV_8UC4, cv::Scalar(128, 128, 64, 0))};
  paint.layers[0].colRange(100, 200) = cv::Scalar::all(0);
  paint.place = {{0, 0, 0}, {200, 0, 0}, {200, 0, 0}, {0, 0, 0}};
  const cv::Mat dark = shade(raster, {&wall}, shading);
  EXPECT_EQ(dark.at<cv::Vec3b>(60, 60), bare.at<cv::Vec3b>(60, 60));
  EXPECT_EQ(dark.at<cv::Vec3b>(60, 140), cv::Vec3b(0, 0, 0));
  for (Paint::Place& place : paint.place) place.second = 1;
  const cv::Vec3b blue = shade(raster, {&wall}, shading).at<cv::Vec3b>(60, 140);
  EXPECT_EQ(blue[0], bare.at<cv::Vec3b>(60, 140)[0]);
  EXPECT_NEAR(blue[2], 255 * (1.055 * std::pow(0.15, 1 / 2.4) - 0.055), 1);
}

TEST(Shading, PaintThatDoesNotFitIsAnError) {
  const Mesh wall = quad({-1, -1, 2}, {1, -1, 2}, {1, 1, 2}, {-1, 1, 2});
  const Raster raster = rasterise({&wall}, kCamera);
  Shading shading = plain({1, 1, 1});
  shading.paint.resize(2);
  EXPECT_THAT([&] { shade(raster, {&wall}, shading); }, ThrowsError(HasSubstr("paint for 2 of 1")));
  shading.paint.resize(1);
  shading.paint[0].colour.resize(3);
  EXPECT_THAT([&] { shade(raster, {&wall}, shading); }, ThrowsError(HasSubstr("per vertex")));
  shading.paint[0].colour.clear();
  shading.paint[0].place.resize(4);
  EXPECT_THAT([&] { shade(raster, {&wall}, shading); }, ThrowsError(HasSubstr("layers")));
  shading.paint[0].layers = {cv::Mat(5, 5, CV_8UC4, cv::Scalar::all(128)), cv::Mat(5, 6, CV_8UC4, cv::Scalar::all(128))};
  EXPECT_THAT([&] { shade(raster, {&wall}, shading); }, ThrowsError(HasSubstr("one size")));
  shading.paint[0].layers[1] = shading.paint[0].layers[0];
  // Positions outside of the layer use its border pixels.
  shading.paint[0].place = {{-1e30f, 1e30f, 0}, {std::nanf(""), 3, 0}, {1e30f, -3, 0}, {0, 0, std::nanf("")}};
  EXPECT_NO_THROW(shade(raster, {&wall}, shading));
}

TEST(Shading, HostileRequestsAreErrors) {
  const Mesh ball = sphere({0, 0, kDistance}, kRadius), small = quad({-1, -1, 2}, {1, -1, 2}, {1, 1, 2}, {-1, 1, 2});
  const Raster raster = rasterise({&ball}, kCamera);
  EXPECT_THAT([&] { shade(raster, {&ball}, Shading{}); }, ThrowsError(HasSubstr("0 skin colours for 1 meshes")));
  EXPECT_THAT([&] { shade(raster, {&ball}, plain({}), cv::Mat(10, 200, CV_8UC3)); }, ThrowsError(HasSubstr("200 x 200")));
  EXPECT_THAT([&] { shade(raster, {&ball}, plain({}), cv::Mat(200, 200, CV_8UC1)); }, ThrowsError(HasSubstr("8-bit RGB")));
  EXPECT_THAT([&] { shade(raster, {&small}, plain({})); }, ThrowsError(HasSubstr("other meshes")));
  EXPECT_THAT([&] { shade(raster, {nullptr}, plain({})); }, ThrowsError(HasSubstr("other meshes")));
  Shading dark = plain({1, 1, 1});
  dark.lights = {{{0, 0, 0}, {1, 1, 1}}};
  EXPECT_THAT([&] { shade(raster, {&ball}, dark); }, ThrowsError(HasSubstr("no direction")));
}

}  // namespace
}  // namespace interprior
