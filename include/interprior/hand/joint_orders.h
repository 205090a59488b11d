#pragma once
#include "interprior/hand/skeleton.h"

namespace interprior {

// ours[i] = rhd[kFromRhd[i]]: wrist first, then each finger from tip to base (RHD, per hand).
inline constexpr std::array<int64_t, kJoints> kFromRhd = {0,  4, 3,  2,  1,  8,  7,  6,  5,  12, 11,
                                                          10, 9, 16, 15, 14, 13, 20, 19, 18, 17};

// An order that data sets and methods write joints in, and how it becomes ours: ours[i] = theirs[from[i]].
struct JointOrder {
  const char* name;
  const std::array<int64_t, kJoints>& from;
};
inline constexpr std::array<JointOrder, 3> kOtherJointOrders = {
    {{"InterHand2.6M's order (each finger from tip to base, wrist last)", kFromInterHand},
     {"MANO's order (wrist, index, middle, pinky, ring, thumb, then tips)", kFromMano},
     {"RHD's order (wrist first, each finger from tip to base)", kFromRhd}}};

}  // namespace interprior
