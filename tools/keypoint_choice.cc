#include "keypoint_choice.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/log.h"
#include "interprior/base/name_text.h"

namespace interprior {
namespace {

constexpr int64_t kMostPixels = 100'000'000;  // of a canvas that stands in for a picture

std::vector<std::string> keys_of(const KeypointFile& file) {
  std::vector<std::string> keys;
  for (const KeypointPicture& picture : file.pictures) keys.push_back(picture.key);
  return keys;
}

}  // namespace

KeypointFile accepted_keypoints(const std::string& path, const std::vector<std::string>& accept) {
  KeypointFile file = read_keypoints(path);
  require_accepted(file.findings, accept, path);
  for (const Finding& finding : file.findings) log_warning(finding.name + ": " + text_of(finding));
  return file;
}

std::string plain_name(const std::string& key) {
  std::string name = std::filesystem::path(key).replace_extension().string();
  std::replace(name.begin(), name.end(), '/', '_');
  return output_name(name);
}

cv::Mat grey_picture(const KeypointPicture& picture, const Pinhole& camera) {
  if (camera.width > kMostPixels / camera.height)
    throw LeftOut("size_too_large", c10::str("a picture of ", camera.width, " x ", camera.height, " px"), name_text(picture.key),
                  "pass the picture");
  return {static_cast<int>(camera.height), static_cast<int>(camera.width), CV_8UC3, cv::Scalar(128, 128, 128)};
}

KeypointChoice::KeypointChoice(const std::string& path, const std::vector<std::string>& accept, const std::string& camera,
                               double focal, const std::vector<Input>& inputs)
    : path_(path),
      focal_(focal),
      file_(accepted_keypoints(path, accept)),
      matches_(keys_of(file_), inputs, path, {"keypoints entry", "keypoints entries"}) {
  if (!camera.empty()) camera_ = parse_camera(camera);
}

const KeypointPicture* KeypointChoice::of(const Input& input, const std::string& frame_name) {
  const std::optional<size_t> entry = matches_.of(input, frame_name);
  return entry ? &file_.pictures[*entry] : nullptr;
}

std::vector<KeypointChoice::Pair> KeypointChoice::pairs_of(const KeypointPicture& picture, cv::Size size,
                                                           LeftOutList& left_out) const {
  if (!size.empty() &&
      ((picture.width > 0 && picture.width != size.width) || (picture.height > 0 && picture.height != size.height)))
    throw LeftOut("size_differs",
                  c10::str(name_text(picture.key), " has ", size.width, " x ", size.height, " px, its keypoints are for ",
                           picture.width, " x ", picture.height),
                  path_, "give keypoints of this very picture, upright as its EXIF orientation says");
  std::vector<Pair> pairs;
  for (size_t i = 0; i < picture.pairs.size(); ++i) {
    Pair pair = pair_of(picture, i, size);
    for (const Side side : kSides) {
      std::optional<HandKeypoints>& hand = pair.target.keypoints.hand[side];
      if (!hand || hand->seen() >= kFewestKeypoints || hand->joints_in_camera) continue;
      left_out.add("few_joints", c10::str(name_text(picture.key), ": of the ", side_name(side), " hand ", hand->seen(),
                                          " joints were seen, ", kFewestKeypoints, " are needed"));
      hand.reset();
    }
    if (pair.target.keypoints.hand.right || pair.target.keypoints.hand.left) pairs.push_back(std::move(pair));
  }
  return pairs;
}

KeypointChoice::Pair KeypointChoice::pair_of(const KeypointPicture& picture, size_t number, cv::Size size) const {
  Pair pair{number, {picture.pairs[number], {}}, PhotoCameraSource::file};
  std::optional<Intrinsics> camera = pair.target.keypoints.camera;
  if (!camera && camera_) {
    camera = camera_;
    pair.camera_source = PhotoCameraSource::given;
  }
  int64_t width = size.empty() ? picture.width : size.width, height = size.empty() ? picture.height : size.height;
  if (camera && (width == 0 || height == 0)) {  // the principal point lies in the middle of most pictures
    width = std::max<int64_t>(1, std::llround(2 * (*camera)[2] + 1));
    height = std::max<int64_t>(1, std::llround(2 * (*camera)[3] + 1));
  }
  if (width == 0 || height == 0)
    throw LeftOut("size_unknown", "the picture's size is not known", name_text(picture.key),
                  "pass the pictures, or write \"size\": [width, height] in " + path_);
  if (!camera) {
    pair.camera_source = focal_ > 0 ? PhotoCameraSource::focal : PhotoCameraSource::assumed;
    const double focal = focal_ > 0 ? focal_ : kAssumedFocal * static_cast<double>(std::max(width, height));
    camera = Intrinsics{focal, focal, static_cast<double>(width - 1) / 2, static_cast<double>(height - 1) / 2};
  }
  pair.target.camera = {(*camera)[0], (*camera)[1], (*camera)[2], (*camera)[3], width, height};
  return pair;
}

}  // namespace interprior
