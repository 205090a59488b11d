#include "fit_sequence.h"

#include <torch/types.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "interprior/geometry/camera.h"

namespace interprior {
namespace {

constexpr int64_t kNeighbourSteps = 12, kRounds = 6, kRoundSteps = 4;
// A minimum that few frames have found spreads by one frame per round, until the path's energy decreases by less than
// kSpreadGain.
constexpr int64_t kSpreadRounds = 10;
constexpr double kSpreadGain = 0.1;
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

// One fit of every frame.
struct Candidate {
  FitPoint point;                // T rows
  torch::Tensor energy, joints;  // (T), finite; (T,42,3) m in the image's camera
};

struct Path {
  std::vector<int64_t> candidate;  // of each frame
  double energy = 0;
};

// The cheapest path through the candidates of all frames.
Path cheapest_path(const std::vector<Candidate>& candidates, double weight) {
  std::vector<torch::Tensor> energies, places;
  for (const Candidate& one : candidates) energies.push_back(one.energy);
  for (const Candidate& one : candidates) places.push_back(one.joints);
  const torch::Tensor energy = torch::stack(energies, 1), joints = torch::stack(places, 1);  // (T,C), (T,C,42,3)
  const int64_t frames = energy.size(0), count = energy.size(1);
  torch::Tensor cost = energy[0];
  std::vector<torch::Tensor> from;
  for (int64_t t = 1; t < frames; ++t) {
    const torch::Tensor way = (joints[t].unsqueeze(0) - joints[t - 1].unsqueeze(1)).square().sum({2, 3});  // (C before,C now)
    // A non-finite candidate must be avoided and must not make the others' costs NaN.
    const auto [least, before] = (cost.unsqueeze(1) + 0.5 * weight * torch::nan_to_num(way, 1e300, 1e300, 1e300)).min(0);
    from.push_back(before.to(torch::kCPU));
    cost = least + energy[t];
  }
  Path path{std::vector<int64_t>(static_cast<size_t>(frames)), cost.min().item<double>()};
  path.candidate.back() = cost.argmin().item<int64_t>();
  for (int64_t t = frames - 1; t > 0; --t)
    path.candidate[static_cast<size_t>(t - 1)] =
        from[static_cast<size_t>(t - 1)][path.candidate[static_cast<size_t>(t)]].item<int64_t>();
  for (int64_t& one : path.candidate) one = std::clamp<int64_t>(one, 0, count - 1);
  return path;
}

Candidate along(const Path& path, const std::vector<Candidate>& candidates) {
  const int64_t frames = candidates.front().energy.size(0);
  const torch::Tensor index =
      (torch::tensor(path.candidate) * frames + torch::arange(frames, torch::kInt64)).to(candidates.front().energy.device());
  const auto chosen = [&](const auto& member_of) {
    std::vector<torch::Tensor> all;
    for (const Candidate& one : candidates) all.push_back(member_of(one));
    return torch::cat(all).index_select(0, index);
  };
  Candidate out;
  for (const auto member : kPointTensors) out.point.*member = chosen([&](const Candidate& one) { return one.point.*member; });
  out.energy = chosen([](const Candidate& one) { return one.energy; });
  out.joints = chosen([](const Candidate& one) { return one.joints; });
  return out;
}

class SequenceFit {
 public:
  SequenceFit(const FitMinima& minima, const FitObservations& alone, const torch::Tensor& crop_from_camera,
              const SequenceOptions& options)
      : minima_(minima),
        energy_(minima.energy()),
        observations_(alone),
        crop_from_camera_(crop_from_camera),
        weight_(kIndependentJoints / static_cast<double>(kPairJoints) / (options.motion * options.motion)),
        batch_(options.batch),
        frames_(alone.point.size(0)),
        fitted_alone_(options.fitted_alone),
        all_(torch::arange(frames_, torch::kInt64).to(alone.point.device())) {}

  // A path through each frame's minima and those reached from its neighbours' solutions.
  FitPoint path(const FitOptions& options);
  // Optimises every second frame while the others are fixed, in turn.
  Solution relaxed(const FitPoint& start) const;

 private:
  torch::Tensor joints_in_image(const FitPoint& point) const {
    return torch::matmul(energy_.joints(point).joints, crop_from_camera_);
  }
  Candidate candidate(const Solution& solution) const {
    return {solution.point, torch::nan_to_num(solution.model.energy, 1e300, 1e300, 1e300), joints_in_image(solution.point)};
  }
  // Fits every frame alone and estimates its sigma.
  std::vector<Candidate> own_minima(const FitOptions& options);
  // Minima reached from the solutions `step` frames later.
  Candidate from_neighbours(const FitPoint& point, int64_t step) const;
  // Observations of the frames `some` with the motion from their neighbours' joints.
  FitObservations with_neighbours(const FitPoint& point, const torch::Tensor& some) const;

