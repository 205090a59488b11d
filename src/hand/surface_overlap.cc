#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/shape.h"
#include "interprior/hand/contact.h"
#include "nearest_vertex.h"
#include "surface_pairs.h"

namespace interprior {
namespace {

// Sum of squared depths of one hand's vertices in the other hand.
torch::Tensor squared_depths(const torch::Tensor& nearest, const torch::Tensor& vertices, const torch::Tensor& surface,
                             const VertexFans& fans) {
  SurfacePairs pairs = all_pairs(nearest, fans);
  if (vertices.is_cpu()) {  // on a GPU selecting vertices would synchronise with the host; extra vertices cost little
    const torch::NoGradGuard no_grad;
    pairs = select_where(pairs, pairs.counted);
    pairs = select_where(pairs, plane_depths(pairs, vertices, surface, fans) > 0);
  }
  const torch::Tensor depth = torch::relu(plane_depths(pairs, vertices, surface, fans));
  return (depth.square() * pairs.counted).sum();
}

}  // namespace

torch::Tensor surface_overlap(const PerHand<HandMesh>& mesh, const TwoHands& hands) {
  const torch::Tensor& right = mesh.right.vertices_in_root;
  const torch::Tensor& left = mesh.left.vertices_in_root;
  ShapeCheck check("surface_overlap");
  check(right, "right vertices", {"B", hands.layer.right.vertex_count(), 3});
  check(left, "left vertices", {"B", hands.layer.left.vertex_count(), 3});
  // The index of the nearest vertex is piecewise constant, so the gradient through the depth alone is exact.
  const PerHand<torch::Tensor> nearest = nearest_vertices({right.detach(), left.detach()}, kSurfaceReach);
  const torch::Tensor sum = squared_depths(nearest.right, vertex_rows(right), vertex_rows(left), hands.layer.left.fans()) +
                            squared_depths(nearest.left, vertex_rows(left), vertex_rows(right), hands.layer.right.fans());
  return sum / std::max<int64_t>(right.size(0), 1);
}

torch::Tensor penetration_loss(const PerHand<HandMesh>& mesh, const TwoHands& hands) {
  return capsule_overlap({mesh.right.joints_in_root, mesh.left.joints_in_root}) + surface_overlap(mesh, hands);
}

}  // namespace interprior
