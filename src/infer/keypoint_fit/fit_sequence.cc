#include "fit_sequence.h"

#include <torch/types.h>

#include <algorithm>
#include <vector>

#include "interprior/geometry/camera.h"

namespace interprior {
namespace {

constexpr int64_t kNeighbourSteps = 12, kRounds = 6, kRoundSteps = 4;
// Effective number of independent joints: the 42 joints' displacements between frames are correlated.
constexpr double kIndependentJoints = 6;
constexpr double kShapeDeviation = 0.02;  // standard deviation of a coefficient about the sequence's mean

// The same hands in another camera with the same centre; b_from_a (B,3,3).
FitPoint turned(const FitPoint& point, const torch::Tensor& b_from_a) {
  const torch::Tensor depth = point.place.slice(1, 2).exp();
  const torch::Tensor root =
      torch::matmul(b_from_a, torch::cat({point.place.slice(1, 0, 2) * depth, depth}, 1).unsqueeze(2)).squeeze(2);
  const torch::Tensor z = root.slice(1, 2).clamp_min(kNearPlane);
  return {point.code, torch::matmul(b_from_a, point.rotation), torch::cat({root.slice(1, 0, 2) / z, z.log()}, 1)};
}

// Fits in batches of `batch` rows.
Solution minimised_in_parts(const FitEnergy& energy, const FitPoint& start, const FitObservations& observations, int64_t steps,
                            int64_t batch) {
  std::vector<Solution> parts;
  for (int64_t begin = 0; begin < start.code.size(0); begin += batch) {
    const torch::Tensor index =
        torch::arange(begin, std::min(begin + batch, start.code.size(0)), start.code.options().dtype(torch::kInt64));
    parts.push_back(minimised(energy, rows(start, index), rows(observations, index), steps));
  }
  return joined(parts);
}

// Indices (T) of the cheapest path through C candidates per frame, with energies (T,C) and joints in the image's camera
// (T,C,42,3).
std::vector<int64_t> cheapest_path(const torch::Tensor& energy, const torch::Tensor& joints, double weight) {
  const int64_t frames = energy.size(0), candidates = energy.size(1);
  // A non-finite candidate must be avoided and must not make the others' costs NaN.
  const auto finite = [](const torch::Tensor& cost) { return torch::nan_to_num(cost, 1e300, 1e300, 1e300); };
  torch::Tensor cost = finite(energy[0]);
  std::vector<torch::Tensor> from;
  for (int64_t t = 1; t < frames; ++t) {
    const torch::Tensor way = (joints[t].unsqueeze(0) - joints[t - 1].unsqueeze(1)).square().sum({2, 3});  // (C before,C now)
    const auto [least, before] = (cost.unsqueeze(1) + 0.5 * weight * finite(way)).min(0);
    from.push_back(before.to(torch::kCPU));
    cost = least + finite(energy[t]);
  }
  std::vector<int64_t> path(static_cast<size_t>(frames));
  path.back() = cost.argmin().item<int64_t>();
  for (int64_t t = frames - 1; t > 0; --t)
    path[static_cast<size_t>(t - 1)] = from[static_cast<size_t>(t - 1)][path[static_cast<size_t>(t)]].item<int64_t>();
  for (int64_t& one : path) one = std::clamp<int64_t>(one, 0, candidates - 1);
  return path;
}

}  // namespace

Solution fitted_sequence(const FitMinima& minima, const FitObservations& alone, const torch::Tensor& crop_from_camera,
                         const FitOptions& options, double motion, int64_t batch) {
  const FitEnergy energy = minima.energy();
  const torch::Device device = alone.point.device();
  const int64_t frames = alone.point.size(0), kept = options.finished;
  const double weight = kIndependentJoints / static_cast<double>(kPairJoints) / (motion * motion);
  const torch::Tensor all = torch::arange(frames, torch::kInt64).to(device);
  const auto joints_in_image = [&](const FitPoint& point, const torch::Tensor& frame) {
    return torch::matmul(energy.joints(point).joints, crop_from_camera.index_select(0, frame));
  };

  // Candidates of each frame: its own minima, and the minima reached from its neighbours' best ones.
  FitObservations observations = alone;
  std::vector<Solution> found;
  std::vector<torch::Tensor> sigma;
  for (int64_t begin = 0; begin < frames; begin += batch) {
    const Minima some = minima(rows(alone, all.slice(0, begin, begin + batch)), options.starts, kept);
    found.push_back(some.solution);
    sigma.push_back(some.sigma);
  }
  observations.sigma = torch::cat(sigma);
  const Solution own = joined(found);
  std::vector<Solution> candidates;
  for (int64_t k = 0; k < kept; ++k) candidates.push_back(rows(own, all * kept + k));
  for (const int64_t step : {-1, 1}) {
    const torch::Tensor neighbour = (all + step).clamp(0, frames - 1);
    const torch::Tensor here_from_there =
        torch::matmul(crop_from_camera, crop_from_camera.index_select(0, neighbour).transpose(1, 2));
    const FitPoint start = turned(rows(own.point, neighbour * kept), here_from_there);
    candidates.push_back(minimised_in_parts(energy, start, observations, kNeighbourSteps, batch));
  }
  std::vector<torch::Tensor> energies, places;
  for (const Solution& one : candidates) energies.push_back(torch::nan_to_num(one.model.energy, 1e300, 1e300, 1e300));
  for (const Solution& one : candidates) places.push_back(joints_in_image(one.point, all));
  const std::vector<int64_t> path = cheapest_path(torch::stack(energies, 1), torch::stack(places, 1), weight);
  FitPoint point = rows(joined(candidates).point, torch::tensor(path).to(device) * frames + all);

  const auto with_neighbours = [&](const torch::Tensor& some) {
    const torch::Tensor joints = joints_in_image(point, all);
    const torch::Tensor before = (some > 0).to(joints.scalar_type()), after = (some < frames - 1).to(joints.scalar_type());
    const torch::Tensor count = before + after;
    const torch::Tensor sum = joints.index_select(0, (some - 1).clamp_min(0)) * before.view({-1, 1, 1}) +
                              joints.index_select(0, (some + 1).clamp_max(frames - 1)) * after.view({-1, 1, 1});
    FitObservations out = rows(observations, some);
    out.beside = torch::matmul(sum / count.clamp_min(1).view({-1, 1, 1}), crop_from_camera.index_select(0, some).transpose(1, 2));
    out.beside_weight = weight * count;
    out.shape = shapes_of(minima.prior().state(point.code)).mean(0, true).expand({some.size(0), -1});
    out.shape_weight = torch::full_like(out.sigma, 1 / (kShapeDeviation * kShapeDeviation));
    return out;
  };
  // Every second frame is optimised while the others are fixed.
  for (int64_t round = 0; round < kRounds; ++round)
    for (int64_t parity = 0; parity < std::min<int64_t>(2, frames); ++parity) {
      const torch::Tensor moving = all.slice(0, parity, frames, 2);
      const Solution relaxed = minimised_in_parts(energy, rows(point, moving), with_neighbours(moving), kRoundSteps, batch);
      for (const auto member : kPointTensors) (point.*member).index_copy_(0, moving, relaxed.point.*member);
    }
  return minimised_in_parts(energy, point, with_neighbours(all), 0, batch);
}

}  // namespace interprior
