#pragma once
#include <torch/types.h>

#include "interprior/hand/mano_layer.h"

// Pairs of a vertex of one hand and the nearest vertex of the other hand, for surface overlap and contact.
namespace interprior {

// A vertex farther than this (m) from all vertices of the other hand counts as outside: a finger's radius is below 1 cm, and
// beyond the open wrist every point would be behind some normal.
inline constexpr double kSurfaceReach = 0.02;

// P vertices of one hand, each with the nearest vertex of the other hand: row indices into (B V,3) and (B W,3).
struct SurfacePairs {
  torch::Tensor vertex, nearest;  // (P) int64
  torch::Tensor counted;          // (P) bool: within reach, and the nearest vertex not on the rim, where there is no inside
};

// The vertices (B,V,3) of a batch as rows (B V,3).
torch::Tensor vertex_rows(const torch::Tensor& vertices);

// `nearest` (B,V): result of nearest_vertices; `fans`: those of the other hand.
SurfacePairs all_pairs(const torch::Tensor& nearest, const VertexFans& fans);
SurfacePairs select_where(const SurfacePairs& pairs, const torch::Tensor& which);  // which (P) bool

// The triangles around each nearest vertex, corners relative to that vertex (P,R,2,3); unused rows are zero.
torch::Tensor spokes(const SurfacePairs& pairs, const torch::Tensor& surface, const VertexFans& fans);

// Depth of each vertex behind the tangent plane at its nearest vertex (P) m; negative in front of the plane.
torch::Tensor plane_depths(const SurfacePairs& pairs, const torch::Tensor& vertices, const torch::Tensor& surface,
                           const VertexFans& fans);

}  // namespace interprior
