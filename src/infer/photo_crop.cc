#include "photo_crop.h"

#include <torch/types.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "interprior/base/error.h"
#include "interprior/data/images/image.h"
#include "interprior/infer/left_out.h"

namespace interprior {
namespace {

constexpr double kLargestBox = 16;  // times the image's longer side

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

torch::Tensor tensor_of(const cv::Mat& crop) {
  return torch::from_blob(crop.data, {1, crop.rows, crop.cols, 3}, torch::kUInt8).permute({0, 3, 1, 2}).contiguous();
}

}  // namespace

std::string box_text(const Box& box) { return c10::str("box ", box.x, ",", box.y, ",", box.width, ",", box.height); }

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

PhotoCrop crop_photo(const PhotoOfHands& photo, double focal, int64_t size) {
  const cv::Mat rgb = rgb_from(photo.bgr);
  if (std::max(rgb.cols, rgb.rows) > kLongestCropped)
    throw LeftOut("image_too_large", c10::str("the image has ", rgb.cols, " x ", rgb.rows, " px"), "image",
                  c10::str("reduce it to sides of at most ", kLongestCropped, " px"));
  PhotoCrop out;
  out.camera_source = photo.camera ? PhotoCameraSource::given : focal > 0 ? PhotoCameraSource::focal : PhotoCameraSource::assumed;
  out.camera = photo.camera.value_or(centred_camera(rgb, focal > 0 ? focal : kAssumedFocal * std::max(rgb.cols, rgb.rows)));
  require(
      out.camera.width == rgb.cols && out.camera.height == rgb.rows,
      c10::str("the camera is of ", out.camera.width, " x ", out.camera.height, " px, the image of ", rgb.cols, " x ", rgb.rows),
      "camera");
  require_usable(photo.box, out.camera);
  out.crop = crop_camera(out.camera, photo.box, size);
  out.pixels = tensor_of(cropped(rgb, out.crop, out.camera.fx));
  return out;
}

}  // namespace interprior
