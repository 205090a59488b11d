#pragma once
#include <functional>

#include "fit_minima.h"

namespace interprior {

struct SequenceOptions {
  double motion = 0.01;                       // m, standard deviation of a joint's displacement between frames
  int64_t batch = 1;                          // frames fitted at a time
  std::function<void(int64_t)> fitted_alone;  // called with the number of frames that have been fitted alone, or empty
};

// Fits T frames of one person. Candidates are each frame's minima and those reached from its neighbours' solutions; the path with
// least energy and motion is chosen (Viterbi 1967), then all frames are refined jointly. crop_from_camera (T,3,3), one per frame.
Solution fitted_sequence(const FitMinima& minima, const FitObservations& observations, const torch::Tensor& crop_from_camera,
                         const FitOptions& options, const SequenceOptions& sequence);

}  // namespace interprior
