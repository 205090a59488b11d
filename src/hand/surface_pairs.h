#pragma once
#include <torch/types.h>

#include "interprior/hand/mano_layer.h"

// Vertices of one hand beside the nearest ones of the other: what overlap and contact of two surfaces are measured from.
namespace interprior {

// A vertex with none of the other hand's within this distance (m) is outside it: a finger's radius is below 1 cm, and beyond the
// open wrist every point would lie behind some normal.
inline constexpr double kSurfaceReach = 0.02;

// P vertices of one hand, each with the vertex of the other hand that is nearest: rows of (B V,3) and of (B W,3).
struct SurfacePairs {
  torch::Tensor vertex, nearest;  // (P) int64
  torch::Tensor counted;          // (P) bool: within reach and not at the rim, where the surface ends and has no inside
};

// (V,3) rows of a batch's vertices, all samples in a row.
torch::Tensor vertex_rows(const torch::Tensor& vertices);

// `nearest` (B,V) as nearest_vertices gives it; `fans` of the other hand.
SurfacePairs all_pairs(const torch::Tensor& nearest, const VertexFans& fans);
SurfacePairs chosen(const SurfacePairs& pairs, const torch::Tensor& which);  // which (P) bool

// The triangles around each nearest vertex, corners relative to it (P,R,2,3); rows not needed hold zeros.
torch::Tensor spokes(const SurfacePairs& pairs, const torch::Tensor& surface, const VertexFans& fans);

// How far each vertex lies behind the plane through its nearest, square to the normal there (P) m; negative before it.
torch::Tensor plane_depths(const SurfacePairs& pairs, const torch::Tensor& vertices, const torch::Tensor& surface,
                           const VertexFans& fans);

}  // namespace interprior
