#include "interprior/infer/reconstruction_warnings.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "interprior/infer/keypoint_fit/keypoint_fit.h"

namespace interprior {
namespace {

constexpr double kSmallBox = 60;     // px, longer side
constexpr double kMaxEnlarged = 4;   // crop pixels per image pixel
constexpr double kPoorFit = 0.05;    // of the box's longer side
constexpr double kUnlikelyCode = 2;  // root mean square; 1 is typical

double share_inside(const Box& box, const Pinhole& camera) {
  const auto overlap = [](double begin, double length, int64_t size) {
    return std::max(0.0, std::min(begin + length, static_cast<double>(size) - 0.5) - std::max(begin, -0.5));
  };
  return overlap(box.x, box.width, camera.width) * overlap(box.y, box.height, camera.height) / (box.width * box.height);
}

bool plausible_depth(const torch::Tensor& joints_in_camera) {
  const double depth = joints_in_camera[0][2].item<double>();
  return depth >= kNearestHand && depth <= kMaxHand;
}

}  // namespace

std::vector<std::string> warnings_of(const ReconstructedHands& hands) {
  const Pinhole& camera = hands.camera;
  const Box& box = hands.box;
  const auto inside = [](double place, int64_t size) { return place >= -0.5 && place <= static_cast<double>(size) - 0.5; };
  std::vector<std::string> words;
  const auto add = [&](bool holds, const char* word) {
    if (holds) words.emplace_back(word);
  };
  add(!plausible_depth(hands.joints_in_camera.right) || !plausible_depth(hands.joints_in_camera.left), "depth_implausible");
  add(std::max(box.width, box.height) < kSmallBox, "box_small");
  add(share_inside(box, camera) < 0.5, "box_mostly_outside");
  add(!hands.keypoints && hands.crop.camera.fx > kMaxEnlarged * std::sqrt(camera.fx * camera.fy), "crop_enlarged");
  add(hands.box_source == PhotoBoxSource::whole_image, "whole_image_box");
  add(!inside(camera.cx, camera.width) || !inside(camera.cy, camera.height), "principal_point_outside");
  add(!hands.present.right, "right_hand_absent");
  add(!hands.present.left, "left_hand_absent");
  if (hands.keypoints) {
    add(hands.keypoints->of_box() > kPoorFit, "fit_poor");
    add(hands.keypoints->sides_exchanged, "sides_exchanged");
    add(!hands.keypoints->disagreements().empty(), "keypoints_disagree");
    add(hands.keypoints_unlearned, "keypoints_unlearned");
  }
  if (!hands.fit) return words;
  add(hands.fit->residual_of_box() > kPoorFit, "fit_poor");
  add(hands.fit->best().code > kUnlikelyCode, "hands_unlikely");
  add(hands.fit->sides_exchanged, "sides_exchanged");
  add(!hands.fit->disagreements().empty(), "keypoints_disagree");
  return words;
}

std::vector<std::string> warnings_of(const ReconstructedHands& hands, bool meshes_wanted) {
  std::vector<std::string> words = warnings_of(hands);
  if (meshes_wanted && !hands.present.right && !hands.present.left) words.emplace_back("no_mesh");
  return words;
}

std::string warning_text(const std::string& word) {
  static const std::map<std::string, std::string> texts = {
      {"depth_implausible",
       "a wrist is nearer than 0.15 m or farther than 3 m: check the focal length (--focal, --camera) and the box"},
      {"box_small", "the box is under 60 px: the hands cover too few pixels; use a larger image"},
      {"box_mostly_outside", "more than half of the box lies outside the image: check that it is x,y,width,height in pixels"},
      {"crop_enlarged", "the crop is enlarged more than fourfold: use a larger image or box"},
      {"whole_image_box",
       "no box was given, so the hands are taken to fill the whole image, and are wrong if they do not: pass --box or --boxes"},
      {"principal_point_outside", "the camera's cx, cy lies outside the image: check that the camera belongs to it"},
      {"fit_poor",
       "the hands are more than 5 % of the box from the keypoints: these may be of two people, in a wrong order, or wrong"},
      {"hands_unlikely", "the prior finds these hands very unlikely: look at the overlay and the view from the side"},
      {"sides_exchanged", "the keypoints fit better with right and left exchanged: check the detector's labels"},
      {"keypoints_disagree", "single keypoints lie far from the hands: `fit` or `keypoints` in the JSON names them"},
      {"keypoints_unlearned",
       "the network was not trained on keypoints, and its hands are poor: train its cue stage with data.cues=keypoints"},
      {"right_hand_absent", "no right hand is visible; its values are unreliable, and mesh files leave it out"},
      {"left_hand_absent", "no left hand is visible; its values are unreliable, and mesh files leave it out"},
      {"no_mesh", "neither hand is present, so no mesh file is written; a lower --presence of `predict` writes them"}};
  return texts.at(word);
}

}  // namespace interprior
