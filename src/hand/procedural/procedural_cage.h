#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "procedural_anatomy.h"

namespace interprior {

inline constexpr double kWristEnd = 0.016;  // m, x of the opening
inline constexpr int64_t kPalm = -1;        // the owner of vertices that belong to no digit

using Point = std::array<double, 3>;
using Quad = std::array<int64_t, 4>;

// A closed surface of quadrilaterals (but for the wrist), counter-clockwise seen from outside, near the skin, not on it.
struct Cage {
  std::vector<Point> vertices;  // m
  std::vector<int64_t> digit;   // owner of each vertex: 0..4 or kPalm
  std::vector<bool> free;       // may slide along the skin when the mesh is relaxed
  std::vector<bool> opening;    // on the edge of the wrist
  std::vector<Quad> quads;

  int64_t add(const Point& vertex, int64_t owner, bool is_free, bool on_opening = false);
};

// Five lines and six rows on the back and on the palm, a prism of rings for each digit.
Cage hand_cage(const HandAnatomy& anatomy);

// Each quadrilateral becomes four. A new vertex belongs to a digit when one of its parents does.
Cage split(const Cage& coarse);

}  // namespace interprior
