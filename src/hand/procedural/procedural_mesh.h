#pragma once
#include <torch/types.h>

#include <array>
#include <vector>

#include "procedural_surface.h"

namespace interprior {

// The right hand's skin as a mesh of regular rings and rows, open at the wrist.
struct ProceduralMesh {
  torch::Tensor vertices;       // (V,3) m, float64
  torch::Tensor faces;          // (F,3) int64, counter-clockwise seen from outside
  torch::Tensor edges;          // (E,2) int64, both directions, of the quadrilaterals that were split into the faces
  std::vector<int64_t> digit;   // per vertex: 0..4, or -1 on the palm
  std::array<int64_t, 5> tips;  // thumb .. pinky
};

// The mean of a per-vertex quantity (V,...) over each vertex's neighbours.
torch::Tensor neighbour_mean(const torch::Tensor& values, const torch::Tensor& edges);

// A coarse cage of quadrilaterals (palm rows, one prism per digit), subdivided once and projected onto the surface.
ProceduralMesh procedural_mesh(const HandAnatomy& anatomy, const HandSurface& surface);

}  // namespace interprior
