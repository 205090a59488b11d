#pragma once
#include <array>
#include <string>

#include "interprior/data/patterns.h"

namespace interprior {

// Statistics of the relative hand placement, comparable with InterHand2.6M's.
//
// The offset is the right middle MCP joint minus the left one, in the left wrist's frame (MANO's axes rotated with the left
// hand). In this frame a flat left hand's fingers point to +x, the thumb is on the +z side, and the palm faces -y. The mean y of
// InterHand2.6M, -82 mm, therefore means that hands mostly face each other palm to palm.
struct PatternStatistics {
  std::array<double, 3> offset_mean{}, offset_deviation{};  // m
  std::array<double, 10> shape_deviation{};                 // of the right hand's shape coefficients
  double bone_low = 0, bone_high = 0;                       // m, 5th and 95th percentile of wrist to middle MCP
  double wrist_mean = 0, wrist_deviation = 0;               // m, wrist to wrist
};

// Throws Error when there are no patterns.
PatternStatistics pattern_statistics(const Patterns& patterns, const TwoHands& hands);

// Contact and penetration of the hand surfaces (surface_contact).
struct ContactStatistics {
  int64_t measured = 0;                   // number of patterns
  double contact = 0;                     // contact rate: fraction with surfaces within 5 mm
  double depth_median = 0, depth_95 = 0;  // m, deepest vertex: median and 95th percentile of all measured
  double within_2mm = 0;                  // fraction at most 2 mm deep
  int64_t meant_to_touch = 0;             // patterns with Patterns::meant_to_touch; 0 if undefined
  double contact_of_meant = 0;            // contact rate of those patterns
};
inline constexpr int64_t kContactRows = 4096;  // some seconds
// Measures at most `most` patterns, evenly spaced over the set. Throws Error when there are no patterns.
ContactStatistics contact_statistics(const Patterns& patterns, const TwoHands& hands, int64_t most = kContactRows);
std::string contact_text(const ContactStatistics& measured);

// InterHand2.6M's interacting hands. The standard deviation of shape is 1.07 for the first coefficient, then 0.08 to 0.19 (0.15
// here). The wrist distance is known of two frames only, 80 and 142 mm (0 here).
PatternStatistics interhand_statistics();

// The measured values beside InterHand2.6M's, one per line, in millimetres.
std::string statistics_text(const PatternStatistics& measured);

}  // namespace interprior
