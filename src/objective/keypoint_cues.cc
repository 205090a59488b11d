#include "interprior/objective/keypoint_cues.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "interprior/hand/side.h"
#include "interprior/hand/skeleton.h"
#include "interprior/objective/adjacency_heatmap.h"

namespace interprior {
namespace {

constexpr int64_t kPair = 2 * kJoints;
constexpr double kFill = 0.7;   // of the crop, by the joints' box; the hand extends beyond its joints
constexpr double kFarOff = 6;   // median distances
constexpr double kMinSide = 1;  // px, of a box

torch::Tensor middle_of(const torch::Tensor& values) { return std::get<0>(values.median(0)); }

// Which of one hand's joints (N,2) are no outliers.
torch::Tensor near_the_others(const torch::Tensor& place) {
  const torch::Tensor distance = std::get<0>((place - middle_of(place)).abs().max(1)), usual = distance.median();
  return (distance <= kFarOff * usual).logical_or(usual <= 0);
}

}  // namespace

void require_keypoints_suffice(const SamplerConfig& model) {
  require(model.relative_translation == RelativeSource::prior,
          "keypoints do not determine tau (wrist to wrist); relative_translation is " + name_of(model.relative_translation),
          "model.relative_translation", "set it to prior");
  require(model.heatmap.kind != HeatmapKind::none, "heatmaps of kind none contain no keypoints", "model.heatmap.kind",
          "set it to iah, joint or visible_all");
  require(model.heatmap.neighbourhood == Neighbourhood::image,
          "keypoints do not determine distances in space; the heatmaps' neighbourhood is space", "model.heatmap.neighbourhood",
          "set it to image");
  require(model.fusion.iah || model.fusion.mask, "fusion uses features only, which keypoints do not provide", "model.fusion.iah",
          "set it to true");
}

FoundJoints without_scattered(const FoundJoints& joints) {
  const torch::Tensor by_hand = joints.found.unflatten(1, {2, kJoints});
  const torch::Tensor enough = by_hand.sum(2, /*keepdim=*/true) >= kMinFound;
  return {joints.place, by_hand.logical_and(enough).flatten(1)};
}

Box joint_box(const torch::Tensor& place, const torch::Tensor& found) {
  ShapeCheck("joint_box")(place, "place", {kPair, 2})(found, "found", {kPair});
  std::vector<torch::Tensor> kept;
  for (const Side side : kSides) {
    const int64_t begin = static_cast<int64_t>(side) * kJoints;
    const torch::Tensor which = found.slice(0, begin, begin + kJoints).to(torch::kCPU).nonzero().squeeze(1);
    if (which.numel() == 0) continue;
    const torch::Tensor hand = place.slice(0, begin, begin + kJoints).to(torch::kCPU, torch::kFloat64).index_select(0, which);
    kept.push_back(hand.index_select(0, near_the_others(hand).nonzero().squeeze(1)));
  }
  require(!kept.empty(), "no joint was found", "keypoints", "give the joints of at least one hand");
  const torch::Tensor all = torch::cat(kept), low = std::get<0>(all.min(0)), high = std::get<0>(all.max(0));
  const auto side = [&](int64_t axis) { return std::max((high[axis] - low[axis]).item<double>(), kMinSide); };
  return {low[0].item<double>(), low[1].item<double>(), side(0), side(1)};
}

JointCrops crops_about(const FoundJoints& in_image, const std::vector<Pinhole>& images, int64_t crop_size,
                       const std::vector<CropJitter>& jitter) {
  ShapeCheck check("crops_about");
  check(in_image.place, "place", {"B", kPair, 2})(in_image.found, "found", {"B", kPair});
  const auto batch = static_cast<size_t>(check["B"]);
  require(images.size() == batch && (jitter.empty() || jitter.size() == batch),
          c10::str(images.size(), " cameras for ", batch, " images"), "crops_about");
  const torch::Tensor place = in_image.place.to(torch::kCPU, torch::kFloat64);
  JointCrops out;
  std::vector<torch::Tensor> maps;
  for (size_t i = 0; i < batch; ++i) {
    const auto row = static_cast<int64_t>(i);
    Box box = joint_box(place[row], in_image.found[row]);
    out.boxes.push_back(box);
    const double side = std::max(box.width, box.height) / kFill;
    box = {box.x + (box.width - side) / 2, box.y + (box.height - side) / 2, side, side};
    const Crop crop = crop_camera(images[i], box, crop_size, jitter.empty() ? CropJitter{} : jitter[i]);
    out.crops.push_back(crop);
    const Matrix3& map = crop.crop_pixel_from_original_pixel;
    maps.push_back(torch::tensor(std::vector<double>(map.data(), map.data() + map.size()), torch::kFloat64).view({3, 3}));
  }
  const torch::Tensor homogeneous = torch::cat({place, torch::ones_like(place.slice(2, 0, 1))}, 2);
  const torch::Tensor seen = homogeneous.matmul(torch::stack(maps).transpose(1, 2)), depth = seen.slice(2, 2, 3);
  // Points beside or behind the crop's camera are outside every crop.
  const torch::Tensor before = depth.squeeze(2) > 1e-6;
  out.joints.place = torch::where(before.unsqueeze(2), seen.slice(2, 0, 2) / depth, torch::full_like(place, -1e6))
                         .nan_to_num(-1e6, -1e6, -1e6)
                         .clamp(-1e6, 1e6)
                         .to(torch::kFloat32);
  out.joints.found = in_image.found.to(torch::kCPU);
  return out;
}

Camera cameras_of(const std::vector<Crop>& crops, torch::Device device) {
  std::vector<double> focal, principal, turns;
  for (const Crop& crop : crops) {
    focal.insert(focal.end(), {crop.camera.fx, crop.camera.fy});
    principal.insert(principal.end(), {crop.camera.cx, crop.camera.cy});
    turns.insert(turns.end(), crop.crop_from_original.data(), crop.crop_from_original.data() + 9);
  }
  const auto rows = [&](const std::vector<double>& numbers, torch::IntArrayRef shape) {
    return torch::tensor(numbers, torch::kFloat32).view(shape).to(device);
  };
  return {rows(focal, {-1, 2}), rows(principal, {-1, 2}), rows(turns, {-1, 3, 3})};
}

Features keypoint_cues(const SamplerConfig& model, const FoundJoints& in_crop) {
  const torch::NoGradGuard no_grad;
  require_keypoints_suffice(model);
  const int64_t batch = in_crop.place.size(0), grid = model.grid();
  const auto options = in_crop.place.options();
  Features cues;
  cues.iah = heatmap_target(model.heatmap, {in_crop.place, {}, in_crop.found, in_crop.found}, model.image_size, grid).maps;
  cues.mask = bone_masks(in_crop, model.image_size, grid);
  cues.mask_logit = torch::logit(cues.mask, 1e-4);
  cues.tau = torch::zeros({batch, 3}, options);
  return cues;
}

}  // namespace interprior
