#include "vertex_errors.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "interprior/hand/skeleton.h"
#include "interprior/render/srgb.h"

namespace interprior {
namespace {

constexpr double kMillimetres = 1000;
constexpr double kOnePoint = 1e-6;                                // m: a shorter bone cannot be scaled
constexpr std::array<float, 3> kUnknown = {0.45f, 0.45f, 0.45f};  // linear RGB

float linear(uint8_t encoded) { return static_cast<float>(linear_from_srgb(encoded / 255.0)); }

cv::Mat colour_table() {
  cv::Mat steps(1, 256, CV_8U), table;
  for (int i = 0; i < steps.cols; ++i) steps.at<uint8_t>(0, i) = static_cast<uint8_t>(i);
  cv::applyColorMap(steps, table, cv::COLORMAP_VIRIDIS);
  return table;  // BGR
}

}  // namespace

std::vector<double> vertex_errors(const ProtocolRule& rule, const torch::Tensor& vertices, const torch::Tensor& true_vertices,
                                  const ManoLayer& layer) {
  const auto joints_of = [&](const torch::Tensor& mesh) {
    return layer.regress_joints(mesh.unsqueeze(0))[0].to(torch::kFloat64);
  };
  const torch::Tensor joints = joints_of(vertices), true_joints = joints_of(true_vertices);
  const auto bone = [](const torch::Tensor& of) { return (of[kMiddleMcp] - of[kWrist]).norm().item<double>(); };
  double scale = 1;
  if (rule.bone_scale) scale = bone(joints) > kOnePoint ? bone(true_joints) / bone(joints) : std::nan("");
  const torch::Tensor aligned = scale * (vertices.to(torch::kFloat64) - joints[rule.root_joint]),
                      truth = true_vertices.to(torch::kFloat64) - true_joints[rule.root_joint];
  const torch::Tensor distance = (kMillimetres * (aligned - truth).norm(2, 1)).contiguous();
  return {distance.const_data_ptr<double>(), distance.const_data_ptr<double>() + distance.numel()};
}

std::array<uint8_t, 3> error_colour(double share) {
  static const cv::Mat table = colour_table();
  const cv::Vec3b& bgr = table.at<cv::Vec3b>(0, static_cast<int>(std::lround(255 * std::clamp(share, 0.0, 1.0))));
  return {bgr[2], bgr[1], bgr[0]};
}

Paint error_paint(const std::vector<double>& errors_mm, double largest_mm, size_t vertices) {
  Paint paint;
  paint.colour.assign(vertices, kUnknown);
  for (size_t i = 0; i < errors_mm.size(); ++i) {
    if (std::isnan(errors_mm[i])) continue;
    const std::array<uint8_t, 3> colour = error_colour(errors_mm[i] / largest_mm);
    paint.colour[i] = {linear(colour[0]), linear(colour[1]), linear(colour[2])};
  }
  return paint;
}

}  // namespace interprior
