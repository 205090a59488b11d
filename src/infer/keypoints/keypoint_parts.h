#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "interprior/hand/joint_orders.h"
#include "interprior/infer/keypoints/keypoints.h"

// What the forms of a keypoints file share. `file` and `where` are for messages. All throw Error.
namespace interprior {

inline constexpr const char* kKeypointForms =
    R"(write {"format": "interprior.keypoints", "version": 1, "order": "openpose", "images": {"a.jpg": {"pairs": [{"right": )"
    R"([[x, y, confidence], ...21], "left": ...}]}}}; docs/formats.md describes it, and COCO-WholeBody's files are read too)";
inline constexpr double kMostPixels = 1e6;  // from the picture's corner: beyond are no pixels

// This program's own form; `order` becomes the one that the file names.
std::vector<KeypointPicture> plain_keypoints(const nlohmann::json& document, const std::string& file, const JointOrder*& order);
// COCO-WholeBody's annotations (an object), or its results (a list), of which pictures are named by their ids.
std::vector<KeypointPicture> coco_keypoints(const nlohmann::json& document, const std::string& file);
std::vector<KeypointPicture> coco_results(const nlohmann::json& document, const std::string& file);

// Findings of keypoints that were read as being in this order.
Findings examine_keypoints(const std::vector<KeypointPicture>& pictures, const JointOrder& order, const HandModel* rest);

}  // namespace interprior
