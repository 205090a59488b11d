#include "interprior/infer/keypoint_fit/fit_reconstruction.h"

#include <torch/types.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "interprior/hand/mano_layer.h"
#include "interprior/infer/left_out.h"
#include "interprior/render/hand_colour.h"
#include "interprior/render/overlay.h"

namespace interprior {
namespace {

constexpr double kPoorShare = 0.05;  // of the box's longer side

double presence(const std::optional<HandKeypoints>& keypoints, const torch::Tensor& distance, double side) {
  if (!keypoints) return 0;
  double confidence = 0;
  for (const Keypoint& point : keypoints->joints) confidence += keypoints->joints_in_camera ? 1 : point.confidence;
  const double median = distance.nanmedian().item<double>() / side / kPoorShare;
  return confidence / static_cast<double>(kJoints) / (1 + median * median);
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
  PerHand<Joints2d> fitted;
  for (const Side side : kSides) {
    if (!target.keypoints.hand[side]) continue;
    for (const torch::Tensor& joint : hands.joints_in_camera[side].unbind()) {
      const Vector3 x = {joint[0].item<double>(), joint[1].item<double>(), std::max(joint[2].item<double>(), kNearPlane)};
      fitted[side].push_back(hands.camera.project(x));
    }
  }
  cv::Mat image = draw_joints(rgb, fitted);
  const int radius = std::max(2, std::max(rgb.cols, rgb.rows) / 200), bits = 4;
  for (const Side side : kSides) {
    if (!target.keypoints.hand[side]) continue;
    const auto& [red, green, blue] = kHandColour[side];
    const cv::Scalar colour(255 * red, 255 * green, 255 * blue);
    for (const Keypoint& point : target.keypoints.hand[side]->joints) {
      if (point.confidence <= 0 || std::abs(point.x) > 1e5 || std::abs(point.y) > 1e5) continue;
      const cv::Point centre(static_cast<int>(point.x * (1 << bits)), static_cast<int>(point.y * (1 << bits)));
      cv::circle(image, centre, (radius + 1) << bits, cv::Scalar(255, 255, 255), cv::FILLED, cv::LINE_AA, bits);
      cv::circle(image, centre, radius << bits, colour, cv::FILLED, cv::LINE_AA, bits);
    }
  }
  return image;
}

}  // namespace interprior
