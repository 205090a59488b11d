#include "interprior/infer/evaluation.h"

#include <torch/types.h>

#include "interprior/base/error.h"

namespace interprior {
namespace {

Metrics baseline_metrics(Protocol protocol, const HandSet& baseline, const HandSet& truth, const TwoHands& hands) {
  return summarise(protocol, sample_errors(protocol, baseline, truth, hands));
}

}  // namespace

Evaluation evaluate(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                    const std::map<std::string, int64_t>& skipped) {
  Evaluation evaluation;
  evaluation.skipped = skipped;
  const auto skip = [&](const char* reason, int64_t count) {
    if (count > 0) evaluation.skipped[reason] += count;
  };
  HandSet predicted = joined(predictions, truth), actual = truth;
  if (rule_of(protocol).both_hands) {
    const torch::Tensor both = valid_meshes(truth).all(1).nonzero().squeeze(1);
    require(both.numel() > 0, "no sample has the meshes of both hands, which the protocol " + name_of(protocol) + " measures",
            "truth", "choose the protocol interwild or internet for pictures of one hand");
    skip("not_both_hands", truth.size() - both.numel());
    if (both.numel() < truth.size()) {
      predicted = rows(predicted, both);
      actual = rows(actual, both);
    }
  }
  evaluation.errors = sample_errors(protocol, predicted, actual, hands);
  evaluation.metrics = summarise(protocol, evaluation.errors);
  skip("no_valid_joint", actual.size() - evaluation.metrics.samples);
  evaluation.mean_pose = evaluation.mean_pose_true_wrist = not_measured(protocol);
  if (actual.has_parameters()) {
    evaluation.mean_pose = baseline_metrics(protocol, mean_pose_baseline(actual, hands), actual, hands);
    evaluation.mean_pose_true_wrist = baseline_metrics(protocol, mean_pose_true_wrist_baseline(actual, hands), actual, hands);
  }
  return evaluation;
}

}  // namespace interprior
