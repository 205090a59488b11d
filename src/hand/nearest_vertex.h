#pragma once
#include <torch/types.h>

#include "interprior/hand/side.h"

namespace interprior {

// For every vertex of each hand (B,V,3) the nearest vertex of the other one (B,V) int64, or -1 where none is nearer than
// `reach` (m). No gradient. On the CPU a search among the vertices near the other hand, elsewhere by the table.
PerHand<torch::Tensor> nearest_vertices(const PerHand<torch::Tensor>& vertices, double reach);

// The same from the table of all distances, some samples at a time: no branches and no host sync, for devices with many cores.
PerHand<torch::Tensor> nearest_by_table(const PerHand<torch::Tensor>& vertices, double reach);

}  // namespace interprior
