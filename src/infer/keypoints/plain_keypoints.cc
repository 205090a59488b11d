#include <c10/util/StringUtil.h>

#include "box_numbers.h"
#include "interprior/base/error.h"
#include "keypoint_parts.h"
#include "strict_json.h"

namespace interprior {
namespace {

using nlohmann::json;

constexpr const char* kJointAdvice = "give [x, y, confidence] in pixels, or null for a joint that was not seen";
constexpr const char* kConfidenceAdvice = "give a confidence of 0 to 1: divide scores by their maximum, percentages by 100";
constexpr double kFarthest = 1000;  // m

std::string at(const std::string& where, const std::string& name) { return where + ", " + name; }

// 21 entries.
const json& joint_list(const json& list, const std::string& where, const char* advice) {
  require(list.is_array(), c10::str(list.type_name(), " where a list of 21 joints is needed"), where, advice);
  require(list.size() == kJoints, c10::str("a hand of ", list.size(), " joints, 21 are needed"), where, advice);
  return list;
}

Keypoint keypoint_of(const json& joint, const std::string& where, size_t index) {
  const auto place = [&] { return c10::str(where, "[", index, "]"); };
  if (joint.is_null()) return {};
  if (!joint.is_array() || joint.size() < 2 || joint.size() > 3)
    throw Error(joint.is_array() ? c10::str("a joint of ", joint.size(), " numbers") : "a joint that is no list", place(),
                kJointAdvice);
  for (const json& number : joint)
    if (const std::string fault = number_fault(number, kMaxPixels); !fault.empty()) throw Error(fault, place(), kJointAdvice);
  const Keypoint keypoint = {joint[0].get<double>(), joint[1].get<double>(), joint.size() == 3 ? joint[2].get<double>() : 1};
  if (keypoint.confidence < 0 || keypoint.confidence > 1)
    throw Error(c10::str("a confidence of ", keypoint.confidence), place(), kConfidenceAdvice);
  return keypoint.confidence > 0 ? keypoint : Keypoint();
}

class PlainKeypoints {
 public:
  PlainKeypoints(const json& document, const std::string& file) : document_(document), file_(file) {
    require_known_keys(document, {"format", "version", "order", "images"}, file);
    const json *version = member(document, "version"), *order = member(document, "order");
    if (version == nullptr || *version != kKeypointsVersion)
      throw Error(version == nullptr ? "there is no `version`" : "version " + short_text(*version) + " of a keypoints file", file,
                  c10::str("this program reads version ", kKeypointsVersion));
    if (order != nullptr && order->is_string()) order_ = find_joint_order(order->get<std::string>());
    if (order_ == nullptr) throw unknown_order(order);
    require(document.contains("images") && document["images"].is_object(), "there is no object `images`", file, kKeypointForms);
  }

  const JointOrder& order() const { return *order_; }

  std::vector<KeypointImage> images() const {
    std::vector<KeypointImage> images;
    for (const auto& [name, value] : document_["images"].items()) images.push_back(image(name, value, at(file_, name)));
    return images;
  }

 private:
  Error unknown_order(const json* order) const {
    const std::vector<std::string> keys = joint_order_keys();
    std::string names;
    for (const std::string& key : keys) names += (names.empty() ? "" : ", ") + key;
    std::string what = "there is no `order`, the name of the joints' order";
    if (order != nullptr && order->is_string()) {
      const std::string nearest = nearest_word(order->get<std::string>(), keys);
      what = "the order `" + order->get<std::string>() + "` is not known" +
             (nearest.empty() ? "" : "; did you mean `" + nearest + "`?");
    }
    return Error(what, file_, "known orders are " + names);
  }

  KeypointImage image(const std::string& name, const json& value, const std::string& where) const {
    require(value.is_object(), c10::str(value.type_name(), " where an object of the image is needed"), where, kKeypointForms);
    require_known_keys(value, {"size", "camera", "pairs"}, where);
    KeypointImage image;
    image.key = name;
    if (value.contains("size")) {
      const json& size = value["size"];
      const auto pixels = [](const json& number) { return number.is_number_integer() && number > 0 && number <= kMaxPixels; };
      require(size.is_array() && size.size() == 2 && pixels(size[0]) && pixels(size[1]),
              "a size that is not two numbers of pixels", at(where, "size"), "give [width, height]");
      image.width = size[0].get<int64_t>();
      image.height = size[1].get<int64_t>();
    }
    const std::optional<Intrinsics> camera = camera_of(value, where);
    require(value.contains("pairs") && value["pairs"].is_array(), "there is no list `pairs`", where, kKeypointForms);
    for (size_t i = 0; i < value["pairs"].size(); ++i)
      image.pairs.push_back(pair(value["pairs"][i], camera, c10::str(where, ", pairs[", i, "]")));
    return image;
  }

