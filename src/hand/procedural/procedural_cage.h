#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "procedural_anatomy.h"

namespace interprior {

inline constexpr double kWristEnd = 0.016;  // m, x of the opening
inline constexpr int64_t kPalm = -1;        // Cage::digit of vertices that belong to no digit

using Point = std::array<double, 3>;
using Quad = std::array<int64_t, 4>;

// A control cage of quadrilaterals near the skin, open at the wrist, counter-clockwise seen from outside.
struct Cage {
  std::vector<Point> vertices;  // m
  std::vector<int64_t> digit;   // digit of each vertex: 0..4 or kPalm
  std::vector<bool> free;       // may slide along the skin when the mesh is relaxed
  std::vector<bool> opening;    // on the wrist's boundary
  std::vector<Quad> quads;

  int64_t add(const Point& vertex, int64_t owner, bool is_free, bool on_opening = false);
};

// Five lines and six rows on the back and on the palm side, a prism of rings for each digit.
Cage hand_cage(const HandAnatomy& anatomy);

// Subdivides each quadrilateral into four. A new vertex belongs to a digit if one of its parents does.
Cage split(const Cage& coarse);

}  // namespace interprior
