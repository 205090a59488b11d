#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "interprior/base/shape.h"
#include "interprior/hand/contact.h"
#include "nearest_vertex.h"
#include "surface_pairs.h"

namespace interprior {
namespace {

constexpr double kTiny = 1e-20;  // m^2 or m^4: a triangle without area is treated as its corner

torch::Tensor along_both(const torch::Tensor& a, const torch::Tensor& b) { return (a * b).sum(-1, true); }

// The point of segment a + s b, s in [0,1], nearest to the origin.
torch::Tensor nearest_on_segment(const torch::Tensor& a, const torch::Tensor& b) {
  return a + b * (-along_both(a, b) / along_both(b, b).clamp_min(kTiny)).clamp(0, 1);
}

// The point of each triangle nearest to the origin (...,3), from a corner and its two edges.
torch::Tensor nearest_on_triangle(const torch::Tensor& corner, const torch::Tensor& b, const torch::Tensor& c) {
  const torch::Tensor normal = torch::linalg_cross(b, c), area = along_both(normal, normal);
  // Barycentric coordinates of the origin's projection onto the plane.
  const torch::Tensor u = along_both(torch::linalg_cross(-corner, c), normal),
                      v = along_both(torch::linalg_cross(b, -corner), normal);
  const torch::Tensor inside = (u >= 0) & (v >= 0) & (u + v <= area) & (area > kTiny);
  torch::Tensor best = nearest_on_segment(corner, b);
  for (const torch::Tensor& other : {nearest_on_segment(corner, c), nearest_on_segment(corner + b, c - b)})
    best = torch::where(along_both(other, other) < along_both(best, best), other, best);
  return torch::where(inside, normal * (along_both(corner, normal) / area.clamp_min(kTiny)), best);
}

// Signed distance of each vertex from the surface around its nearest vertex (P) m, negative inside.
torch::Tensor signed_distances(const SurfacePairs& pairs, const torch::Tensor& vertices, const torch::Tensor& surface,
                               const VertexFans& fans) {
  const torch::Tensor edges = spokes(pairs, surface, fans), b = edges.select(2, 0), c = edges.select(2, 1);
  const torch::Tensor corner = surface.index_select(0, pairs.nearest) - vertices.index_select(0, pairs.vertex);
  const torch::Tensor points = nearest_on_triangle(corner.unsqueeze(1).expand_as(b), b, c);  // (P,R,3)
  const auto [squared, row] = points.square().sum(-1).min(1);
  const torch::Tensor point = points.gather(1, row.view({-1, 1, 1}).expand({-1, 1, 3})).squeeze(1);
  const torch::Tensor normal = torch::linalg_cross(b, c).sum(1);
  return torch::where((point * normal).sum(-1) > 0, -squared.sqrt(), squared.sqrt());  // the skin is on the normal's side
}

// The minimum signed distance of a hand's vertices per sample (B); infinite if none is within reach.
torch::Tensor least_distance(const torch::Tensor& nearest, const torch::Tensor& vertices, const torch::Tensor& surface,
                             const VertexFans& fans) {
  SurfacePairs pairs = all_pairs(nearest, fans);
  pairs = select_where(pairs, pairs.counted);
  const torch::Tensor least = torch::full({nearest.size(0)}, std::numeric_limits<double>::infinity(), vertices.options());
  return least.scatter_reduce(0, pairs.vertex.div(nearest.size(1), "floor"), signed_distances(pairs, vertices, surface, fans),
                              "amin");
}

struct Closeness {
  torch::Tensor right, left;       // vertices of all samples, concatenated
  PerHand<torch::Tensor> nearest;  // (B,V)
};

Closeness closeness_of(const PerHand<HandMesh>& mesh, const TwoHands& hands, const char* function) {
  const torch::Tensor& right = mesh.right.vertices_in_root;
  const torch::Tensor& left = mesh.left.vertices_in_root;
  ShapeCheck check(function);
  check(right, "right vertices", {"B", hands.layer.right.vertex_count(), 3});
  check(left, "left vertices", {"B", hands.layer.left.vertex_count(), 3});
  return {vertex_rows(right), vertex_rows(left), nearest_vertices({right.detach(), left.detach()}, kSurfaceReach)};
}

// ContactTerms of one hand's vertices: its part of `overlap`, and the gap of the vertex nearest to the other hand.
struct OneSided {
  torch::Tensor overlap, gap, distance;  // (B); distance: of that vertex to its nearest vertex, infinite if there is none
};

OneSided one_sided(const torch::Tensor& nearest, const torch::Tensor& vertices, const torch::Tensor& surface,
                   const VertexFans& fans, double allowed_depth) {
  const int64_t batch = nearest.size(0), count = nearest.size(1);
  const SurfacePairs all = all_pairs(nearest, fans);
  OneSided side;
  {
    const torch::NoGradGuard no_grad;
    const torch::Tensor squared = (surface.index_select(0, all.nearest) - vertices.index_select(0, all.vertex)).square().sum(1);
    side.distance = torch::where(all.counted, squared, std::numeric_limits<double>::infinity()).view({batch, count});
  }
  const auto [least, closest] = side.distance.min(1);
  side.distance = least;
  const torch::Tensor row = closest + count * torch::arange(batch, closest.options());
  const SurfacePairs contact = {row, all.nearest.index_select(0, row), all.counted.index_select(0, row)};
  side.gap = torch::where(contact.counted, -plane_depths(contact, vertices, surface, fans), 0.0);
  const auto excess = [&](const SurfacePairs& pairs) {
    return torch::relu(plane_depths(pairs, vertices, surface, fans) - allowed_depth);
  };
  if (!vertices.is_cpu()) {  // on a GPU selecting vertices would synchronise with the host; extra vertices cost little
    side.overlap = (excess(all).square() * all.counted).view({batch, count}).sum(1);
    return side;
  }
  SurfacePairs deep = select_where(all, all.counted);
  {
    const torch::NoGradGuard no_grad;
    deep = select_where(deep, excess(deep) > 0);
  }
  side.overlap = torch::zeros({batch}, vertices.options()).index_add(0, deep.vertex.div(count, "floor"), excess(deep).square());
  return side;
}

}  // namespace

SurfaceContact surface_contact(const PerHand<HandMesh>& mesh, const TwoHands& hands) {
  const torch::NoGradGuard no_grad;
  const Closeness closeness = closeness_of(mesh, hands, "surface_contact");
  const torch::Tensor least =
      torch::minimum(least_distance(closeness.nearest.right, closeness.right, closeness.left, hands.layer.left.fans()),
                     least_distance(closeness.nearest.left, closeness.left, closeness.right, hands.layer.right.fans()));
  return {(-least).clamp_min(0), least.clamp_min(0)};
}

ContactTerms contact_terms(const PerHand<HandMesh>& mesh, const TwoHands& hands, double allowed_depth) {
  // The index of the nearest vertex is piecewise constant, so the gradient through the depths alone is exact.
  const Closeness closeness = closeness_of(mesh, hands, "contact_terms");
  const OneSided right =
      one_sided(closeness.nearest.right, closeness.right, closeness.left, hands.layer.left.fans(), allowed_depth);
  const OneSided left =
      one_sided(closeness.nearest.left, closeness.left, closeness.right, hands.layer.right.fans(), allowed_depth);
  return {right.overlap + left.overlap, torch::where(left.distance < right.distance, left.gap, right.gap)};
}

}  // namespace interprior
