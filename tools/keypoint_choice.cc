#include "keypoint_choice.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/log.h"
#include "interprior/base/name_text.h"

namespace interprior {
namespace {

constexpr int64_t kMaxPixels = 100'000'000;  // of a canvas in place of an image

std::vector<std::string> keys_of(const KeypointFile& file) {
  std::vector<std::string> keys;
  for (const KeypointImage& image : file.images) keys.push_back(image.key);
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

cv::Mat grey_image(const KeypointImage& image, const Pinhole& camera) {
  if (camera.width > kMaxPixels / camera.height)
    throw LeftOut("size_too_large", c10::str("an image of ", camera.width, " x ", camera.height, " px"), name_text(image.key),
                  "pass the image");
  return {static_cast<int>(camera.height), static_cast<int>(camera.width), CV_8UC3, cv::Scalar(128, 128, 128)};
}

KeypointChoice::KeypointChoice(const std::string& path, const std::vector<std::string>& accept, const std::string& camera,
                               double focal, const std::vector<Input>& inputs)
    : path_(path),
      focal_(focal),
      file_(accepted_keypoints(path, accept)),
      matches_(keys_of(file_), inputs, path, {"keypoints entry", "keypoints entries"}) {
  require(focal == 0 || is_focal_length(focal), c10::str("a focal length of ", focal, " px"), "--focal", "give 0.001 to 1e7 px");
  if (!camera.empty()) camera_ = parse_camera(camera);
}

std::vector<std::string> KeypointChoice::names() const {
  std::vector<std::string> names;
  for (const KeypointImage& image : file_.images) names.push_back(plain_name(image.key));
  return names;
}

const KeypointImage* KeypointChoice::of(const Input& input, const std::string& frame_name) {
  const std::optional<size_t> entry = matches_.of(input, frame_name);
  return entry ? &file_.images[*entry] : nullptr;
}

std::vector<KeypointChoice::Pair> KeypointChoice::pairs_of(const KeypointImage& image, cv::Size size,
                                                           LeftOutList& left_out) const {
  if (!size.empty() && ((image.width > 0 && image.width != size.width) || (image.height > 0 && image.height != size.height)))
    throw LeftOut("size_differs",
                  c10::str(name_text(image.key), " has ", size.width, " x ", size.height, " px, its keypoints are for ",
                           image.width, " x ", image.height),
                  path_, "give keypoints of this image, rotated by its EXIF orientation");
  std::vector<Pair> pairs;
  for (size_t i = 0; i < image.pairs.size(); ++i) {
    Pair pair = pair_of(image, i, size);
    for (const Side side : kSides) {
      std::optional<HandKeypoints>& hand = pair.target.keypoints.hand[side];
      if (!hand || hand->seen() >= kMinKeypoints || hand->joints_in_camera) continue;
      left_out.add("few_joints", c10::str(name_text(image.key), ": the ", side_name(side), " hand has ", hand->seen(),
                                          " keypoints, ", kMinKeypoints, " are needed"));
      hand.reset();
    }
    if (pair.target.keypoints.hand.right || pair.target.keypoints.hand.left) pairs.push_back(std::move(pair));
  }
  return pairs;
}

KeypointChoice::Pair KeypointChoice::pair_of(const KeypointImage& image, size_t number, cv::Size size) const {
  Pair pair{number, {image.pairs[number], {}}, PhotoCameraSource::file};
  std::optional<Intrinsics> camera = pair.target.keypoints.camera;
  if (!camera && camera_) {
    camera = camera_;
    pair.camera_source = PhotoCameraSource::given;
  }
  int64_t width = size.empty() ? image.width : size.width, height = size.empty() ? image.height : size.height;
  if (camera && (width == 0 || height == 0)) {  // assumes the principal point at the image centre
    width = std::max<int64_t>(1, std::llround(2 * (*camera)[2] + 1));
    height = std::max<int64_t>(1, std::llround(2 * (*camera)[3] + 1));
  }
  if (width == 0 || height == 0)
    throw LeftOut("size_unknown", "the image's size is not known", name_text(image.key),
                  "pass the images, or write \"size\": [width, height] in " + path_);
  if (!camera) {
    pair.camera_source = focal_ > 0 ? PhotoCameraSource::focal : PhotoCameraSource::assumed;
    const double focal = focal_ > 0 ? focal_ : kAssumedFocal * static_cast<double>(std::max(width, height));
    camera = Intrinsics{focal, focal, static_cast<double>(width - 1) / 2, static_cast<double>(height - 1) / 2};
  }
  pair.target.camera = {(*camera)[0], (*camera)[1], (*camera)[2], (*camera)[3], width, height};
  return pair;
}

}  // namespace interprior
