#include "interprior/objective/cues.h"

#include <torch/types.h>

#include <limits>

namespace interprior {
namespace {

// Vertices of both hands as one set (B,P,3), frame root.
torch::Tensor all_vertices(const PerHand<HandMesh>& mesh) {
  return torch::cat({mesh.right.vertices_in_root, mesh.left.vertices_in_root}, 1);
}

// Low and high corner of points (B,P,2), each (B,2).
std::pair<torch::Tensor, torch::Tensor> extent(const torch::Tensor& points) { return {points.amin(1), points.amax(1)}; }

// Blurs maps (B,C,G,G) by a Gaussian of standard deviation sigma (B) in cells; at the border, its weights still sum to 1.
torch::Tensor smeared(const torch::Tensor& maps, const torch::Tensor& sigma) {
  const int64_t grid = maps.size(3);
  const torch::Tensor place = torch::arange(grid, maps.options());
  const torch::Tensor distance = (place.unsqueeze(0) - place.unsqueeze(1)).square().unsqueeze(0);
  const torch::Tensor weights = torch::exp(-distance / (2 * sigma.clamp_min(0.05).square()).view({-1, 1, 1}));
  const torch::Tensor kernel = weights / weights.sum(1, /*keepdim=*/true);  // (B,G from,G to)
  const auto along_rows = [&](const torch::Tensor& some) {
    return torch::bmm(some.flatten(1, 2), kernel).unflatten(1, {-1, grid}).transpose(2, 3);
  };
  return along_rows(along_rows(maps));
}

// Maps (B,2*C,G,G) of two hands, each mixed with the other hand's by a share (B) of 0 to 1/2.
torch::Tensor mixed_up(const torch::Tensor& maps, const torch::Tensor& share) {
  const int64_t half = maps.size(1) / 2;
  const torch::Tensor other = torch::cat({maps.slice(1, half), maps.slice(1, 0, half)}, 1);
  return torch::lerp(maps, other, share.view({-1, 1, 1, 1}));
}

}  // namespace

PlacedHands place_before_camera(const PerHand<HandMesh>& mesh, int64_t crop_size, double jitter, RowSeed seed) {
  const torch::Tensor points = all_vertices(mesh);
  const auto options = points.options();
  const int64_t batch = points.size(0);
  const auto uniform = [&](const char* name, int64_t count) {
    return uniform_tensor({batch, count}, seed.derive(name), options.device());
  };
  const auto [low, high] = extent(points);
  const torch::Tensor middle = (low + high) / 2;
  torch::Tensor root = -middle;
  root.select(1, 2) += (0.7 + 0.7 * uniform("distance", 1)).squeeze(1);
  const auto on_plane = [&points](const torch::Tensor& at) {  // (B,P,2) at depth 1
    const torch::Tensor placed = points + at.unsqueeze(1);
    return placed.slice(2, 0, 2) / placed.slice(2, 2, 3).clamp_min(kNearPlane);
  };
  const auto depth = (root + middle).slice(1, 2, 3);
  // Nearer points project farther out than the box's centre implies: centre again, on the projected points.
  const auto [seen_low, seen_high] = extent(on_plane(root));
  root.slice(1, 0, 2) -= (seen_low + seen_high) / 2 * depth;
  const auto [left_top, right_bottom] = extent(on_plane(root));
  const torch::Tensor side = (right_bottom - left_top).amax(1, /*keepdim=*/true) / 0.8;
  root.slice(1, 0, 2) += jitter * (2 * uniform("shift", 2) - 1) * side * depth;
  const double size = static_cast<double>(crop_size);
  const torch::Tensor focal = size / (side * (1 + jitter * (2 * uniform("scale", 1) - 1)));
  return {root, Camera{focal.expand({-1, 2}).contiguous(), torch::full({batch, 2}, (size - 1) / 2, options),
                       torch::eye(3, options).expand({batch, 3, 3})}};
}

torch::Tensor splatted_masks(const torch::Tensor& points_in_camera, const Camera& camera, int64_t crop_size, int64_t grid) {
  const int64_t batch = points_in_camera.size(0), cells = grid * grid;
  const torch::Tensor pixels = camera.project(points_in_camera.flatten(1, 2)).unflatten(1, {2, -1});
  const double stride = static_cast<double>(crop_size) / static_cast<double>(grid);
  const torch::Tensor cell = ((pixels + 0.5) / stride).floor();
  const torch::Tensor inside = (cell >= 0).logical_and(cell < static_cast<double>(grid)).all(-1);
  const torch::Tensor index = (cell.select(-1, 1) * static_cast<double>(grid) + cell.select(-1, 0)).to(torch::kInt64);
  constexpr float kFar = std::numeric_limits<float>::infinity();
  // Points outside go to one extra cell, which is dropped.
  const torch::Tensor at = torch::where(inside, index, torch::full_like(index, cells));
  const torch::Tensor depth = torch::full({batch, 2, cells + 1}, kFar, points_in_camera.options())
                                  .scatter_reduce(2, at, points_in_camera.select(-1, 2), "amin")
                                  .slice(2, 0, cells);
  const torch::Tensor nearest = depth.amin(1, /*keepdim=*/true);
  return ((depth == nearest) & (depth < kFar)).to(torch::kFloat32).view({batch, 2, grid, grid});
}

Features computed_cues(const CueNoiseConfig& noise, const SamplerConfig& model, const SamplerTruth& truth, RowSeed seed) {
  const torch::NoGradGuard no_grad;
  const int64_t batch = truth.tau.size(0), grid = model.grid();
  const torch::Device device = truth.tau.device();
  const auto uniform = [&](const char* name, torch::IntArrayRef shape) {
    return uniform_tensor(shape, seed.derive(name), device);
  };
  const torch::Tensor unsure = noise.blur * uniform("unsure", {batch});  // fractions of the crop
  const torch::Tensor in_cells = unsure * static_cast<double>(grid);
  const torch::Tensor mixed = 0.5 * (uniform("mixed", {batch}) < noise.swapped) * uniform("mixture", {batch});

  Features cues;
  const torch::Tensor off = normal_tensor({batch, 42, 2}, seed.derive("places"), device);
  const torch::Tensor places = truth.joints_in_image + off * unsure.view({-1, 1, 1}) * static_cast<double>(model.image_size);
  const torch::Tensor rate = noise.missing * uniform("rate", {batch, 1});
  const torch::Tensor found = uniform("found", {batch, 42}) >= rate;
  const torch::Tensor maps =
      heatmap_target(model.heatmap, {places, truth.joints_in_camera, found, truth.visible}, model.image_size, grid).maps;
  cues.iah = smeared(maps, in_cells);
  if (maps.size(1) == 42) cues.iah = mixed_up(cues.iah, mixed);
  cues.mask = mixed_up(smeared(truth.mask, in_cells), mixed).clamp(0, 1);
  cues.mask_logit = torch::logit(cues.mask, 1e-4);
  cues.tau = truth.tau + noise.tau * normal_tensor({batch, 3}, seed.derive("tau"), device);
  return cues;
}

}  // namespace interprior
