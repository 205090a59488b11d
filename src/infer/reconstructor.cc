#include "interprior/infer/reconstructor.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "interprior/base/error.h"
#include "interprior/data/images/image.h"
#include "interprior/infer/keypoint_fit/keypoint_sampling.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/original_camera.h"

namespace interprior {
namespace {

constexpr int64_t kMaxHypotheses = 4096;
constexpr double kPoorSample = 0.05;  // of the keypoints' box: residual from which right and left are tried swapped
constexpr double kFarBetter = 0.5;    // ratio of mean distances

cv::Mat rgb_from(const cv::Mat& image) {
  require(!image.empty() && image.dims == 2, "the image is empty", "image",
          "check that the file was read: cv::imread returns an empty one on failure");
  require(image.depth() == CV_8U, "the image does not have 8 bits per channel", "image", "convert it to CV_8UC3");
  cv::Mat rgb;
  switch (image.channels()) {
    case 1:
      cv::cvtColor(image, rgb, cv::COLOR_GRAY2RGB);
      break;
    case 3:
      cv::cvtColor(image, rgb, cv::COLOR_BGR2RGB);
      break;
    case 4:
      cv::cvtColor(image, rgb, cv::COLOR_BGRA2RGB);
      break;
    default:
      throw Error(c10::str("the image has ", image.channels(), " channels"), "image", "pass a grey, BGR or BGRA image");
  }
  return rgb;
}

// The principal point is the image's centre, pixel centres at integers.
Pinhole centred_camera(const cv::Mat& image, double focal) {
  return {focal, focal, (image.cols - 1) / 2.0, (image.rows - 1) / 2.0, image.cols, image.rows};
}

std::string box_text(const Box& box) { return c10::str("box ", box.x, ",", box.y, ",", box.width, ",", box.height); }

constexpr double kLargestBox = 16;  // times the image's longer side

void require_usable(const Box& box, const Pinhole& camera) {
  const auto width = static_cast<double>(camera.width), height = static_cast<double>(camera.height);
  // crop_camera refuses such a box too, but without a LeftOut reason.
  if (box.x >= width - 0.5 || box.y >= height - 0.5 || box.x + box.width <= -0.5 || box.y + box.height <= -0.5)
    throw LeftOut("box_outside", c10::str("the box lies outside the image of ", camera.width, " x ", camera.height, " px"),
                  box_text(box), "boxes are x,y,width,height in pixels of the image");
  if (std::max(box.width, box.height) > kLargestBox * std::max(width, height))
    throw LeftOut("box_too_large",
                  c10::str("the box is more than ", kLargestBox, " times as large as the image of ", camera.width, " x ",
                           camera.height, " px"),
                  box_text(box), "boxes are x,y,width,height in pixels of the image");
}

torch::Tensor crop_image(const cv::Mat& rgb, const Crop& crop, double focal) {
  cv::Mat out = cropped(rgb, crop, focal);
  return torch::from_blob(out.data, {1, out.rows, out.cols, 3}, torch::kUInt8).permute({0, 3, 1, 2}).contiguous();
}

}  // namespace

const char* name_of(PhotoCameraSource source) {
  switch (source) {
    case PhotoCameraSource::file:
      return "file";
    case PhotoCameraSource::given:
      return "given";
    case PhotoCameraSource::focal:
      return "focal";
    case PhotoCameraSource::assumed:
      break;
  }
  return "assumed";
}

const char* name_of(PhotoBoxSource source) {
  switch (source) {
    case PhotoBoxSource::given:
      return "given";
    case PhotoBoxSource::file:
      return "file";
    case PhotoBoxSource::keypoints:
      return "keypoints";
    case PhotoBoxSource::whole_image:
      break;
  }
  return "whole_image";
}

Reconstructor Reconstructor::open(const std::filesystem::path& checkpoint, const std::filesystem::path& hand,
                                  torch::Device device, const ReconstructorOptions& options) {
  CheckpointInfo info;
  Sampler network = load_sampler(checkpoint, &info);
  const HandModel model = read_hand_model(hand);
  require_same_hand(info, model, hand);
  if (device.is_cpu()) network->extraction()->fuse();
  return {network, model, device, options, info};
}

Reconstructor Reconstructor::open_for_keypoints(const std::filesystem::path& checkpoint, const std::filesystem::path& hand,
                                                torch::Device device, const ReconstructorOptions& options) {
  CheckpointInfo info;
  const Sampler network = load_sampler_or_cues(checkpoint, &info);
  const HandModel model = read_hand_model(hand);
  require_same_hand(info, model, hand);
  try {
    require_keypoints_suffice(network->config());
  } catch (const Error& error) {
    throw Error("this sampler cannot work on keypoints: " + std::string(error.what()), checkpoint.string(),
                "train its cue stage for them: configs/keypoints/cues.yaml");
  }
  return {network, model, device, options, info};
}

Reconstructor::Reconstructor(Sampler network, const HandModel& hand, torch::Device device, const ReconstructorOptions& options,
                             CheckpointInfo info)
    : network_(std::move(network)),
      hands_(std::make_shared<const TwoHands>(hand, device)),
      info_(std::move(info)),
      device_(device),
      options_(options) {
  require(std::isfinite(options.focal) && options.focal >= 0, c10::str("a focal length of ", options.focal, " px"), "focal",
          "give pixels above 0, or 0 to have it assumed");
  require(options.hypotheses >= 0 && options.hypotheses <= kMaxHypotheses, c10::str(options.hypotheses, " hypotheses"),
          "hypotheses", c10::str("choose 0 to ", kMaxHypotheses));
  require(options.present >= 0 && options.present <= 1, c10::str("a presence of ", options.present), "present", "choose 0 to 1");
  network_->to(device);
  network_->eval();
}

ReconstructedHands Reconstructor::operator()(const cv::Mat& bgr, const cv::Rect& box) const {
  return reconstruct(bgr, {static_cast<double>(box.x), static_cast<double>(box.y), static_cast<double>(box.width),
                           static_cast<double>(box.height)});
}

ReconstructedHands Reconstructor::reconstruct(const cv::Mat& bgr, const Box& box, const std::optional<Pinhole>& camera) const {
  const torch::NoGradGuard no_grad;
  const cv::Mat rgb = rgb_from(bgr);
  ReconstructedHands out;
  out.box = box;
  out.camera_source = camera               ? PhotoCameraSource::given
                      : options_.focal > 0 ? PhotoCameraSource::focal
                                           : PhotoCameraSource::assumed;
  const double focal = options_.focal > 0 ? options_.focal : kAssumedFocal * std::max(rgb.cols, rgb.rows);
  out.camera = camera.value_or(centred_camera(rgb, focal));
  require(
      out.camera.width == rgb.cols && out.camera.height == rgb.rows,
      c10::str("the camera is of ", out.camera.width, " x ", out.camera.height, " px, the image of ", rgb.cols, " x ", rgb.rows),
      "camera");

  require_usable(box, out.camera);
  const int64_t size = network_->config().image_size;
  out.crop = crop_camera(out.camera, box, size);
  out.network = network_->forward(crop_image(rgb, out.crop, out.camera.fx).to(device_), *hands_);
  place(out, cameras_of({out.crop}, device_), {true, true});
  out.presence = presence_of(out.network.features.mask[0], out.joint_stddev);
  for (const Side side : kSides) out.present[side] = out.presence[side] >= options_.present;
  return out;
}

void Reconstructor::place(ReconstructedHands& out, const Camera& crop, const PerHand<bool>& shown) const {
  const HandsInCamera hands =
      in_original_camera(out.network.pose, out.network.conditional.view.camera, crop, network_->config().image_size);
  const PerHand<HandMesh> mesh = (*hands_)(hands.pose);
  out.mano = mano_of_pair(hands, *hands_);
  out.pose = to(hands.pose, torch::kCPU);
  out.right_wrist_in_camera = hands.root_in_camera[0].to(torch::kCPU);
  for (const Side side : kSides) {
    const torch::Tensor vertices = (mesh[side].vertices_in_root + hands.root_in_camera.unsqueeze(1))[0].to(torch::kCPU);
    if (!vertices.isfinite().all().item<bool>())
      throw LeftOut("not_finite", "the network predicts a hand that is not finite", side_name(side),
                    "the checkpoint may come from a run that diverged; choose an earlier one");
    if (shown[side] && vertices.select(1, 2).min().item<double>() <= 0)
      throw LeftOut("behind_camera", c10::str("the ", side_name(side), " hand would lie at or behind the camera"),
                    box_text(out.box), "check the box and the camera");
    out.surface[side] = mesh_from(vertices, hands_->layer[side].faces());
    out.joints_in_camera[side] = (mesh[side].joints_in_root + hands.root_in_camera.unsqueeze(1))[0].to(torch::kCPU);
  }
  if (options_.hypotheses > 1) out.joint_stddev = stddev_of(out.network);
  out.hand_source = hands_->source;
  out.presence_threshold = options_.present;
}

ReconstructedHands Reconstructor::sampled(const FitTarget& target) const {
  ReconstructedHands out;
  const FoundJoints found = found_joints({target});
  if (found.found.any().item<bool>()) {
    out.box = joint_box(found.place[0], found.found[0]);
    require_usable(out.box, target.camera);
  }
  KeypointSample sample = sample_keypoints(network_, {target}, *hands_);
  out.box_source = PhotoBoxSource::keypoints;
  out.camera = target.camera;
  out.crop = sample.crops.crops.front();
  out.network = std::move(sample.reconstruction);
  const auto& hand = target.keypoints.hand;
  place(out, sample.camera, {hand.right.has_value(), hand.left.has_value()});
  out.keypoints = keypoint_residual(target, out.joints_in_camera, out.box);
  return out;
}

ReconstructedHands Reconstructor::reconstruct(const FitTarget& target) const {
  const torch::NoGradGuard no_grad;
  ReconstructedHands out = sampled(target);
  out.keypoints_unlearned = info_.cues != "keypoints";
  for (const Side side : kSides) {
    out.presence[side] = presence_of(target.keypoints.hand[side], side, out.joint_stddev);
    out.present[side] = out.presence[side] >= options_.present;
  }
  if (out.keypoints->of_box() < kPoorSample) return out;
  FitTarget other = target;
  std::swap(other.keypoints.hand.right, other.keypoints.hand.left);
  try {
    out.keypoints->sides_exchanged = sampled(other).keypoints->of_box() < kFarBetter * out.keypoints->of_box();
  } catch (const LeftOut&) {  // swapped hands are no better
  }
  return out;
}

torch::Tensor Reconstructor::stddev_of(const Reconstruction& reconstruction) const {
  const int64_t latent = reconstruction.conditional.z.mean.size(1);
  const torch::Tensor noise =
      normal_tensor({options_.hypotheses, 1, latent + 3}, Seed{options_.seed}.derive("hypotheses"), device_);
  const PerHand<HandMesh> hypotheses = (*hands_)(network_->sample(reconstruction, noise, *hands_));
  const auto deviation = [](const torch::Tensor& joints) { return joints.var(0, /*unbiased=*/true).sum(1).sqrt(); };
  return torch::stack({deviation(hypotheses.right.joints_in_root), deviation(hypotheses.left.joints_in_root)}).to(torch::kCPU);
}

void require_same_hand(const CheckpointInfo& info, const HandModel& hand, const std::filesystem::path& file) {
  if (info.hand_hash == hand.hash) return;
  throw Error(
      c10::str("this is not the hand file that the checkpoint was trained with: ", hand.source, " ", hand.hash, " instead of ",
               info.hand_source, " ", info.hand_hash),
      file.string(),
      "pass --hand with a copy of " + (info.hand_file.empty() ? std::string("the hand file used in training") : info.hand_file));
}

}  // namespace interprior
