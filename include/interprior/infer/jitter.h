#pragma once
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <optional>

#include "interprior/hand/side.h"

namespace interprior {

// Jitter of a sequence: the mean over joints and frames of | x(t+1) - 2 x(t) + x(t-1) |, the distance in mm between a joint and
// the place to which its motion between the two frames before would have taken it, per frame. This is the acceleration measure
// of human motion papers (Kanazawa et al., "Learning 3D Human Dynamics from Video", CVPR 2019), in mm per frame^2 and without
// ground truth. It depends on the frame rate, and real motion contributes to it.
class Jitter {
 public:
  // The joints (21,3) of the next frame, m. A hand counts where it is present in three frames in a row.
  void add(const PerHand<torch::Tensor>& joints_in_camera, const PerHand<bool>& present = {true, true});
  // mm; none before a hand was present in three frames in a row.
  std::optional<double> mean() const;

 private:
  PerHand<std::array<torch::Tensor, 2>> last_;  // of the last frame and of the one before; undefined: absent
  double sum_ = 0;                              // mm
  int64_t count_ = 0;
};

}  // namespace interprior
