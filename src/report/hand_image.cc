#include "interprior/report/hand_image.h"

#include <torch/types.h>

#include <cmath>
#include <cstring>
#include <opencv2/imgproc.hpp>

#include "interprior/render/overlay.h"

namespace interprior {
namespace {

constexpr int kTitleHeight = 20;
constexpr double kMinRadius = 0.02;  // m
const cv::Scalar kGrey(226, 228, 231);

cv::Mat grey_panel() { return cv::Mat(kPanel, kPanel, CV_8UC3, kGrey); }

Vector3 centre_of(const HandSurfaces& surfaces) {
  Vector3 sum;
  double count = 0;
  for (const Side side : kSides)
    for (const auto& vertex : surfaces[side].vertices) {
      sum += Vector3(vertex[0], vertex[1], vertex[2]);
      count += 1;
    }
  return count > 0 ? Vector3(sum / count) : sum;
}

// Rotated about the vertical axis through `centre`, then translated so that `centre` is at `place`.
HandSurfaces turned(HandSurfaces surfaces, const Vector3& centre, double angle, const Vector3& place) {
  const double c = std::cos(angle), s = std::sin(angle);
  for (const Side side : kSides)
    for (auto& vertex : surfaces[side].vertices) {
      const double x = static_cast<double>(vertex[0]) - centre[0], y = static_cast<double>(vertex[1]) - centre[1],
                   z = static_cast<double>(vertex[2]) - centre[2];
      vertex = {static_cast<float>(c * x + s * z + place[0]), static_cast<float>(y + place[1]),
                static_cast<float>(c * z - s * x + place[2])};
    }
  return surfaces;
}

Pinhole panel_camera(const Pinhole& camera) {
  const double scale = static_cast<double>(kPanel) / static_cast<double>(camera.width);
  return {camera.fx * scale, camera.fy * scale, (camera.cx + 0.5) * scale - 0.5, (camera.cy + 0.5) * scale - 0.5, kPanel, kPanel};
}

}  // namespace

HandSurfaces surfaces_of(const PerHand<HandMesh>& mesh, int64_t row, const Vector3& offset, const TwoHands& hands) {
  HandSurfaces surfaces;
  const torch::Tensor shift = torch::tensor({offset[0], offset[1], offset[2]}, torch::kFloat64);
  for (const Side side : kSides) {
    const torch::Tensor vertices = mesh[side].vertices_in_root[row].detach().to(torch::kCPU, torch::kFloat64) + shift;
    if (torch::isfinite(vertices).all().item<bool>())
      surfaces[side] = mesh_from(vertices.to(torch::kFloat32), hands.layer[side].faces());
  }
  return surfaces;
}

cv::Mat draw_surfaces(const HandSurfaces& surfaces, const Pinhole& square_camera, const cv::Mat& background) {
  const auto shown = [&](Side side) { return surfaces[side].vertices.empty() ? nullptr : &surfaces[side]; };
  return draw_meshes(panel(background), {shown(Side::right), shown(Side::left)}, panel_camera(square_camera), 1.0);
}

double radius_of(const HandSurfaces& surfaces) {
  const Vector3 centre = centre_of(surfaces);
  double largest = 0;
  for (const Side side : kSides)
    for (const auto& vertex : surfaces[side].vertices)
      largest = std::max(largest, (Vector3(vertex[0], vertex[1], vertex[2]) - centre).norm());
  return std::max(kMinRadius, largest);
}

cv::Mat draw_framed(const HandSurfaces& surfaces, double turn, double radius) {
  const double depth = 5 * radius;
  const double focal = 0.48 * kPanel * std::sqrt(depth * depth - radius * radius) / radius, middle = (kPanel - 1) / 2.0;
  return draw_surfaces(turned(surfaces, centre_of(surfaces), turn, {0, 0, depth}), {focal, focal, middle, middle, kPanel, kPanel},
                       grey_panel());
}

cv::Mat image_of(const torch::Tensor& image) {
  const torch::Tensor rows = image.permute({1, 2, 0}).to(torch::kCPU, torch::kUInt8).contiguous();
  cv::Mat rgb(static_cast<int>(rows.size(0)), static_cast<int>(rows.size(1)), CV_8UC3);
  std::memcpy(rgb.data, rows.data_ptr<uint8_t>(), static_cast<size_t>(rows.numel()));
  return rgb;
}

cv::Mat panel(const cv::Mat& rgb) {
  cv::Mat out;
  cv::resize(rgb, out, {kPanel, kPanel}, 0, 0, rgb.cols > kPanel ? cv::INTER_AREA : cv::INTER_CUBIC);
  return out;
}

cv::Mat titled(const cv::Mat& panel, const std::string& title) {
  cv::Mat out(panel.rows + kTitleHeight, panel.cols, CV_8UC3, cv::Scalar::all(255));
  panel.copyTo(out(cv::Rect(0, kTitleHeight, panel.cols, panel.rows)));
  cv::putText(out, title, {2, kTitleHeight - 6}, cv::FONT_HERSHEY_SIMPLEX, 0.42, cv::Scalar::all(70), 1, cv::LINE_AA);
  return out;
}

}  // namespace interprior
