#include <c10/util/StringUtil.h>

#include <algorithm>
#include <unordered_map>

#include "coco_images.h"
#include "interprior/base/error.h"
#include "keypoint_parts.h"
#include "strict_json.h"

// COCO-WholeBody's format (https://github.com/jin-s13/COCO-WholeBody/blob/master/data_format.md): [x, y, v] per joint, one list
// per hand. In a list of 133 joints, body 17, feet 6 and face 68 precede the left hand's 21 and the right hand's 21.
namespace interprior {
namespace {

using nlohmann::json;

constexpr size_t kWholeBody = 133, kLeftHand = 17 + 6 + 68;
constexpr const char* kAdvice = "v is a visibility of 0, 1, 2 or a confidence of 0 to 1: scale other scores";

// A hand of 21 times [x, y, v] starting at joint `first`; v above 1 counts as 1.
HandKeypoints hand_of(const json& list, size_t first, const std::string& where) {
  HandKeypoints hand;
  for (size_t i = 0; i < kJoints; ++i) {
    std::array<double, 3> joint;
    for (size_t k = 0; k < 3; ++k) {
      const json& number = list[3 * (first + i) + k];
      if (const std::string fault = number_fault(number, kMaxPixels); !fault.empty())
        throw Error(fault, c10::str(where, ", joint ", i), "give x, y and v of every joint, zeros where it is not known");
      joint[k] = number.get<double>();
    }
    if (joint[2] < 0 || joint[2] > 2) throw Error(c10::str("v of ", joint[2]), c10::str(where, ", joint ", i), kAdvice);
    if (joint[2] > 0) hand.joints[i] = {joint[0], joint[1], std::min(joint[2], 1.0)};
  }
  return hand;
}

bool is_valid(const json& person, const std::string& key, const std::string& where) {
  if (!person.contains(key)) return true;
  const json& valid = person[key];
  require(valid.is_boolean() || valid == 0 || valid == 1, "`" + key + "` is neither true nor false", where);
  return valid.is_boolean() ? valid.get<bool>() : valid == 1;
}

// The hands of a person that have a joint. Sets `any` if the person has a list of hand joints.
KeypointPair pair_of(const json& person, const std::string& where, bool& any) {
  KeypointPair pair;
  for (const Side side : kSides) {
    const std::string key = std::string(side_name(side)) + "hand_kpts", valid = std::string(side_name(side)) + "hand_valid";
    const bool own = person.contains(key);
    if (!own && !(person.contains("keypoints") && person["keypoints"].is_array() && person["keypoints"].size() == 3 * kWholeBody))
      continue;
    any = true;
    const json& list = own ? person[key] : person["keypoints"];
    require(!own || (list.is_array() && list.size() == 3 * kJoints), "`" + key + "` must be a list of 63 numbers", where);
    if (!is_valid(person, valid, where)) continue;
    const size_t first = own ? 0 : kLeftHand + (side == Side::right ? static_cast<size_t>(kJoints) : 0);
    const HandKeypoints hand = hand_of(list, first, where + ", " + (own ? key : "keypoints"));
    if (hand.seen() > 0) pair.hand[side] = hand;
  }
  return pair;
}

void require_any(bool any, const std::string& file) {
  require(any, "no person has `righthand_kpts` or `lefthand_kpts`, nor 133 `keypoints`: COCO's 17 have no hands", file,
          "give COCO-WholeBody's annotations, or results of a whole-body detector");
}

}  // namespace

std::vector<KeypointImage> coco_keypoints(const json& document, const std::string& file) {
  const CocoImages known = coco_images(document, file);
  std::vector<KeypointImage> images;
  for (const CocoImage& image : known.images) images.push_back({image.file_name, {}, image.width, image.height});
  bool any = document["annotations"].empty();
  for (size_t i = 0; i < document["annotations"].size(); ++i) {
    const json& annotation = document["annotations"][i];
    const std::string where = c10::str(file, ", annotations[", i, "]");
    const size_t image = known.of(annotation, where);
    const std::string place = where + " of " + images[image].key;
    KeypointPair pair = pair_of(annotation, place, any);
    if (!pair.hand.right && !pair.hand.left) continue;
    pair.camera = coco_camera(annotation, place);
    if (!pair.camera) pair.camera = known.images[image].camera;
    images[image].pairs.push_back(std::move(pair));
  }
  require_any(any, file);
  return images;
}

std::vector<KeypointImage> coco_results(const json& document, const std::string& file) {
  std::vector<KeypointImage> images;
  std::unordered_map<std::string, size_t> by_id;
  bool any = document.empty();
  for (size_t i = 0; i < document.size(); ++i) {
    const json& person = document[i];
    const std::string where = c10::str(file, "[", i, "]");
    require(person.is_object() && person.contains("image_id"), "there is no `image_id`: these are no results of COCO-WholeBody",
            where, kKeypointForms);
    const std::string id = coco_id(person, "image_id", where);
    const auto [entry, added] = by_id.emplace(id, images.size());
    if (added) images.push_back({person["image_id"].is_string() ? person["image_id"].get<std::string>() : id, {}, 0, 0});
    KeypointPair pair = pair_of(person, where, any);
    if (pair.hand.right || pair.hand.left) images[entry->second].pairs.push_back(std::move(pair));
  }
  require_any(any, file);
  return images;
}

}  // namespace interprior
