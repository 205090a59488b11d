#pragma once
#include "fit_minima.h"

namespace interprior {

// Fits T frames of one person. Candidates are each frame's minima and those reached from its neighbours' solutions; the path with
// least energy and motion is chosen (Viterbi 1967), then all frames are refined jointly. crop_from_camera (T,3,3), one per frame.
// motion: m, standard deviation of a joint's displacement between frames; batch: frames fitted at a time.
Solution fitted_sequence(const FitMinima& minima, const FitObservations& observations, const torch::Tensor& crop_from_camera,
                         const FitOptions& options, double motion, int64_t batch);

}  // namespace interprior
