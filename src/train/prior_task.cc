#include "interprior/train/prior_task.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/infer/prior_evaluation.h"
#include "interprior/train/run_description.h"
#include "validation_numbers.h"

namespace interprior {
namespace {

// Patterns that normalisation and aggregated posterior are taken from: enough for means and covariances.
constexpr int64_t kPatternsForStatistics = 20000;

// Spread over the set, whose sources and modalities stand one after another.
PatternBatch rows_for_statistics(const Patterns& training) {
  const Patterns some = thinned(training, kPatternsForStatistics);
  return {some.pose, some.shape, some.translation};
}

}  // namespace

PriorTask::PriorTask(const PriorTrainConfig& config, const HandModel& hand, const Patterns& training, Patterns held_out,
                     torch::Device device)
    : config_(config),
      hands_(hand, device),
      some_(rows_for_statistics(training)),
      held_out_(std::move(held_out)),
      device_(device) {
  torch::manual_seed(Seed{static_cast<uint64_t>(config.seed)}.derive("weights").value >> 1);
  prior_ = InteractionPrior(config.model);
  prior_->to(device);

  torch::NoGradGuard no_grad;
  const Interaction interaction = seen();
  torch::Tensor states = state_from(interaction, hands_, config.model.anchor);
  if (config.data.mirror) states = torch::cat({states, state_from(mirrored(interaction), hands_, config.model.anchor)});
  prior_->set_normalisation(states);
}

Terms PriorTask::losses(const PatternBatch& batch, const Step& step) {
  Interaction truth;
  {
    torch::NoGradGuard no_grad;
    truth = interaction_from(batch, hands_);
    if (config_.data.mirror) {
      const torch::Tensor swap = normal_tensor({batch.pose.size(0)}, step.seed.derive("mirror"), device_) > 0;
      truth = chosen(swap, mirrored(truth), truth);
    }
  }
  const Latent posterior = prior_->encode(truth, hands_);
  const torch::Tensor noise = normal_tensor(posterior.mean.sizes(), step.seed.derive("z"), device_);
  const Interaction decoded = prior_->decode(sample(posterior, noise), hands_);
  return prior_loss(config_.loss, decoded, posterior, truth, hands_, config_.model.anchor, step.progress);
}

Interaction PriorTask::seen() const { return interaction_from(some_.to(device_), hands_); }

Measurement PriorTask::measure() {
  {
    const torch::NoGradGuard no_grad;
    const Interaction interaction = seen();
    torch::Tensor means = prior_->encode(interaction, hands_).mean;
    if (config_.data.mirror) means = torch::cat({means, prior_->encode(mirrored(interaction), hands_).mean});
    prior_->set_aggregate(means);
  }
  const PriorEvaluation evaluation = evaluate_prior(prior_, hands_, held_out_, device_);
  return {validation_numbers(evaluation), evaluation.samples, "right wrist's frame"};
}

CheckpointInfo PriorTask::describe() const {
  return run_description("prior", config_, config_.model, hands_, config_.data.train.split);
}

}  // namespace interprior
