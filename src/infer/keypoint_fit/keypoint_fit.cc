#include "interprior/infer/keypoint_fit/keypoint_fit.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "fit_observations.h"
#include "fit_sequence.h"
#include "interprior/base/error.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/infer/keypoint_fit/keypoint_residual.h"
#include "interprior/infer/keypoint_fit/keypoint_sampling.h"

namespace interprior {
namespace {

constexpr int64_t kMinJoints = 6;
constexpr double kOtherMinimum = 0.01;  // m: minima nearer than this in every joint are the same
constexpr double kPoorFit = 0.5;        // mean cost per joint above which a fit with right and left swapped is tried
constexpr double kBetter = 0.85;        // ratio of mean distances from the keypoints

torch::Tensor indices(const std::vector<int64_t>& numbers, torch::Device device) { return torch::tensor(numbers).to(device); }

bool same_decoder(const torch::nn::Module& a, const torch::nn::Module& b) {
  const auto own = a.named_parameters(), others = b.named_parameters();
  for (const auto& item : own) {
    if (!item.key().starts_with("decoder.")) continue;
    const torch::Tensor* other = others.find(item.key());
    if (!other || !other->sizes().equals(item.value().sizes()) || !torch::equal(*other, item.value())) return false;
  }
  return true;
}

}  // namespace

struct KeypointFit::Impl {
  Impl(const InteractionPrior& network, const HandModel& hand, torch::Device where, const FitOptions& chosen, Sampler sampler)
      : options(chosen),
        device(where),
        hands(hand, where),
        anchor(network->config().anchor),
        minima(network, hand, where, chosen),
        cues(std::move(sampler)) {}

  std::vector<Observed> observed(const std::vector<FitTarget>& targets) const;
  FittedPair fitted(const Solution& solution, int64_t row, const Observed& target) const;
  // The cue network's prediction in the cameras of the keypoints' boxes; nullopt without a cue network.
  std::optional<FitPoint> sampled(const std::vector<FitTarget>& targets, const std::vector<Observed>& observations) const;

