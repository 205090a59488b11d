#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "interprior/base/finding.h"
#include "interprior/geometry/camera.h"
#include "interprior/hand/mano_model.h"
#include "interprior/hand/side.h"
#include "interprior/hand/skeleton.h"
#include "interprior/infer/keypoints/boxes.h"

namespace interprior {

inline constexpr const char* kKeypointsFormat = "interprior.keypoints";
inline constexpr int64_t kKeypointsVersion = 1;
inline constexpr int64_t kFewestKeypoints = 6;  // seen joints of a hand that a fit needs

// A 2D joint as a detector or a person gave it.
struct Keypoint {
  double x = 0, y = 0;    // px of the picture, pixel centres at integers
  double confidence = 0;  // 0..1; 0: not seen, then x and y are 0
};

struct HandKeypoints {
  std::array<Keypoint, kJoints> joints;  // order of hand/skeleton.h
  std::optional<std::array<double, kJoints>>
      relative_depth;  // px (scale of x), relative to the wrist, positive away from the camera
  std::optional<std::array<Vector3, kJoints>> joints_in_camera;  // m, where a 3D method or several views gave them

  int64_t seen() const;  // joints of confidence > 0
};

// The hands of one person, at least one of them there.
struct KeypointPair {
  PerHand<std::optional<HandKeypoints>> hand;
  std::optional<Intrinsics> camera;
};

struct KeypointPicture {
  std::string key;                  // as the file names the picture
  std::vector<KeypointPair> pairs;  // none: no hand was found
  int64_t width = 0, height = 0;    // px, that the file gives; 0: not given
};

struct KeypointFile {
  std::vector<KeypointPicture> pictures;
  Findings findings;
};

// keypoints.json (docs/formats.md), or COCO-WholeBody's annotations or results. `rest`: whose bone proportions tell the joints'
// order, the procedural hand's where it is null. Throws Error with file and key, and where no hand is there at all.
// Findings: keypoints_order, keypoints_normalised, keypoints_outside, hands_coincide, few_joints, no_keypoints, and of 3D joints
// joint_order, joint_unit, joints_mirrored.
KeypointFile read_keypoints(const std::filesystem::path& path, const HandModel* rest = nullptr);
// In the plain form; what it writes reads back as equal. Throws Error.
void write_keypoints(const std::filesystem::path& path, const KeypointFile& keypoints);

}  // namespace interprior
