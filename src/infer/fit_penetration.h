#pragma once
#include "fit_solver.h"
#include "interprior/hand/mano_layer.h"

namespace interprior {

// The same fits, moved by what it takes that no vertex of a hand lies deep in the other, along the directions that cost the energy
// least: steps of a Polyak length on surface_tension's overlap, in the metric of the energy's curvature. Rows where `both` (B) bool
// does not hold, and hands that are apart, stay as they are.
Solution resolved(const FitEnergy& energy, const Solution& solution, const FitObservations& seen, const torch::Tensor& both,
                  const StatePrior& prior, Anchor anchor, const TwoHands& hands);

}  // namespace interprior
