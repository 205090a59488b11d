#pragma once
#include <nlohmann/json.hpp>

#include "interprior/base/files/atomic_file.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/bone_proportions.h"
#include "interprior/hand/joint_orders.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/hand/skinned_hand.h"
#include "interprior/infer/keypoints/keypoints.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {

// A keypoints file built by the tests, and its contents as read.
class KeypointsTest : public ::testing::Test {
 protected:
  using json = nlohmann::json;

  // Joint i at (100 + i + dx, 50 + i * i), confidence 0.5 + i / 50.
  static json hand(double dx = 0) {
    json list = json::array();
    for (int i = 0; i < 21; ++i) list.push_back({100 + i + dx, 50 + i * i, 0.5 + i / 50.0});
    return list;
  }
  static json document(const json& pair) {
    return {{"format", "interprior.keypoints"},
            {"version", 1},
            {"order", "interprior"},
            {"images", {{"a.jpg", {{"pairs", {pair}}}}}}};
  }
  KeypointFile read_text(const std::string& text) const {
    write_file(folder_ / "keypoints.json", text);
    return read_keypoints(folder_ / "keypoints.json");
  }
  KeypointFile read(const json& document) const { return read_text(document.dump()); }
  HandKeypoints read_right(const json& pair) const { return *read(document(pair)).images.at(0).pairs.at(0).hand.right; }

  TemporaryDirectory folder_;
};

// Joints of procedural hands with bent fingers under random views, m relative to the wrist, camera axes.
inline std::vector<HandJoints> hands_seen_from_everywhere(size_t count, uint64_t seed) {
  static const SkinnedHand skinned(procedural_hand().hand.right);
  Random random(Seed{seed});
  std::vector<HandJoints> hands(count);
  for (HandJoints& joints : hands) {
    PosedHand pose;
    for (Matrix3& rotation : pose.rotations)
      rotation = rotation_from_axis_angle({0.25 * random.normal(), 0.25 * random.normal(), 0.4 * random.normal()});
    const torch::Tensor view = random_rotation(random).contiguous();
    std::copy_n(view.data_ptr<double>(), 9, pose.rotations[0].data());
    SkinnedHand::Vertices vertices;
    skinned.pose(pose, vertices, joints);
  }
  return hands;
}

}  // namespace interprior
