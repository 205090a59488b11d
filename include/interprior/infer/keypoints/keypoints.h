#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "interprior/base/finding.h"
#include "interprior/geometry/camera.h"
#include "interprior/hand/posed_hand.h"
#include "interprior/hand/side.h"
#include "interprior/infer/keypoints/boxes.h"

namespace interprior {

inline constexpr const char* kKeypointsFormat = "interprior.keypoints";
inline constexpr int64_t kKeypointsVersion = 1;
inline constexpr int64_t kMinKeypoints = 6;  // minimum number of joints seen per hand, required by a fit

// A 2D joint from a detector or an annotator.
struct Keypoint {
  double x = 0, y = 0;    // px of the image, pixel centres at integers
  double confidence = 0;  // 0..1; 0: not seen, then x and y are 0
};

struct HandKeypoints {
  std::array<Keypoint, kJoints> joints;  // order of hand/skeleton.h
  std::optional<std::array<double, kJoints>>
      relative_depth;                          // px (scale of x), relative to the wrist, positive away from the camera
  std::optional<HandJoints> joints_in_camera;  // m, from a 3D method or several views

  int64_t seen() const;  // joints of confidence > 0
};

// The hands of one person; at least one is present.
struct KeypointPair {
  PerHand<std::optional<HandKeypoints>> hand;
  std::optional<Intrinsics> camera;
};

struct KeypointImage {
  std::string key;                  // the image's name in the file
  std::vector<KeypointPair> pairs;  // empty: no hand was found
  int64_t width = 0, height = 0;    // px, from the file; 0: not given
};

struct KeypointFile {
  std::vector<KeypointImage> images;
  Findings findings;
};

// Reads keypoints.json (docs/formats.md), or COCO-WholeBody's annotations or results. The joints' order is checked against the
// bone proportions of `rest`, or of the procedural hand if null. Throws Error with file and key, and if the file has no hand.
// Findings: keypoints_order, keypoints_normalised, keypoints_outside, hands_coincide, few_joints, no_keypoints, and for 3D joints
// joint_order, joint_unit, joints_mirrored.
KeypointFile read_keypoints(const std::filesystem::path& path, const HandModel* rest = nullptr);
// Writes keypoints.json; reading it back gives equal keypoints. Throws Error.
void write_keypoints(const std::filesystem::path& path, const KeypointFile& keypoints);

}  // namespace interprior
