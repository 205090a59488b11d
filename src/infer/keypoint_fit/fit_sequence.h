#pragma once
#include "fit_minima.h"

namespace interprior {

// The fits of T frames of one person: a path through the frames' minima, and through what their neighbours' solutions lead to,
// along which the joints move least (Viterbi 1967); then all frames relaxed together. crop_from_camera (T,3,3): of each frame.
// motion: m, standard deviation of a joint's way from one frame to the next; batch: frames that are fitted side by side.
Solution fitted_sequence(const FitMinima& minima, const FitObservations& seen, const torch::Tensor& crop_from_camera,
                         const FitOptions& options, double motion, int64_t batch);

}  // namespace interprior
