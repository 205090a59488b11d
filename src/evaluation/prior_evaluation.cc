#include "interprior/evaluation/prior_evaluation.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "interprior/base/error.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/skeleton.h"
#include "interprior/infer/prior_sampling.h"
#include "interprior/metric/plausible.h"
#include "interprior/model/evaluation_mode.h"
#include "prior_samples.h"

namespace interprior {
namespace {

constexpr int64_t kChunk = 512;
constexpr double kActiveVariance = 0.01;
constexpr double kMillimetres = 1000;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Interaction interactions(const Patterns& patterns, int64_t begin, int64_t end, const TwoHands& hands, torch::Device device) {
  const PatternBatch batch{patterns.pose.slice(0, begin, end), patterns.shape.slice(0, begin, end),
                           patterns.translation.slice(0, begin, end)};
  return interaction_from(batch.to(device), hands);
}

// Distances of points (N,P,3): mean over points, sum over the samples with `counts` (N), mm.
double summed_mm(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& counts) {
  const torch::Tensor distance = (a - b).to(torch::kFloat64).norm(2, {-1}).mean(1);
  return kMillimetres * distance.masked_fill(counts.logical_not(), 0).sum().item<double>();
}

torch::Tensor about_knuckle(const torch::Tensor& points, const HandMesh& mesh) {
  return points - mesh.joints_in_root.narrow(1, kMiddleMcp, 1);
}

// Mean of interactions, accumulated chunk by chunk: chordal mean of rotations, arithmetic mean of the rest.
class MeanInteraction {
 public:
  void add(const Interaction& interaction) {
    const auto parts = parts_of(interaction);
    sums_.resize(parts.size());
    for (size_t i = 0; i < parts.size(); ++i) {
      const torch::Tensor sum = parts[i].to(torch::kFloat64).sum(0, /*keepdim=*/true);
      sums_[i] = sums_[i].defined() ? sums_[i] + sum : sum;
    }
    count_ += interaction.left_in_right.size(0);
  }
  Interaction mean(int64_t rows) const {
    const auto part = [&](size_t i) {
      const torch::Tensor mean = sums_[i] / count_;
      std::vector<int64_t> sizes = mean.sizes().vec();
      sizes[0] = rows;
      return (i < 3 ? nearest_rotation(mean) : mean).to(torch::kFloat32).expand(sizes);
    };
    Interaction mean;
    mean.fingers = {part(0), part(1)};
    mean.left_from_right = part(2);
    mean.shape = {part(3), part(4)};
    mean.left_in_right = part(5);
    return mean;
  }

 private:
  static std::array<torch::Tensor, 6> parts_of(const Interaction& of) {
    return {of.fingers.right, of.fingers.left, of.left_from_right, of.shape.right, of.shape.left, of.left_in_right};
  }
  std::vector<torch::Tensor> sums_;
  int64_t count_ = 0;
};

}  // namespace

PriorEvaluation evaluate_prior(InteractionPrior prior, const TwoHands& hands, const Patterns& patterns, torch::Device device,
                               int64_t samples, Seed seed) {
  const int64_t count = patterns.size();
  require(count > 0, "no patterns to evaluate the prior on", "patterns", "choose another file or split");
  const torch::NoGradGuard no_grad;
  const EvaluationMode mode(*prior);
  prior->to(device);
  MeanInteraction average;
  for (int64_t begin = 0; begin < count; begin += kChunk)
    average.add(interactions(patterns, begin, std::min(begin + kChunk, count), hands, device));

  PriorEvaluation sum;
  std::vector<torch::Tensor> means;
  PerHand<std::vector<torch::Tensor>> joints, rebuilt_joints;
  for (int64_t begin = 0; begin < count; begin += kChunk) {
    const Interaction truth = interactions(patterns, begin, std::min(begin + kChunk, count), hands, device);
    const Latent latent = prior->encode(truth, hands);
    means.push_back(latent.mean.to(torch::kCPU, torch::kFloat64));
    const PerHand<HandMesh> actual = in_right_wrist(truth, hands);
    const PerHand<HandMesh> rebuilt = in_right_wrist(prior->decode(latent.mean, hands), hands);
    const PerHand<HandMesh> average_mesh = in_right_wrist(average.mean(latent.mean.size(0)), hands);
    const torch::Tensor plausible =
        torch::stack({plausible_points(rebuilt.right.vertices_in_root), plausible_points(rebuilt.left.vertices_in_root)});
    const torch::Tensor counts = plausible.all(0), everything = torch::ones_like(counts);
    sum.implausible_hands += plausible.logical_not().sum().item<int64_t>();
    sum.implausible_samples += counts.logical_not().sum().item<int64_t>();
    for (const Side side : kSides) {
      const HandMesh &a = actual[side], &b = rebuilt[side];
      joints[side].push_back(a.joints_in_root.to(torch::kCPU));
      rebuilt_joints[side].push_back(b.joints_in_root.to(torch::kCPU));
      sum.joint_mm += summed_mm(a.joints_in_root, b.joints_in_root, counts);
      sum.vertex_mm += summed_mm(a.vertices_in_root, b.vertices_in_root, counts);
      sum.joint_per_hand_mm += summed_mm(about_knuckle(a.joints_in_root, a), about_knuckle(b.joints_in_root, b), counts);
      sum.vertex_per_hand_mm += summed_mm(about_knuckle(a.vertices_in_root, a), about_knuckle(b.vertices_in_root, b), counts);
      sum.mean_pattern_joint_mm += summed_mm(a.joints_in_root, average_mesh[side].joints_in_root, everything);
    }
  }
  sum.samples = count - sum.implausible_samples;
  for (double PriorEvaluation::*member : {&PriorEvaluation::joint_mm, &PriorEvaluation::vertex_mm,
                                          &PriorEvaluation::joint_per_hand_mm, &PriorEvaluation::vertex_per_hand_mm})
    sum.*member = sum.samples > 0 ? sum.*member / (2.0 * static_cast<double>(sum.samples)) : kNaN;
  sum.mean_pattern_joint_mm /= 2.0 * static_cast<double>(count);
  sum.active_dimensions = torch::cat(means).var(0, /*unbiased=*/false).gt(kActiveVariance).sum().item<int64_t>();
  sum.sampled = evaluate_samples(prior, hands, {torch::cat(joints.right), torch::cat(joints.left)},
                                 {torch::cat(rebuilt_joints.right), torch::cat(rebuilt_joints.left)}, samples, seed, device);
  return sum;
}

}  // namespace interprior
