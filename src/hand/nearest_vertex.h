#pragma once
#include <torch/types.h>

#include "interprior/hand/side.h"

namespace interprior {

// For each vertex of each hand (B,V,3) the index of the nearest vertex of the other hand (B,V) int64, or -1 if none is nearer
// than `reach` (m). No gradient. On the CPU a search among the vertices near the other hand, otherwise nearest_by_table.
PerHand<torch::Tensor> nearest_vertices(const PerHand<torch::Tensor>& vertices, double reach);

// The same from the full distance table, some samples at a time: no branches and no host sync, for GPUs.
PerHand<torch::Tensor> nearest_by_table(const PerHand<torch::Tensor>& vertices, double reach);

}  // namespace interprior
