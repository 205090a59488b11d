#include "interprior/infer/keypoint_fit.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fit_observations.h"
#include "fit_solver.h"
#include "fit_starts.h"
#include "interprior/base/error.h"
#include "interprior/infer/keypoint_residual.h"

namespace interprior {
namespace {

constexpr int64_t kScreeningSteps = 5, kFitSteps = 25, kResidualSteps = 15;
constexpr int64_t kSigmaUpdates = 2;
constexpr double kLeastSigma = 0.15, kMostSigma = 1.5;  // of the first one
constexpr int64_t kFewestJoints = 6;
constexpr double kOtherMinimum = 0.01;   // m: minima nearer than this in every joint are one
constexpr double kPoorFit = 0.5;         // mean cost of a joint above which right and left are tried exchanged
constexpr double kFarBetter = 0.5;       // of the energy

torch::Tensor indices(const std::vector<int64_t>& numbers, torch::Device device) { return torch::tensor(numbers).to(device); }

// The `kept` rows of lowest energy of each of B groups of rows, the best first.
torch::Tensor best_of_groups(const torch::Tensor& energy, int64_t groups, int64_t kept) {
  const torch::Tensor by_group = torch::nan_to_num(energy, 1e300, 1e300, 1e300).view({groups, -1});
  const torch::Tensor order = std::get<1>(by_group.sort(/*stable=*/true, 1, false)).slice(1, 0, kept);
  return (order + torch::arange(groups, order.options()).unsqueeze(1) * by_group.size(1)).flatten();
}

torch::Tensor each_repeated(int64_t rows, int64_t times, torch::Device device) {
  return torch::arange(rows, torch::kInt64).repeat_interleave(times).to(device);
}

}  // namespace

struct KeypointFit::Impl {
  Impl(InteractionPrior network, const HandModel& hand, torch::Device where, const FitOptions& chosen)
      : options(chosen),
        device(where),
        hands(hand, where),
        anchor(network->config().anchor),
        first(network, chosen.prior == FitPrior::residual ? FitPrior::code : chosen.prior, where),
        full(network, chosen.prior, where),
        joints(hand, anchor, where),
        starts(first, joints, chosen.library, Seed{chosen.seed}.derive("fit"), where) {}

  // `kept` minima of each row of `seen`, row by row, the best first.
  Solution solved(const FitObservations& seen, int64_t tried, int64_t kept) const {
    const int64_t batch = seen.point.size(0);
    const FitEnergy energy(first, joints, options.joint_sigma, false), wide(full, joints, options.joint_sigma, false),
        last(full, joints, options.joint_sigma, true);
    const Solution screened =
        minimised(energy, starts(seen, tried), rows(seen, each_repeated(batch, tried, device)), kScreeningSteps);
    const torch::Tensor promising = best_of_groups(screened.model.energy, batch, kept);
    FitObservations repeated = rows(seen, each_repeated(batch, kept, device));
    Solution solution = minimised(energy, rows(screened.point, promising), repeated, kFitSteps);
    if (full.size() != first.size()) {
      const torch::Tensor nothing = torch::zeros({batch * kept, full.size() - first.size()}, solution.point.code.options());
      solution.point.code = torch::cat({solution.point.code, nothing}, 1);
      solution = minimised(wide, solution.point, repeated, kResidualSteps);
    }
    const torch::Tensor first_sigma = repeated.sigma;
    for (int64_t i = 0; i < kSigmaUpdates; ++i) {
      // One value for all minima of a pair, the best one's, or their energies could not be compared.
      const torch::Tensor best = best_of_groups(solution.model.energy, batch, 1).repeat_interleave(kept);
      repeated.sigma = estimated_sigma(solution.model, repeated.sigma).index_select(0, best);
      repeated.sigma = torch::min(torch::max(repeated.sigma, kLeastSigma * first_sigma), kMostSigma * first_sigma);
      solution = minimised(last, solution.point, repeated, kResidualSteps);
    }
    const torch::Tensor order = best_of_groups(solution.model.energy, batch, kept);
    return rows(solution, order);
  }

  FittedPair fitted(const Solution& solution, int64_t row, const Observed& target, const torch::Tensor& covariances) const;

