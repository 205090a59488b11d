#pragma once
#include <cmath>

#include "interprior/hand/side.h"

namespace interprior {

// Mean over the hands that are not NaN.
inline double mean_of_hands(const PerHand<double>& hands) {
  if (std::isnan(hands.right)) return hands.left;
  return std::isnan(hands.left) ? hands.right : (hands.right + hands.left) / 2;
}

}  // namespace interprior
