#pragma once
#include <array>

namespace interprior {

enum class Side { right = 0, left = 1 };  // index in stacked arrays
inline constexpr std::array<Side, 2> kSides = {Side::right, Side::left};

inline Side other(Side side) { return side == Side::right ? Side::left : Side::right; }
inline const char* side_name(Side side) { return side == Side::right ? "right" : "left"; }

template <class T>
struct PerHand {
  T right, left;
  T& operator[](Side side) { return side == Side::right ? right : left; }
  const T& operator[](Side side) const { return side == Side::right ? right : left; }
};

}  // namespace interprior