  FitOptions options;
  torch::Device device;
  TwoHands hands;
  Anchor anchor;
  StatePrior first, full;
  PairJointModel joints;
  FitStarts starts;
};

FittedPair KeypointFit::Impl::fitted(const Solution& solution, int64_t row, const Observed& target,
                                     const torch::Tensor& covariances) const {
  FittedPair out;
  const FitPoint point = rows(solution.point, indices({row}, device));
  const torch::Tensor single = full.state(point.code).to(torch::kFloat32);
  const Interaction interaction = interaction_from_state(single, hands, anchor);
  const torch::Tensor depth = point.place.slice(1, 2).exp();
  const HandsInCamera in_crop{pose_from(interaction, point.rotation.to(torch::kFloat32)),
                              torch::cat({point.place.slice(1, 0, 2) * depth, depth}, 1).to(torch::kFloat32)};
  const torch::Tensor camera_from_crop = target.crop_from_camera.t().to(torch::kFloat32).to(device).unsqueeze(0);
  out.hands = turned(in_crop, camera_from_crop);
  out.hands = {to(out.hands.pose, torch::kCPU), out.hands.root_in_camera.to(torch::kCPU)};

  const torch::Tensor joints_in_crop = solution.model.joints_in_camera[row].to(torch::kCPU);
  const torch::Tensor in_camera = joints_in_crop.matmul(target.crop_from_camera);
  const torch::Tensor moves = solution.model.joints_by_step[row], about_wrist = moves - moves.slice(0, 0, 1);
  out.spread = torch::einsum("jcs,st,jct->j", {about_wrist, covariances[row], about_wrist})
                   .clamp_min(0)
                   .sqrt()
                   .view({2, kJoints})
                   .to(torch::kCPU);
  const torch::Tensor distance = target.pixel_distances(in_camera);
  for (const Side side : kSides) {
    const int64_t begin = static_cast<int64_t>(side) * kJoints;
    out.joints_in_camera[side] = in_camera.slice(0, begin, begin + kJoints).to(torch::kFloat32);
    out.residual[side] = distance.slice(0, begin, begin + kJoints);
  }
  out.energy = solution.model.energy[row].item<double>();
  out.code = point.code.square().mean().sqrt().item<double>();
  return out;
}

double KeypointFitResult::residual_of_box() const { return KeypointResidual{best().residual, box}.of_box(); }

std::vector<std::string> KeypointFitResult::disagreements() const {
  return KeypointResidual{best().residual, box}.disagreements();
}

KeypointFit::KeypointFit(InteractionPrior prior, const HandModel& hand, torch::Device device, const FitOptions& options) {
  require(options.sigma > 0 && options.joint_sigma > 0, "a keypoint's standard deviation must be above 0", "sigma");
  require(options.finished >= 1 && options.starts >= options.finished && options.starts <= 256,
          c10::str(options.starts, " starts of which ", options.finished, " are finished"), "starts",
          "choose 1 to 256 starts, and at least as many as are finished");
  require(options.library >= options.starts, c10::str("a library of ", options.library, " draws for ", options.starts, " starts"),
          "library");
  const torch::NoGradGuard no_grad;
  prior->to(device);
  prior->eval();
  impl_ = std::make_unique<Impl>(std::move(prior), hand, device, options);
}

KeypointFit::~KeypointFit() = default;
const TwoHands& KeypointFit::hands() const { return impl_->hands; }

std::vector<KeypointFitResult> KeypointFit::operator()(const std::vector<FitTarget>& targets) const {
  const torch::NoGradGuard no_grad;
  std::vector<KeypointFitResult> results(targets.size());
  if (targets.empty()) return results;
  std::vector<Observed> observed;
  for (const FitTarget& target : targets) observed.push_back(observed_from(target, impl_->options.sigma));
  for (const Observed& one : observed)
    require(one.joints_seen >= kFewestJoints, c10::str("of both hands only ", one.joints_seen, " joints were seen"), "keypoints",
            c10::str("a fit needs ", kFewestJoints));
  const FitObservations seen = batch_of(observed, impl_->device);
  const int64_t kept = impl_->options.finished;
  const Solution solution = impl_->solved(seen, impl_->options.starts, kept);
  const torch::Tensor covariances = covariance(solution.model), energy = solution.model.energy.to(torch::kCPU);

  std::vector<int64_t> poor;
  for (size_t i = 0; i < targets.size(); ++i) {
    KeypointFitResult& result = results[i];
    result.box = observed[i].box;
    result.prior = impl_->options.prior;
    for (int64_t k = 0; k < kept; ++k) {
      const int64_t row = static_cast<int64_t>(i) * kept + k;
      if (!std::isfinite(energy[row].item<double>())) continue;
      FittedPair pair = impl_->fitted(solution, row, observed[i], covariances);
      const bool known = std::any_of(result.minima.begin(), result.minima.end(), [&](const FittedPair& other) {
        double farthest = 0;
        for (const Side side : kSides)
          farthest =
              std::max(farthest, (pair.joints_in_camera[side] - other.joints_in_camera[side]).norm(2, {1}).max().item<double>());
        return farthest < kOtherMinimum;
      });
      if (!known) result.minima.push_back(std::move(pair));
    }
    require(!result.minima.empty(), "no start of the fit leads to finite numbers", "keypoints");
    double sum = 0;
    for (const FittedPair& pair : result.minima) {
      result.weights.push_back(std::exp(result.minima.front().energy - pair.energy));
      sum += result.weights.back();
    }
    for (double& weight : result.weights) weight /= sum;
    if (result.minima.front().energy > kPoorFit * static_cast<double>(observed[i].joints_seen))
      poor.push_back(static_cast<int64_t>(i));
  }
  if (!poor.empty()) {
    const FitObservations some = rows(seen, indices(poor, impl_->device));
    const torch::Tensor other = impl_->solved(exchanged(some), impl_->options.starts, 1).model.energy.to(torch::kCPU);
    for (size_t i = 0; i < poor.size(); ++i) {
      KeypointFitResult& result = results[static_cast<size_t>(poor[i])];
      result.sides_exchanged = other[static_cast<int64_t>(i)].item<double>() < kFarBetter * result.minima.front().energy;
    }
  }
  return results;
}

}  // namespace interprior
