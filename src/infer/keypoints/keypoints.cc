#include "interprior/infer/keypoints/keypoints.h"

#include <c10/util/StringUtil.h>

#include "coco_images.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "keypoint_parts.h"
#include "strict_json.h"

namespace interprior {
namespace {

using nlohmann::json;

// A file without a usable hand is an error that cannot be accepted.
void require_usable(const std::vector<KeypointImage>& images, const std::string& file) {
  int64_t pairs = 0;
  for (const KeypointImage& image : images)
    for (const KeypointPair& pair : image.pairs) {
      ++pairs;
      for (const Side side : kSides)
        if (pair.hand[side] && pair.hand[side]->seen() >= kMinKeypoints) return;
    }
  require(pairs > 0, c10::str("no hand in any of ", images.size(), " images"), file, "give the joints of at least one hand");
  throw Error(c10::str("no hand has ", kMinKeypoints, " joints that were seen"), file, "a fit needs that many of one hand");
}

// Error that names the kind of another document, if its keys identify it.
Error no_keypoints_file(const json& document, const std::string& file) {
  std::string what = "there is no `format`: these are no keypoints";
  if (const json* format = member(document, "format"))
    what = "this file is " + (format->is_string() ? format->get<std::string>() : short_text(*format)) + ", not keypoints";
  else if (document.contains("people"))
    what = "this is OpenPose's output for one image, which does not name the image";
  else if (document.contains("instance_info"))
    what = "this is MMPose's output for one image, which does not name the image";
  else if (document.contains("annotated") || document.contains("right") || document.contains("left") ||
           document.contains("order"))
    what = "there is no `format`: the complete form is required";
  else if (!document.empty() &&
           (document.begin()->is_array() || (document.begin()->is_object() && document.begin()->contains("box"))))
    what = "these are boxes, not keypoints";
  return Error(what, file, kKeypointForms);
}

}  // namespace

int64_t HandKeypoints::seen() const {
  return std::count_if(joints.begin(), joints.end(), [](const Keypoint& joint) { return joint.confidence > 0; });
}

KeypointFile read_keypoints(const std::filesystem::path& path, const HandModel* rest) {
  const std::string file = path.string();
  const json document = parse_without_duplicates(
      read_file(path), file,
      "docs/formats.md describes the file; JSON has no NaN or Infinity: write null for a joint that was not seen");
  KeypointFile read;
  const JointOrder* order = find_joint_order("coco_wholebody");
  if (document.is_array()) {
    read.images = coco_results(document, file);
  } else if (document.is_object() && is_coco(document)) {
    read.images = coco_keypoints(document, file);
  } else {
    require(document.is_object(), c10::str(document.type_name(), " where an object is needed"), file, kKeypointForms);
    const json* format = member(document, "format");
    if (format == nullptr || *format != kKeypointsFormat) throw no_keypoints_file(document, file);
    read.images = plain_keypoints(document, file, order);
  }
  require_usable(read.images, file);
  read.findings = examine_keypoints(read.images, *order, rest);
  return read;
}

}  // namespace interprior
