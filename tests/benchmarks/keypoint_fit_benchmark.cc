#include <torch/types.h>
#include <torch/utils.h>

#include <chrono>
#include <cstdio>

#include "interprior/data/patterns.h"
#include "interprior/geometry/rotation.h"
#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/model/checkpoint.h"

// keypoint_fit_benchmark PRIOR HAND PATTERNS COUNT NOISE_PX KIND STARTS FINISHED: seconds and errors of fits to projected joints.
int main(int count, char** arguments) {
  using namespace interprior;
  if (count < 9) return 2;
  torch::set_num_threads(1);
  const InteractionPrior prior = load_prior(arguments[1]);
  const HandModel hand = read_hand_model(arguments[2]);
  const Patterns patterns = first(of_split(read_patterns(arguments[3]), "test"), std::stoll(arguments[4]));
  const double noise = std::stod(arguments[5]);
  FitOptions options;
  for (const auto& [kind, name] : EnumNames<FitPrior>::table())
    if (name == arguments[6]) options.prior = kind;
  options.starts = std::stoll(arguments[7]);
  options.finished = std::stoll(arguments[8]);
  if (count > 9) options.sigma = std::stod(arguments[9]);
  const auto begin = std::chrono::steady_clock::now();
  const KeypointFit fit(prior, hand, torch::kCPU, options);
  const auto ready = std::chrono::steady_clock::now();
  const TwoHands& hands = fit.hands();
  const Interaction truth = interaction_from(PatternBatch{patterns.pose, patterns.shape, patterns.translation}, hands);
  const int64_t n = patterns.size();
  std::vector<torch::Tensor> turns, roots;
  std::vector<FitTarget> targets;
  for (int64_t i = 0; i < n; ++i) {
    Random random(Seed{7}.derive(static_cast<uint64_t>(i)));
    turns.push_back(random_rotation(random).to(torch::kFloat32));
  }
  const PerHand<HandMesh> mesh = hands(pose_from(truth, torch::stack(turns)));
  PerHand<torch::Tensor> joints;
  std::vector<torch::Tensor> middles;
  for (int64_t i = 0; i < n; ++i) {
    const torch::Tensor both = torch::cat({mesh.right.joints_in_root[i], mesh.left.joints_in_root[i]});
    middles.push_back(torch::tensor({0.f, 0.f, 0.9f}) - both.mean(0));
  }
  const torch::Tensor root = torch::stack(middles);
  for (const Side side : kSides) joints[side] = mesh[side].joints_in_root + root.unsqueeze(1);
  const Pinhole camera{1260, 1260, 255.5, 255.5, 512, 512};
  for (int64_t i = 0; i < n; ++i) {
    FitTarget target;
    target.camera = camera;
    Random random(Seed{8}.derive(static_cast<uint64_t>(i)));
    for (const Side side : kSides) {
      HandKeypoints one;
      for (int64_t j = 0; j < kJoints; ++j) {
        const torch::Tensor x = joints[side][i][j];
        const auto [u, v] = camera.project({x[0].item<double>(), x[1].item<double>(), x[2].item<double>()});
        one.joints[static_cast<size_t>(j)] = {u + noise * random.normal(), v + noise * random.normal(), 1};
      }
      target.keypoints.hand[side] = one;
    }
    targets.push_back(target);
  }
  double error = 0, relative = 0, energy = 0, box = 0, pixel = 0;
  int64_t bad = 0;
  const auto start = std::chrono::steady_clock::now();
  std::vector<KeypointFitResult> all;
  for (int64_t i = 0; i < n; i += 16) {
    const std::vector<FitTarget> some(targets.begin() + i, targets.begin() + std::min(n, i + 16));
    for (KeypointFitResult& one : fit(some)) all.push_back(std::move(one));
  }
  const auto stop = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < n; ++i) {
    const FittedPair& best = all[static_cast<size_t>(i)].minima.front();
    double own = 0;
    for (const Side side : kSides) {
      const torch::Tensor a = joints[side][i], b = best.joints_in_camera[side];
      own += 500 * ((a - a[9]) - (b - b[9])).norm(2, {1}).mean().item<double>();
      pixel += 0.5 * best.residual[side].mean().item<double>() / static_cast<double>(n);
    }
    error += own / static_cast<double>(n);
    bad += own > 30;
    relative += 1000 / static_cast<double>(n) *
                ((joints.left[i][0] - joints.right[i][0]) - (best.joints_in_camera.left[0] - best.joints_in_camera.right[0]))
                    .norm()
                    .item<double>();
    energy += best.energy / static_cast<double>(n);
    box += all[static_cast<size_t>(i)].box.width / static_cast<double>(n);
  }
  const auto seconds = [](auto a, auto b) { return std::chrono::duration<double>(b - a).count(); };
  std::printf(
      "%s noise %.0f: joints %.2f mm, relative wrist %.1f mm, residual %.2f px of a box of %.0f, energy %.1f, above 30 mm %lld "
      "of %lld; "
      "ready %.2f s, %.3f s an image\n",
      arguments[6], noise, error, relative, pixel, box, energy, static_cast<long long>(bad), static_cast<long long>(n),
      seconds(begin, ready), seconds(start, stop) / static_cast<double>(n));
  return 0;
}