  const FitMinima& minima_;
  FitEnergy energy_;
  FitObservations observations_;
  torch::Tensor crop_from_camera_;
  double weight_;
  int64_t batch_, frames_;
  std::function<void(int64_t)> fitted_alone_;
  torch::Tensor all_;
};

std::vector<Candidate> SequenceFit::own_minima(const FitOptions& options) {
  const int64_t kept = options.finished;
  std::vector<Solution> found;
  std::vector<torch::Tensor> sigma;
  for (int64_t begin = 0; begin < frames_; begin += batch_) {
    const Minima some = minima_(rows(observations_, all_.slice(0, begin, begin + batch_)), options.starts, kept);
    found.push_back(some.solution);
    sigma.push_back(some.sigma);
    if (fitted_alone_) fitted_alone_(std::min(begin + batch_, frames_));
  }
  observations_.sigma = torch::cat(sigma);
  const Solution own = joined(found);
  std::vector<Candidate> candidates;
  for (int64_t k = 0; k < kept; ++k) candidates.push_back(candidate(rows(own, all_ * kept + k)));
  return candidates;
}

Candidate SequenceFit::from_neighbours(const FitPoint& point, int64_t step) const {
  const torch::Tensor neighbour = (all_ + step).clamp(0, frames_ - 1);
  const torch::Tensor here_from_there =
      torch::matmul(crop_from_camera_, crop_from_camera_.index_select(0, neighbour).transpose(1, 2));
  return candidate(
      minimised_in_parts(energy_, turned(rows(point, neighbour), here_from_there), observations_, kNeighbourSteps, batch_));
}

FitPoint SequenceFit::path(const FitOptions& options) {
  std::vector<Candidate> candidates = own_minima(options);
  FitPoint point = candidates.front().point;
  double energy = std::numeric_limits<double>::infinity();
  for (int64_t round = 0; round < kSpreadRounds; ++round) {
    for (const int64_t step : {-1, 1}) candidates.push_back(from_neighbours(point, step));
    const Path path = cheapest_path(candidates, weight_);
    Candidate chosen = along(path, candidates);
    point = chosen.point;
    if (!(path.energy < energy - kSpreadGain)) break;
    energy = path.energy;
    candidates.erase(candidates.begin() + options.finished, candidates.end());
    candidates.push_back(std::move(chosen));
  }
  return point;
}

FitObservations SequenceFit::with_neighbours(const FitPoint& point, const torch::Tensor& some) const {
  const torch::Tensor joints = joints_in_image(point);
  const torch::Tensor before = (some > 0).to(joints.scalar_type()), after = (some < frames_ - 1).to(joints.scalar_type());
  const torch::Tensor count = before + after;
  const torch::Tensor sum = joints.index_select(0, (some - 1).clamp_min(0)) * before.view({-1, 1, 1}) +
                            joints.index_select(0, (some + 1).clamp_max(frames_ - 1)) * after.view({-1, 1, 1});
  FitObservations out = rows(observations_, some);
  out.beside = torch::matmul(sum / count.clamp_min(1).view({-1, 1, 1}), crop_from_camera_.index_select(0, some).transpose(1, 2));
  out.beside_weight = weight_ * count;
  out.shape = shapes_of(minima_.prior().state(point.code)).mean(0, true).expand({some.size(0), -1});
  out.shape_weight = torch::full_like(out.sigma, 1 / (kShapeDeviation * kShapeDeviation));
  return out;
}

Solution SequenceFit::relaxed(const FitPoint& start) const {
  FitPoint point;
  for (const auto member : kPointTensors) point.*member = (start.*member).clone();
  for (int64_t round = 0; round < kRounds; ++round)
    for (int64_t parity = 0; parity < std::min<int64_t>(2, frames_); ++parity) {
      const torch::Tensor moving = all_.slice(0, parity, frames_, 2);
      const Solution solution =
          minimised_in_parts(energy_, rows(point, moving), with_neighbours(point, moving), kRoundSteps, batch_);
      for (const auto member : kPointTensors) (point.*member).index_copy_(0, moving, solution.point.*member);
    }
  return minimised_in_parts(energy_, point, with_neighbours(point, all_), 0, batch_);
}

}  // namespace

Solution fitted_sequence(const FitMinima& minima, const FitObservations& observations, const torch::Tensor& crop_from_camera,
                         const FitOptions& options, const SequenceOptions& sequence) {
  SequenceFit fit(minima, observations, crop_from_camera, sequence);
  return fit.relaxed(fit.path(options));
}

}  // namespace interprior