  FitOptions options;
  torch::Device device;
  TwoHands hands;
  Anchor anchor;
  FitMinima minima;
  Sampler cues;
};

std::optional<FitPoint> KeypointFit::Impl::sampled(const std::vector<FitTarget>& targets,
                                                   const std::vector<Observed>& observations) const {
  if (!cues) return std::nullopt;
  const SampledStart start = sampled_start(cues, targets, hands);
  std::vector<torch::Tensor> turns;
  for (const Observed& one : observations) turns.push_back(one.crop_from_camera);
  const torch::Tensor crop_from_camera = torch::stack(turns).to(device);
  const torch::Tensor root = torch::matmul(crop_from_camera, start.wrist_in_camera.to(torch::kFloat64).unsqueeze(2)).squeeze(2);
  const torch::Tensor z = root.slice(1, 2).clamp_min(kNearPlane);
  return FitPoint{minima.prior().code_of(start.state.to(torch::kFloat64)),
                  torch::matmul(crop_from_camera, start.wrist_rotation.to(torch::kFloat64)),
                  torch::cat({root.slice(1, 0, 2) / z, z.log()}, 1)};
}

std::vector<Observed> KeypointFit::Impl::observed(const std::vector<FitTarget>& targets) const {
  std::vector<Observed> all;
  for (const FitTarget& target : targets) all.push_back(observed_from(target, options.sigma));
  for (const Observed& one : all)
    require(one.joints_seen >= kMinJoints, c10::str("only ", one.joints_seen, " joints of both hands were seen"), "keypoints",
            c10::str("a fit needs ", kMinJoints));
  return all;
}

FittedPair KeypointFit::Impl::fitted(const Solution& solution, int64_t row, const Observed& target) const {
  FittedPair out;
  const Solution one = rows(solution, indices({row}, device));
  const FitPoint& point = one.point;
  const torch::Tensor single = minima.prior().state(point.code).to(torch::kFloat32);
  const Interaction interaction = interaction_from_state(single, hands, anchor);
  const torch::Tensor depth = point.place.slice(1, 2).exp();
  const HandsInCamera in_crop{pose_from(interaction, point.rotation.to(torch::kFloat32)),
                              torch::cat({point.place.slice(1, 0, 2) * depth, depth}, 1).to(torch::kFloat32)};
  const torch::Tensor camera_from_crop = target.crop_from_camera.t().to(torch::kFloat32).to(device).unsqueeze(0);
  out.hands = turned(in_crop, camera_from_crop);
  out.mano = mano_of_pair(mano_parameters(out.hands, hands), 0);
  out.hands = {to(out.hands.pose, torch::kCPU), out.hands.root_in_camera.to(torch::kCPU)};

  const JointsInCamera joints_in_crop = minima.energy().joints(point);
  const torch::Tensor in_camera = joints_in_crop.joints[0].to(torch::kCPU).matmul(target.crop_from_camera);
  const torch::Tensor moves = joints_in_crop.by_step[0], about_wrist = moves - moves.slice(0, 0, 1);
  out.joint_stddev = (about_wrist.matmul(covariance(one.model)[0]) * about_wrist)
                         .sum({1, 2})
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

KeypointFit::KeypointFit(InteractionPrior prior, const HandModel& hand, torch::Device device, const FitOptions& options)
    : KeypointFit(std::move(prior), hand, device, options, nullptr) {}

KeypointFit::KeypointFit(InteractionPrior prior, const HandModel& hand, torch::Device device, const FitOptions& options,
                         Sampler cues) {
  require(options.sigma > 0 && options.joint_sigma > 0, "a keypoint's standard deviation must be above 0", "sigma");
  require(options.finished >= 1 && options.starts >= options.finished && options.starts <= 256,
          c10::str(options.starts, " starts of which ", options.finished, " are finished"), "starts",
          "choose 1 to 256 starts, and at least as many as are finished");
  require(options.library >= options.starts,
          c10::str("a library of ", options.library, " samples for ", options.starts, " starts"), "library");
  const torch::NoGradGuard no_grad;
  prior->to(device);
  prior->eval();
  if (cues) {
    cues->to(device);
    cues->eval();
    require(same_decoder(*prior, *cues->prior()), "the cue network was trained with another prior", "cues",
            "pass the prior that it was trained with");
  }
  impl_ = std::make_unique<Impl>(prior, hand, device, options, std::move(cues));
}

KeypointFit::~KeypointFit() = default;
const TwoHands& KeypointFit::hands() const { return impl_->hands; }

std::vector<KeypointFitResult> KeypointFit::operator()(const std::vector<FitTarget>& targets) const {
  const torch::NoGradGuard no_grad;
  std::vector<KeypointFitResult> results(targets.size());
  if (targets.empty()) return results;
  const std::vector<Observed> observed = impl_->observed(targets);
  const FitObservations observations = batch_of(observed, impl_->device);
  const int64_t kept = impl_->options.finished;
  const Solution solution = impl_->minima(observations, impl_->options.starts, kept, impl_->sampled(targets, observed)).solution;
  const torch::Tensor energy = solution.model.energy.to(torch::kCPU);

  std::vector<int64_t> poor;
  for (size_t i = 0; i < targets.size(); ++i) {
    KeypointFitResult& result = results[i];
    result.box = observed[i].box;
    result.prior = impl_->options.prior;
    for (int64_t k = 0; k < kept; ++k) {
      const int64_t row = static_cast<int64_t>(i) * kept + k;
      if (!std::isfinite(energy[row].item<double>())) continue;
      FittedPair pair = impl_->fitted(solution, row, observed[i]);
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
    // Energies do not tell: seen from the other side, exchanged hands are nearly as likely.
    const FitObservations some = rows(observations, indices(poor, impl_->device));
    const FitPoint other = impl_->minima(exchanged(some), impl_->options.starts, 1).solution.point;
    const torch::Tensor joints = impl_->minima.energy().joints(other).joints.to(torch::kCPU);
    for (size_t i = 0; i < poor.size(); ++i) {
      const Observed& target = observed[static_cast<size_t>(poor[i])];
      const torch::Tensor in_camera = joints[static_cast<int64_t>(i)].matmul(target.crop_from_camera).roll(kJoints, 0);
      const double distance = target.pixel_distances(in_camera).nanmean().item<double>();
      if (!std::isfinite(distance)) continue;
      KeypointFitResult& result = results[static_cast<size_t>(poor[i])];
      result.residual_of_box_exchanged = distance / std::max(target.box.width, target.box.height);
      result.sides_exchanged = *result.residual_of_box_exchanged < kBetter * result.residual_of_box();
    }
  }
  return results;
}

std::vector<KeypointFitResult> KeypointFit::sequence(const std::vector<FitTarget>& frames, double motion, int64_t batch,
                                                     const std::function<void(int64_t)>& fitted_alone) const {
  require(motion > 0 && std::isfinite(motion), "the motion from frame to frame must be above 0", "motion");
  require(batch > 0, "the batch size must be above 0", "batch");
  const torch::NoGradGuard no_grad;
  std::vector<KeypointFitResult> results(frames.size());
  if (frames.empty()) return results;
  const std::vector<Observed> observed = impl_->observed(frames);
  std::vector<torch::Tensor> turns;
  for (const Observed& one : observed) turns.push_back(one.crop_from_camera);
  const Solution solution = fitted_sequence(impl_->minima, batch_of(observed, impl_->device),
                                            torch::stack(turns).to(impl_->device), impl_->options, {motion, batch, fitted_alone});
  for (size_t i = 0; i < frames.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    require(std::isfinite(solution.model.energy[row].item<double>()), "no start of the fit leads to finite numbers", "keypoints");
    results[i].box = observed[i].box;
    results[i].prior = impl_->options.prior;
    results[i].minima.push_back(impl_->fitted(solution, row, observed[i]));
    results[i].weights = {1};
  }
  return results;
}

}  // namespace interprior
