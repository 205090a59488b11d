#include "interprior/infer/keypoint_fit/fit_reconstruction.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "interprior/hand/mano_layer.h"
#include "interprior/infer/left_out.h"
#include "interprior/render/hand_colour.h"
#include "interprior/render/overlay.h"

namespace interprior {
namespace {

constexpr double kPoorShare = 0.05;  // of the box's longer side
constexpr double kDot = 0.015;       // radius of a keypoint, of the box's longer side
// px: hands in a box smaller than kSmallBox are drawn on a part of the image, enlarged so that the box is kEnlargedBox long. A
// box counts as at least kLeastBox.
constexpr double kSmallBox = 150, kEnlargedBox = 300, kLeastBox = 10;
constexpr double kMargin = 0.3;   // of the box's longer side, about it
constexpr double kFarAway = 1e5;  // px

double presence(const std::optional<HandKeypoints>& keypoints, const torch::Tensor& distance, double side) {
  if (!keypoints) return 0;
  double confidence = 0;
  for (const Keypoint& point : keypoints->joints) confidence += keypoints->joints_in_camera ? 1 : point.confidence;
  const double median = distance.nanmedian().item<double>() / side / kPoorShare;
  return confidence / static_cast<double>(kJoints) / (1 + median * median);
}

// The image, or an enlarged part of it.
struct Canvas {
  cv::Mat rgb;
  double scale = 1;
  cv::Point corner = {0, 0};  // of the part

  std::array<double, 2> place(double u, double v) const {
    return {(u - corner.x + 0.5) * scale - 0.5, (v - corner.y + 0.5) * scale - 0.5};
  }
};

Canvas canvas_about(const cv::Mat& rgb, const Box& box) {
  const double side = std::max(box.width, box.height), margin = kMargin * side;
  if (side >= kSmallBox) return {rgb};
  const auto pixel = [](double place) { return static_cast<int>(std::clamp(std::round(place), -kFarAway, kFarAway)); };
  const cv::Rect around(cv::Point(pixel(box.x - margin), pixel(box.y - margin)),
                        cv::Point(pixel(box.x + box.width + margin) + 1, pixel(box.y + box.height + margin) + 1));
  const cv::Rect part = around & cv::Rect({0, 0}, rgb.size());
  if (part.empty()) return {rgb};
  Canvas canvas{{}, kEnlargedBox / std::max(side, kLeastBox), part.tl()};
  cv::resize(rgb(part), canvas.rgb, {}, canvas.scale, canvas.scale, cv::INTER_CUBIC);
  return canvas;
}

}  // namespace

ReconstructedHands reconstruction_of(KeypointFitResult fit, const FitTarget& target, const TwoHands& hands) {
  const torch::NoGradGuard no_grad;
  ReconstructedHands out;
  const FittedPair& best = fit.best();
  const torch::Device device = hands.layer.right.fans().corners.device();
  const HandsInCamera placed{to(best.hands.pose, device), best.hands.root_in_camera.to(device)};
  const PerHand<HandMesh> mesh = hands(placed.pose);
  for (const Side side : kSides) {
    const torch::Tensor vertices = (mesh[side].vertices_in_root + placed.root_in_camera.unsqueeze(1))[0].to(torch::kCPU);
    if (!vertices.isfinite().all().item<bool>())
      throw LeftOut("not_finite", "the fit gives a hand that is not finite", side_name(side),
                    "check the keypoints and the camera");
    if (target.keypoints.hand[side] && vertices.select(1, 2).min().item<double>() <= 0)
      throw LeftOut("behind_camera", std::string("the ") + side_name(side) + " hand would lie at or behind the camera",
                    side_name(side), "check the keypoints and the camera");
    out.surface[side] = mesh_from(vertices, hands.layer[side].faces());
    out.joints_in_camera[side] = best.joints_in_camera[side];
    out.presence[side] = presence(target.keypoints.hand[side], best.residual[side], std::max(fit.box.width, fit.box.height));
    out.present[side] = out.presence[side] >= kPresent;
  }
  out.presence_threshold = kPresent;
  out.mano = best.mano;
  out.pose = best.hands.pose;
  out.right_wrist_in_camera = best.hands.root_in_camera[0];
  out.joint_stddev = best.joint_stddev.to(torch::kFloat32);
  out.hand_source = hands.source;
  out.camera = target.camera;
  out.box = fit.box;
  out.box_source = PhotoBoxSource::keypoints;
  out.fit = std::make_shared<const KeypointFitResult>(std::move(fit));
  return out;
}

cv::Mat keypoints_image(const cv::Mat& rgb, const FitTarget& target, const ReconstructedHands& hands) {
  const Canvas canvas = canvas_about(rgb, hands.box);
  const double side = canvas.scale * std::max(hands.box.width, hands.box.height);
  PerHand<Joints2d> fitted;
  for (const Side hand : kSides) {
    if (!target.keypoints.hand[hand]) continue;
    for (const torch::Tensor& joint : hands.joints_in_camera[hand].unbind()) {
      const Vector3 x = {joint[0].item<double>(), joint[1].item<double>(), std::max(joint[2].item<double>(), kNearPlane)};
      const auto [u, v] = hands.camera.project(x);
      fitted[hand].push_back(canvas.place(u, v));
    }
  }
  cv::Mat image = draw_joints(canvas.rgb, fitted, side);
  constexpr int kBits = 4;  // of sub-pixel position
  const auto fixed = [](double pixels) { return static_cast<int>(std::lround(pixels * (1 << kBits))); };
  const double radius = std::clamp(kDot * side, 1.0, kFarAway);
  for (const Side hand : kSides) {
    if (!target.keypoints.hand[hand]) continue;
    const auto& [red, green, blue] = kHandColour[hand];
    const cv::Scalar colour(255 * red, 255 * green, 255 * blue);
    for (const Keypoint& point : target.keypoints.hand[hand]->joints) {
      if (point.confidence <= 0 || std::abs(point.x) > kFarAway || std::abs(point.y) > kFarAway) continue;
      const auto [u, v] = canvas.place(point.x, point.y);
      const cv::Point centre(fixed(u), fixed(v));
      cv::circle(image, centre, fixed(radius + 1), cv::Scalar(255, 255, 255), cv::FILLED, cv::LINE_AA, kBits);
      cv::circle(image, centre, fixed(radius), colour, cv::FILLED, cv::LINE_AA, kBits);
    }
  }
  return image;
}

}  // namespace interprior
