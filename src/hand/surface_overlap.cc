#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/shape.h"
#include "interprior/hand/contact.h"
#include "nearest_vertex.h"

namespace interprior {
namespace {

// A vertex with none of the other hand's within this distance (m) is outside it: a finger's radius is below 1 cm, and beyond the
// open wrist every point would lie behind some normal.
constexpr double kReach = 0.02;
constexpr double kTiny = 1e-20;  // m^4, squared area: keeps the length of a vanished normal differentiable

// P vertices of one hand, each with the vertex of the other hand that is nearest: rows of (B V,3) and of (B W,3).
struct Pairs {
  torch::Tensor vertex, nearest;  // (P) int64
  torch::Tensor counted;          // (P), 0 or 1
};

// (V,3) rows of a batch's vertices, all samples in a row.
torch::Tensor rows(const torch::Tensor& vertices) { return vertices.flatten(0, 1); }

// How far each vertex lies behind the plane through its nearest, square to the normal there (P) m; negative before it.
torch::Tensor depths(const Pairs& pairs, const torch::Tensor& vertices, const torch::Tensor& surface, const VertexFans& fans) {
  const int64_t count = fans.on_rim.size(0);
  const torch::Tensor local = pairs.nearest.remainder(count), sample_start = (pairs.nearest - local).view({-1, 1, 1});
  const torch::Tensor corners = fans.corners.index_select(0, local) + sample_start;  // (P,R,2)
  const torch::Tensor centre = surface.index_select(0, pairs.nearest);
  const torch::Tensor spokes =
      surface.index_select(0, corners.flatten()).view({corners.size(0), corners.size(1), 2, 3}) - centre.view({-1, 1, 1, 3});
  const torch::Tensor normal = torch::linalg_cross(spokes.select(2, 0), spokes.select(2, 1)).sum(1);
  const torch::Tensor along = ((centre - vertices.index_select(0, pairs.vertex)) * normal).sum(1);
  return along / (normal.square().sum(1) + kTiny).sqrt();
}

Pairs all_pairs(const torch::Tensor& nearest, const VertexFans& fans) {
  const int64_t batch = nearest.size(0), count = fans.on_rim.size(0);
  const torch::Tensor start = count * torch::arange(batch, nearest.options()).unsqueeze(1), known = nearest.clamp_min(0);
  // Where the surface ends it has no inside.
  const torch::Tensor counted = (nearest >= 0) & ~fans.on_rim.index_select(0, known.flatten()).view_as(nearest);
  return {torch::arange(nearest.numel(), nearest.options()), (known + start).flatten(), counted.flatten()};
}

Pairs chosen(const Pairs& pairs, const torch::Tensor& which) {
  const torch::Tensor index = which.nonzero().squeeze(1);
  return {pairs.vertex.index_select(0, index), pairs.nearest.index_select(0, index), pairs.counted.index_select(0, index)};
}

// Sum of squared depths of one hand's vertices in the other.
torch::Tensor squared_depths(const torch::Tensor& nearest, const torch::Tensor& vertices, const torch::Tensor& surface,
                             const VertexFans& fans) {
  Pairs pairs = all_pairs(nearest, fans);
  if (vertices.is_cpu()) {  // elsewhere the choice would wait for the device, and a vertex too many costs nothing
    const torch::NoGradGuard no_grad;
    pairs = chosen(pairs, pairs.counted);
    pairs = chosen(pairs, depths(pairs, vertices, surface, fans) > 0);
  }
  const torch::Tensor depth = torch::relu(depths(pairs, vertices, surface, fans));
  return (depth.square() * pairs.counted).sum();
}

}  // namespace

torch::Tensor surface_overlap(const PerHand<HandMesh>& mesh, const TwoHands& hands) {
  const torch::Tensor& right = mesh.right.vertices_in_root;
  const torch::Tensor& left = mesh.left.vertices_in_root;
  ShapeCheck check("surface_overlap");
  check(right, "right vertices", {"B", hands.layer.right.vertex_count(), 3});
  check(left, "left vertices", {"B", hands.layer.left.vertex_count(), 3});
  // Which vertex is nearest changes in jumps, and between them not at all: the derivative through the depth alone is exact.
  const PerHand<torch::Tensor> nearest = nearest_vertices({right.detach(), left.detach()}, kReach);
  const torch::Tensor sum = squared_depths(nearest.right, rows(right), rows(left), hands.layer.left.fans()) +
                            squared_depths(nearest.left, rows(left), rows(right), hands.layer.right.fans());
  return sum / std::max<int64_t>(right.size(0), 1);
}

torch::Tensor penetration_loss(const PerHand<HandMesh>& mesh, const TwoHands& hands) {
  return capsule_overlap({mesh.right.joints_in_root, mesh.left.joints_in_root}) + surface_overlap(mesh, hands);
}

}  // namespace interprior
