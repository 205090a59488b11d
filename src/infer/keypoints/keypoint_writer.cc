#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/name_text.h"
#include "interprior/infer/keypoints/keypoints.h"

namespace interprior {
namespace {

using nlohmann::json;

// Throws Error on values that could not be read back.
void require_writable(const HandKeypoints& hand, const std::string& where) {
  const auto finite = [&](double number) { require(std::isfinite(number), "a number that is not finite", where); };
  for (const Keypoint& joint : hand.joints) {
    finite(joint.x);
    finite(joint.y);
    require(joint.confidence >= 0 && joint.confidence <= 1, "a confidence outside 0 to 1", where);
  }
  if (hand.relative_depth) std::for_each(hand.relative_depth->begin(), hand.relative_depth->end(), finite);
  if (hand.joints_in_camera)
    for (const Vector3& joint : *hand.joints_in_camera) std::for_each(joint.begin(), joint.end(), finite);
}

json joints_json(const HandKeypoints& hand) {
  json list = json::array();
  for (const Keypoint& joint : hand.joints)
    list.push_back(joint.confidence > 0 ? json{joint.x, joint.y, joint.confidence} : json());
  return list;
}

json pair_json(const KeypointPair& pair, const std::string& where) {
  require(pair.hand.right || pair.hand.left, "a pair without a hand", where);
  json object = json::object();
  if (pair.camera) object["camera"] = *pair.camera;
  for (const Side side : kSides) {
    if (!pair.hand[side]) continue;
    const HandKeypoints& hand = *pair.hand[side];
    const std::string name = side_name(side);
    require_writable(hand, where + ", " + name);
    object[name] = joints_json(hand);
    if (hand.relative_depth) object[name + "_depth"] = *hand.relative_depth;
    if (hand.joints_in_camera)
      for (const Vector3& joint : *hand.joints_in_camera) object[name + "_joints"].push_back({joint[0], joint[1], joint[2]});
  }
  return object;
}

}  // namespace

void write_keypoints(const std::filesystem::path& path, const KeypointFile& keypoints) {
  // One line per image, so that files can be inspected and compared line by line.
  std::string text = "{\"format\": " + json(kKeypointsFormat).dump() + ", \"version\": " + std::to_string(kKeypointsVersion) +
                     ", \"order\": \"interprior\", \"images\": {";
  const char* separator = "\n";
  std::set<std::string> names;
  for (const KeypointImage& image : keypoints.images) {
    const std::string name = name_text(image.key), where = path.string() + ", " + name;
    require(names.insert(name).second, "the name " + name + " is duplicated", path.string());
    json object = {{"pairs", json::array()}};
    if (image.width > 0 && image.height > 0) object["size"] = {image.width, image.height};
    for (const KeypointPair& pair : image.pairs) object["pairs"].push_back(pair_json(pair, where));
    text += separator + json(name).dump() + ": " + object.dump();
    separator = ",\n";
  }
  write_file(path, text + "\n}}\n");
}

}  // namespace interprior
