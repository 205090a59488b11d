#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "interprior/evaluation/prior_evaluation.h"
#include "interprior/infer/prior_sampling.h"
#include "interprior/metric/plausible.h"
#include "interprior/model/evaluation_mode.h"
#include "prior_samples.h"

namespace interprior {
namespace {

constexpr int64_t kSamples = 2000;
constexpr int kFirst = 14, kLast = 24;  // in steps of 0.05
constexpr double kStep = 0.05;

}  // namespace

double calibrated_temperature(InteractionPrior prior, const TwoHands& hands, const Patterns& held_out, torch::Device device,
                              Seed seed) {
  if (held_out.size() < kMinPatternsForSamples) return 1;
  const torch::NoGradGuard no_grad;
  const EvaluationMode mode(*prior);
  const Patterns some = subsample(held_out, kSamples);
  const PatternBatch rows{some.pose, some.shape, some.translation};
  PerHand<torch::Tensor> real;
  const PerHand<HandMesh> mesh = in_right_wrist(interaction_from(rows.to(device), hands), hands);
  for (const Side side : kSides) real[side] = mesh[side].joints_in_root.to(torch::kCPU);
  const SampleSpace space = sample_space(real);
  const torch::Tensor noise = normal_tensor({some.size(), prior->config().latent}, seed, device);
  double best = 1, least = std::numeric_limits<double>::infinity();
  for (int step = kFirst; step <= kLast; ++step) {
    const double temperature = kStep * step;
    const PerHand<torch::Tensor> joints = decoded_joints(prior, hands, prior->from_aggregate(temperature * noise));
    if (!(plausible_points(joints.right) & plausible_points(joints.left)).all().item<bool>()) break;
    const double distance = frechet_distance_mm2(space, joints, real);
    if (distance < least) {
      least = distance;
      best = temperature;
    }
  }
  return best;
}

}  // namespace interprior
