#pragma once
#include <string>
#include <vector>

#include "interprior/hand/skeleton.h"

namespace interprior {

// Index arrays `from` convert a joint order to that of hand/skeleton.h: interprior[i] = other[from[i]], per hand.
// RHD: wrist first, then each finger from tip to base.
inline constexpr std::array<int64_t, kJoints> kFromRhd = {0,  4, 3,  2,  1,  8,  7,  6,  5,  12, 11,
                                                          10, 9, 16, 15, 14, 13, 20, 19, 18, 17};
inline constexpr std::array<int64_t, kJoints> kFromPinkyFirst = {0,  17, 18, 19, 20, 13, 14, 15, 16, 9, 10,
                                                                 11, 12, 5,  6,  7,  8,  1,  2,  3,  4};
inline constexpr std::array<int64_t, kJoints> kFromPinkyTipFirst = {0,  20, 19, 18, 17, 16, 15, 14, 13, 12, 11,
                                                                    10, 9,  8,  7,  6,  5,  4,  3,  2,  1};
inline constexpr std::array<int64_t, kJoints> kFromWristLast = {20, 0,  1,  2,  3,  4,  5,  6,  7,  8, 9,
                                                                10, 11, 12, 13, 14, 15, 16, 17, 18, 19};

inline constexpr const char* kInterpriorJointOrder = "wrist first, then thumb, index, middle, ring, pinky, each from base to tip";

// A joint order of data sets and methods.
struct JointOrder {
  const char* key;   // name in files and options
  const char* name;  // description for messages
  const std::array<int64_t, kJoints>& from;
};
inline constexpr std::array<JointOrder, 6> kOtherJointOrders = {
    {{"interhand", "InterHand2.6M's order (each finger from tip to base, wrist last)", kFromInterHand},
     {"mano", "MANO's order (wrist, index, middle, pinky, ring, thumb, then tips)", kFromMano},
     {"rhd", "RHD's order (wrist first, each finger from tip to base)", kFromRhd},
     {"pinky_first", "the order pinky to thumb, each from base to tip", kFromPinkyFirst},
     {"pinky_tip_first", "the order pinky to thumb, each from tip to base", kFromPinkyTipFirst},
     {"wrist_last", "an order with the wrist last (each finger from base to tip)", kFromWristLast}}};

inline constexpr std::array<int64_t, kJoints> kFromInterprior = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10,
                                                                 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
// Names of interprior's own order. OpenPose's 21 hand keypoints, MediaPipe's hand landmarks and the hands of COCO-WholeBody have
// the same order (their output documentation; mmpose's datasets/coco_wholebody.py).
inline constexpr std::array<JointOrder, 4> kInterpriorJointOrders = {
    {{"interprior", kInterpriorJointOrder, kFromInterprior},
     {"openpose", kInterpriorJointOrder, kFromInterprior},
     {"mediapipe", kInterpriorJointOrder, kFromInterprior},
     {"coco_wholebody", kInterpriorJointOrder, kFromInterprior}}};

// All keys, those of interprior's own order first.
std::vector<std::string> joint_order_keys();
// The order of a key; nullptr if unknown.
const JointOrder* find_joint_order(const std::string& key);

}  // namespace interprior
