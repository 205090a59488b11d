#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "interprior/hand/joint_orders.h"
#include "interprior/infer/keypoints/keypoints.h"

// Readers of all forms of a keypoints file. `file` and `where` are for messages. All functions throw Error.
namespace interprior {

inline constexpr const char* kKeypointForms =
    R"(write {"format": "interprior.keypoints", "version": 1, "order": "openpose", "images": {"a.jpg": {"pairs": [{"right": )"
    R"([[x, y, confidence], ...21], "left": ...}]}}}; docs/formats.md describes it, and COCO-WholeBody's files are read too)";
inline constexpr double kMaxPixels = 1e6;  // largest plausible coordinate

// interprior's own form; sets `order` to the file's joint order.
std::vector<KeypointImage> plain_keypoints(const nlohmann::json& document, const std::string& file, const JointOrder*& order);
// COCO-WholeBody's annotations (an object), or its results (a list), whose images are named by their ids.
std::vector<KeypointImage> coco_keypoints(const nlohmann::json& document, const std::string& file);
std::vector<KeypointImage> coco_results(const nlohmann::json& document, const std::string& file);

// Findings of keypoints read in the given order.
Findings examine_keypoints(const std::vector<KeypointImage>& images, const JointOrder& order, const HandModel* rest);

}  // namespace interprior