  static std::optional<Intrinsics> camera_of(const json& object, const std::string& where) {
    if (!object.contains("camera")) return std::nullopt;
    const std::string place = at(where, "camera");
    return checked_camera(four_numbers(object["camera"], "a camera", place, kCameraAdvice), place);
  }

  KeypointPair pair(const json& value, const std::optional<Intrinsics>& camera, const std::string& where) const {
    require(value.is_object(), c10::str(value.type_name(), " where an object of a pair of hands is needed"), where,
            kKeypointForms);
    require_known_keys(value, {"right", "left", "right_depth", "left_depth", "right_joints", "left_joints", "camera"}, where);
    KeypointPair pair;
    pair.camera = value.contains("camera") ? camera_of(value, where) : camera;
    for (const Side side : kSides) pair.hand[side] = hand(value, side_name(side), pair.camera, where);
    require(pair.hand.right || pair.hand.left, "a pair without a hand", where,
            R"(give "right" or "left", or leave the pair out)");
    return pair;
  }

  // A hand whose key is null or missing is absent.
  std::optional<HandKeypoints> hand(const json& pair, const std::string& name, const std::optional<Intrinsics>& camera,
                                    const std::string& where) const {
    const auto given = [&](const std::string& key) { return pair.contains(key) && !pair[key].is_null(); };
    const std::string depth = name + "_depth", joints = name + "_joints";
    HandKeypoints hand;
    if (given(joints)) hand.joints_in_camera = joints_of(pair[joints], at(where, joints));
    if (given(name)) {
      const std::string place = at(where, name);
      const json& list = joint_list(pair[name], place, kJointAdvice);
      for (size_t i = 0; i < kJoints; ++i) {
        const auto from = static_cast<size_t>(order_->from[i]);
        hand.joints[i] = keypoint_of(list[from], place, from);
      }
    } else if (hand.joints_in_camera) {
      require(camera.has_value(), "3D joints without 2D ones, and no camera to project them with", at(where, joints),
              "give the camera, [fx, fy, cx, cy]");
      project(*camera, hand, at(where, joints));
    } else {
      require(!given(depth), "a depth without a hand", at(where, depth), "give its 2D joints too");
      return std::nullopt;
    }
    if (given(depth)) hand.relative_depth = depths_of(pair[depth], at(where, depth));
    return hand;
  }

  std::array<double, kJoints> depths_of(const json& list, const std::string& where) const {
    constexpr const char* advice = "give 21 numbers, in the unit of x, relative to the wrist's, positive away from the camera";
    joint_list(list, where, advice);
    std::array<double, kJoints> depths;
    for (size_t i = 0; i < kJoints; ++i) {
      const auto from = static_cast<size_t>(order_->from[i]);
      if (const std::string fault = number_fault(list[from], kMaxPixels); !fault.empty())
        throw Error(fault, c10::str(where, "[", from, "]"), advice);
      depths[i] = list[from].get<double>();
    }
    return depths;
  }

  HandJoints joints_of(const json& list, const std::string& where) const {
    constexpr const char* advice = "give [x, y, z] in metres in the camera: x right, y down, z forward";
    joint_list(list, where, advice);
    HandJoints joints;
    for (size_t i = 0; i < kJoints; ++i) {
      const auto from = static_cast<size_t>(order_->from[i]);
      const auto place = [&] { return c10::str(where, "[", from, "]"); };
      const json& joint = list[from];
      if (!joint.is_array() || joint.size() != 3) throw Error("a joint that is not three numbers", place(), advice);
      for (int k = 0; k < 3; ++k) {
        if (const std::string fault = number_fault(joint[static_cast<size_t>(k)], kFarthest); !fault.empty())
          throw Error(fault, place(), advice);
        joints[i][k] = joint[static_cast<size_t>(k)].get<double>();
      }
    }
    return joints;
  }

  static void project(const Intrinsics& camera, HandKeypoints& hand, const std::string& where) {
    const Pinhole pinhole = {camera[0], camera[1], camera[2], camera[3], 0, 0};
    for (size_t i = 0; i < kJoints; ++i) {
      const Vector3& joint = (*hand.joints_in_camera)[i];
      require(joint[2] > kNearPlane, "a joint behind the camera", where, "give joints in the camera's axes, z forward");
      const std::array<double, 2> point = pinhole.project(joint);
      hand.joints[i] = {point[0], point[1], 1};
    }
  }

  const json& document_;
  const std::string& file_;
  const JointOrder* order_ = nullptr;
};

}  // namespace

std::vector<KeypointImage> plain_keypoints(const json& document, const std::string& file, const JointOrder*& order) {
  const PlainKeypoints plain(document, file);
  order = &plain.order();
  return plain.images();
}

}  // namespace interprior
