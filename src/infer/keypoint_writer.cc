#include <nlohmann/json.hpp>

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/infer/keypoints.h"

namespace interprior {
namespace {

using nlohmann::json;

json joints_json(const HandKeypoints& hand) {
  json list = json::array();
  for (const Keypoint& joint : hand.joints)
    list.push_back(joint.confidence > 0 ? json{joint.x, joint.y, joint.confidence} : json());
  return list;
}

json pair_json(const KeypointPair& pair) {
  json object = json::object();
  if (pair.camera) object["camera"] = *pair.camera;
  for (const Side side : kSides) {
    if (!pair.hand[side]) continue;
    const HandKeypoints& hand = *pair.hand[side];
    const std::string name = side_name(side);
    object[name] = joints_json(hand);
    if (hand.relative_depth) object[name + "_depth"] = *hand.relative_depth;
    if (hand.joints_in_camera) object[name + "_joints"] = *hand.joints_in_camera;
  }
  return object;
}

}  // namespace

void write_keypoints(const std::filesystem::path& path, const KeypointFile& keypoints) {
  // One line a picture: the file can be looked at, and compared line by line.
  std::string text = "{\"format\": " + json(kKeypointsFormat).dump() + ", \"version\": " + std::to_string(kKeypointsVersion) +
                     ", \"order\": \"interprior\", \"images\": {";
  const char* separator = "\n";
  for (const KeypointPicture& picture : keypoints.pictures) {
    json object = {{"pairs", json::array()}};
    if (picture.width > 0 && picture.height > 0) object["size"] = {picture.width, picture.height};
    for (const KeypointPair& pair : picture.pairs) object["pairs"].push_back(pair_json(pair));
    text += separator + json(picture.key).dump() + ": " + object.dump();
    separator = ",\n";
  }
  write_file(path, text + "\n}}\n");
}

}  // namespace interprior
