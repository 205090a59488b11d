#include "procedural_mesh.h"

#include <torch/types.h>

#include <cmath>

#include "procedural_cage.h"

namespace interprior {
namespace {

constexpr int kRelaxations = 30, kDescent = 20;
constexpr double kLift = 0.008;  // m above the skin, start level of the relaxation

}  // namespace

torch::Tensor neighbour_mean(const torch::Tensor& values, const torch::Tensor& edges) {
  const torch::Tensor from = edges.select(1, 0), to = edges.select(1, 1);
  const torch::Tensor ones = torch::ones({to.size(0), 1}, values.options());
  const torch::Tensor degree = torch::zeros({values.size(0), 1}, values.options()).index_add_(0, to, ones);
  return torch::zeros_like(values).index_add_(0, to, values.index_select(0, from)) / degree;
}

ProceduralMesh procedural_mesh(const HandAnatomy& anatomy, const HandSurface& surface) {
  const Cage cage = split(hand_cage(anatomy));
  const int64_t count = static_cast<int64_t>(cage.vertices.size());
  torch::Tensor vertices = torch::from_blob(const_cast<Point*>(cage.vertices.data()), {count, 3}, torch::kFloat64).clone();
  std::vector<int64_t> ends;
  for (const Quad& quad : cage.quads) {
    for (size_t k = 0; k < 4; ++k) ends.insert(ends.end(), {quad[k], quad[(k + 1) % 4], quad[(k + 1) % 4], quad[k]});
  }
  const torch::Tensor edges = torch::tensor(ends).view({-1, 2});
  torch::Tensor slides = torch::zeros({count, 1}, torch::kFloat64), opening = torch::zeros({count}, torch::kBool);
  for (int64_t v = 0; v < count; ++v) {
    slides[v] = cage.free[v] ? 0.5 : 0.0;
    opening[v] = static_cast<bool>(cage.opening[v]);
  }
  const auto on_level = [&](const torch::Tensor& points, const torch::Tensor& level, int steps) {
    torch::Tensor moved = surface.project(points, level, steps);
    moved.select(1, 0).masked_fill_(opening, kWristEnd);
    return moved;
  };
  // The palm starts above the skin and is lowered onto it during the relaxation, so that no row is caught in a fold.
  const torch::Tensor ground = torch::zeros({count}, torch::kFloat64), lifted = slides.squeeze(1) * (2 * kLift);
  vertices = on_level(vertices, lifted, 4);
  for (int i = 1; i <= kRelaxations; ++i) {
    const double height = std::max(0.0, 1 - static_cast<double>(i) / kDescent);
    vertices = on_level(vertices + slides * (neighbour_mean(vertices, edges) - vertices), lifted * height, 2);
  }
  vertices = on_level(vertices, ground, 6);
  ProceduralMesh mesh;
  mesh.vertices = vertices;
  mesh.edges = edges;
  mesh.digit = cage.digit;
  std::vector<int64_t> triangles;
  const auto at = vertices.accessor<double, 2>();
  const auto length = [&](int64_t a, int64_t b) {
    return std::hypot(at[a][0] - at[b][0], at[a][1] - at[b][1], at[a][2] - at[b][2]);
  };
  for (const Quad& q : cage.quads) {
    if (length(q[0], q[2]) <= length(q[1], q[3])) {
      triangles.insert(triangles.end(), {q[0], q[1], q[2], q[0], q[2], q[3]});
    } else {
      triangles.insert(triangles.end(), {q[0], q[1], q[3], q[1], q[2], q[3]});
    }
  }
  mesh.faces = torch::tensor(triangles).view({-1, 3});
  for (int64_t digit = 0; digit < kDigits; ++digit) {
    const torch::Tensor far = (vertices - anatomy.joints[digit][3]).norm(2, {1});
    mesh.tips[digit] = far.argmin().item<int64_t>();
  }
  return mesh;
}

}  // namespace interprior
