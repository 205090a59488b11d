#pragma once
#include <array>
#include <cstdint>

// Joint names, parents and orders. The order used throughout: 21 joints, wrist first, then each finger from base to tip.
namespace interprior {

inline constexpr int64_t kJoints = 21;
inline constexpr int64_t kManoJoints = 16;
inline constexpr int64_t kWrist = 0;
inline constexpr int64_t kMiddleMcp = 9;
inline constexpr std::array<int64_t, 5> kTips = {4, 8, 12, 16, 20};  // thumb .. pinky

inline constexpr std::array<const char*, kJoints> kJointNames = {
    "wrist",   "thumb_1",   "thumb_2",  "thumb_3",  "thumb_tip", "index_1",    "index_2",
    "index_3", "index_tip", "middle_1", "middle_2", "middle_3",  "middle_tip", "ring_1",
    "ring_2",  "ring_3",    "ring_tip", "pinky_1",  "pinky_2",   "pinky_3",    "pinky_tip"};
inline constexpr std::array<int64_t, kJoints> kParents = {-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19};

// MANO's own 16 joints: wrist, then index, middle, pinky, ring, thumb.
inline constexpr std::array<int64_t, kManoJoints> kManoParents = {-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14};

// interprior[i] = mano[kFromMano[i]], where mano is MANO's 16 joints followed by 5 tips (thumb .. pinky).
inline constexpr std::array<int64_t, kJoints> kFromMano = {0, 13, 14, 15, 16, 1,  2, 3, 17, 4, 5,
                                                           6, 18, 10, 11, 12, 19, 7, 8, 9,  20};

// interhand[i] = interprior[kToInterHand[i]], per hand (InterHand2.6M: tip to base per finger, wrist last).
inline constexpr std::array<int64_t, kJoints> kToInterHand = {4, 3,  2,  1,  8,  7,  6,  5,  12, 11, 10,
                                                              9, 16, 15, 14, 13, 20, 19, 18, 17, 0};
// interprior[i] = interhand[kFromInterHand[i]].
inline constexpr std::array<int64_t, kJoints> kFromInterHand = {20, 3, 2,  1,  0,  7,  6,  5,  4,  11, 10,
                                                                9,  8, 15, 14, 13, 12, 19, 18, 17, 16};

// MANO vertices of the finger tips, thumb .. pinky, as defined by the two-hand benchmark.
inline constexpr std::array<int64_t, 5> kManoTipVertices = {745, 317, 444, 556, 673};

}  // namespace interprior
