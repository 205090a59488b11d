#pragma once
#include <array>
#include <string>

#include "interprior/data/patterns.h"

namespace interprior {

// What two hands do to each other, in numbers that can be compared with InterHand2.6M's.
//
// The offset is the right middle knuckle minus the left one in the left wrist's frame: MANO's axes turned with the left hand.
// There a flat left hand's fingers point to +x, its thumb lies on the side of +z, and its palm looks to -y; so the mean of y, -82
// mm, says that hands meet palm to palm.
struct PatternStatistics {
  std::array<double, 3> offset_mean{}, offset_deviation{};  // m
  std::array<double, 10> shape_deviation{};                 // of the right hand's coefficients
  double bone_low = 0, bone_high = 0;                       // m, 5th and 95th percentile of wrist to middle knuckle
  double wrist_mean = 0, wrist_deviation = 0;               // m, from wrist to wrist
};

// Throws Error when there are no patterns.
PatternStatistics pattern_statistics(const Patterns& patterns, const TwoHands& hands);

// How hands meet, measured on their surfaces (surface_contact), of at most `most` patterns spread evenly over all of them.
struct ContactStatistics {
  int64_t measured = 0;                   // patterns
  double contact = 0;                     // share whose hands come within 5 mm
  double depth_median = 0, depth_95 = 0;  // m, deepest vertex: median and 95th percentile of all measured
  double within_2mm = 0;                  // share at most 2 mm deep
  int64_t meant_to_touch = 0;             // measured patterns that a rebuilt set means to touch; 0 where it does not say
  double contact_of_meant = 0;            // share of those that come within 5 mm
};
inline constexpr int64_t kContactRows = 4096;  // some seconds
// Throws Error when there are no patterns.
ContactStatistics contact_statistics(const Patterns& patterns, const TwoHands& hands, int64_t most = kContactRows);
std::string contact_text(const ContactStatistics& measured);

// InterHand2.6M's interacting hands; shape deviations are 1.07, then 0.08 to 0.19 (0.15 here); of the wrists' distance two frames
// are known, 80 and 142 mm (0 here).
PatternStatistics interhand_statistics();

// Both, line by line, in millimetres.
std::string statistics_text(const PatternStatistics& measured);

}  // namespace interprior
