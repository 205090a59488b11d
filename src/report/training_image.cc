#include "interprior/report/training_image.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <opencv2/imgproc.hpp>

#include "interprior/data/images/image.h"
#include "interprior/objective/sampler_loss.h"
#include "interprior/render/overlay.h"
#include "interprior/report/hand_image.h"

namespace interprior {
namespace {

const cv::Scalar kBoxColour(255, 220, 0), kCropColour(255, 255, 255);

// Record of the loaded sample: differs from record `index` when its image was replaced.
ImageRecord record_of(const ImageDataset& data, int64_t index, const std::string& sample) {
  const ImageRows& rows = data.index().usable;
  if (rows.sample(static_cast<size_t>(index)) == sample) return rows[static_cast<size_t>(index)];
  for (size_t i = 0; i < rows.size(); ++i)
    if (rows.sample(i) == sample) return rows[i];
  return rows[static_cast<size_t>(index)];
}

// Corners of the crop in the photograph.
std::vector<cv::Point> outline_of(const ImageBatch& batch, const Pinhole& original, bool mirrored_crop) {
  const double side = static_cast<double>(batch.image.size(3));
  const auto focal = batch.camera.focal[0][0].item<double>();
  Matrix3 crop_from_original;
  const torch::Tensor turn = batch.camera.camera_from_original[0].to(torch::kFloat64).contiguous();
  std::copy_n(turn.const_data_ptr<double>(), 9, crop_from_original.data());
  std::vector<cv::Point> corners;
  for (const auto& [u, v] : {std::pair{0.0, 0.0}, {1.0, 0.0}, {1.0, 1.0}, {0.0, 1.0}}) {
    const double half = 0.5 * side;
    Vector3 ray = crop_from_original.transpose() * Vector3((2 * u - 1) * half / focal, (2 * v - 1) * half / focal, 1);
    if (mirrored_crop) ray[0] = -ray[0];
    const auto pixel = original.project(ray);
    corners.emplace_back(static_cast<int>(std::lround(pixel[0])), static_cast<int>(std::lround(pixel[1])));
  }
  return corners;
}

cv::Mat photograph_of(const ImageRecord& record, const ImageBatch& batch, bool mirrored_crop) {
  cv::Mat photo = decode_rgb(read_image_bytes(record), record.sample).clone();
  const int thickness = std::max(1, std::max(photo.cols, photo.rows) / 220);
  const auto whole = [](double value) { return static_cast<int>(std::lround(value)); };
  cv::rectangle(photo, cv::Point(whole(record.box.x), whole(record.box.y)),
                cv::Point(whole(record.box.x + record.box.width), whole(record.box.y + record.box.height)), kBoxColour,
                thickness);
  cv::polylines(photo, std::vector{outline_of(batch, record.camera, mirrored_crop)}, true, kCropColour, thickness, cv::LINE_AA);
  // Pads the photograph to a square with grey.
  const int longer = std::max(photo.cols, photo.rows);
  cv::Mat square;
  cv::copyMakeBorder(photo, square, (longer - photo.rows) / 2, (longer - photo.rows + 1) / 2, (longer - photo.cols) / 2,
                     (longer - photo.cols + 1) / 2, cv::BORDER_CONSTANT, cv::Scalar(90, 90, 90));
  cv::resize(square, square, {kPanel, kPanel}, 0, 0, cv::INTER_AREA);
  return square;
}

cv::Mat joints_on(const cv::Mat& crop, const torch::Tensor& pixels, const torch::Tensor& valid) {
  PerHand<Joints2d> joints;
  for (const Side side : kSides)
    for (int64_t joint = 0; joint < 21; ++joint) {
      const int64_t at = 21 * static_cast<int64_t>(side) + joint;
      const bool known = valid[at].item<bool>();
      joints[side].push_back({known ? pixels[at][0].item<double>() : NAN, known ? pixels[at][1].item<double>() : NAN});
    }
  return draw_joints(crop, joints);
}

cv::Mat masks_on(const cv::Mat& crop, const torch::Tensor& mask) {
  cv::Mat out = crop.clone();
  const int64_t stride = crop.cols / mask.size(2);
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      const float right = mask[0][y / stride][x / stride].item<float>(), left = mask[1][y / stride][x / stride].item<float>();
      cv::Vec3b& pixel = out.at<cv::Vec3b>(y, x);
      const cv::Vec3f tint = right * cv::Vec3f(255, 120, 30) + left * cv::Vec3f(40, 140, 255);
      for (int k = 0; k < 3; ++k)
        pixel[k] =
            cv::saturate_cast<uint8_t>((1 - 0.6f * std::min(1.0f, right + left)) * static_cast<float>(pixel[k]) + 0.6f * tint[k]);
    }
  return out;
}

}  // namespace

cv::Mat draw_training_sample(const ImageDataset& data, int64_t index, Seed seed, const TwoHands& hands) {
  const torch::NoGradGuard no_grad;
  ImageBatch batch = data.allocate(1);
  data.fill(index, seed, batch, 0);
  const Annotation annotation{batch.pose,     batch.root_in_camera, batch.joints_in_camera, batch.joint_valid,
                              batch.has_mano, batch.mask,           batch.mask_valid};
  SamplerConfig model;
  model.image_size = batch.image.size(3);
  const SamplerTruth truth = sampler_truth(model, annotation, batch.camera, hands);
  const torch::Tensor valid = (batch.joint_valid | batch.has_mano.unsqueeze(-1)).flatten();
  const bool mirrored_crop = data.augmentation(seed).mirror;
  const cv::Mat crop = image_of(batch.image[0]);
  const torch::Tensor maps = truth.heatmap.maps[0];
  const torch::Tensor hand_maps = torch::stack({std::get<0>(maps.slice(0, 0, 21).max(0)), std::get<0>(maps.slice(0, 21).max(0))});
  const ImageRecord record = record_of(data, index, batch.sample[0]);
  std::vector<cv::Mat> panels = {titled(photograph_of(record, batch, mirrored_crop), "photograph, box, crop"),
                                 titled(panel(crop), mirrored_crop ? "crop, mirrored" : "crop"),
                                 titled(panel(joints_on(crop, truth.joints_in_image[0], valid)), "joints"),
                                 titled(panel(masks_on(crop, batch.mask[0])), "M, target")};
  for (const Side side : kSides) {
    const auto k = static_cast<int64_t>(side);
    panels.push_back(
        titled(panel(draw_heatmaps(hand_maps.slice(0, k, k + 1), 1, crop)), side == Side::right ? "H, right" : "H, left"));
  }
  return beside(panels, 3);
}

}  // namespace interprior
