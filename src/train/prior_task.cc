#include "interprior/train/prior_task.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/infer/evaluation.h"

namespace interprior {
namespace {

// Patterns the normalisation is taken from: enough for a mean and a deviation.
constexpr int64_t kNormalisationPatterns = 20000;

}  // namespace

PriorTask::PriorTask(const PriorTrainConfig& config, const HandModel& hand, const Patterns& training, Patterns held_out,
                     torch::Device device)
    : config_(config), hands_(hand, device), held_out_(std::move(held_out)), device_(device) {
  torch::manual_seed(Seed{static_cast<uint64_t>(config.seed)}.derive("weights").value >> 1);
  prior_ = InteractionPrior(config.model);
  prior_->to(device);

  torch::NoGradGuard no_grad;
  const int64_t rows = std::min(training.size(), kNormalisationPatterns);
  const PatternBatch some{training.pose.slice(0, 0, rows), training.shape.slice(0, 0, rows),
                          training.translation.slice(0, 0, rows)};
  const Interaction interaction = interaction_from(some.to(device), hands_);
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

Measurement PriorTask::measure() {
  const PriorEvaluation evaluation = evaluate_prior(prior_, hands_, held_out_, device_);
  return {{{"prior_joint_error_mm", evaluation.joint_mm},
           {"prior_vertex_error_mm", evaluation.vertex_mm},
           {"prior_joint_error_per_hand_mm", evaluation.joint_per_hand_mm},
           {"active_dimensions", static_cast<double>(evaluation.active_dimensions)}},
          evaluation.samples};
}

CheckpointInfo PriorTask::describe() const {
  CheckpointInfo info;
  info.kind = "prior";
  info.config = dump_config(config_);
  info.prior_model = dump_config(config_.model);
  info.hand_file = config_.hand;
  info.hand_hash = hands_.hash;
  info.hand_source = hands_.source;
  info.splits = config_.data.train.split;
  return info;
}

}  // namespace interprior
