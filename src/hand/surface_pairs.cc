#include "surface_pairs.h"

#include <torch/types.h>
#include <torch/utils.h>

namespace interprior {
namespace {

constexpr double kTiny = 1e-20;  // m^4, squared area: keeps the length of a zero normal differentiable

}  // namespace

torch::Tensor vertex_rows(const torch::Tensor& vertices) { return vertices.flatten(0, 1); }

SurfacePairs all_pairs(const torch::Tensor& nearest, const VertexFans& fans) {
  const int64_t batch = nearest.size(0), count = fans.on_rim.size(0);
  const torch::Tensor start = count * torch::arange(batch, nearest.options()).unsqueeze(1), known = nearest.clamp_min(0);
  const torch::Tensor counted = (nearest >= 0) & ~fans.on_rim.index_select(0, known.flatten()).view_as(nearest);
  return {torch::arange(nearest.numel(), nearest.options()), (known + start).flatten(), counted.flatten()};
}

SurfacePairs select_where(const SurfacePairs& pairs, const torch::Tensor& which) {
  const torch::Tensor index = which.nonzero().squeeze(1);
  return {pairs.vertex.index_select(0, index), pairs.nearest.index_select(0, index), pairs.counted.index_select(0, index)};
}

torch::Tensor spokes(const SurfacePairs& pairs, const torch::Tensor& surface, const VertexFans& fans) {
  const int64_t count = fans.on_rim.size(0);
  const torch::Tensor local = pairs.nearest.remainder(count), sample_start = (pairs.nearest - local).view({-1, 1, 1});
  const torch::Tensor corners = fans.corners.index_select(0, local) + sample_start;  // (P,R,2)
  const torch::Tensor centre = surface.index_select(0, pairs.nearest);
  return surface.index_select(0, corners.flatten()).view({corners.size(0), corners.size(1), 2, 3}) - centre.view({-1, 1, 1, 3});
}

torch::Tensor plane_depths(const SurfacePairs& pairs, const torch::Tensor& vertices, const torch::Tensor& surface,
                           const VertexFans& fans) {
  const torch::Tensor edges = spokes(pairs, surface, fans), centre = surface.index_select(0, pairs.nearest);
  const torch::Tensor normal = torch::linalg_cross(edges.select(2, 0), edges.select(2, 1)).sum(1);
  const torch::Tensor along = ((centre - vertices.index_select(0, pairs.vertex)) * normal).sum(1);
  return along / (normal.square().sum(1) + kTiny).sqrt();
}

}  // namespace interprior
