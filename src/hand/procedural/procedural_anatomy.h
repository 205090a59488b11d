#pragma once
#include <torch/types.h>

#include <vector>

// Dimensions of the procedural hand: an average right hand, flat, in the frame of procedural_hand.h. Tensors are float64.
namespace interprior {

inline constexpr int64_t kDigits = 5;  // thumb, index, middle, ring, pinky

struct HandAnatomy {
  torch::Tensor joints;  // (5,4,3) m: the three joints of each digit, base first, and the tip on the skin
  torch::Tensor radii;   // (5,4) m: half width of the digit at these points
  torch::Tensor dorsal;  // (5,3) unit: direction of the nail, orthogonal to the digit
};

// Phalanx lengths in the proportions of Buryanov and Kotiuk (2010), scaled to 84 mm from wrist to middle MCP joint.
const HandAnatomy& average_hand();

// A rounded cone: the soft tissue around a segment.
struct FleshCone {
  std::array<double, 3> start, end;  // m
  double start_radius, end_radius;   // m
};

// Metacarpals, thenar and hypothenar eminence, the pad below the fingers, the folds between them, and the end of the forearm.
const std::vector<FleshCone>& palm_flesh();

}  // namespace interprior
