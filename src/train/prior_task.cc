#include "prior_task.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "flow_fit.h"
#include "interprior/base/log.h"
#include "interprior/evaluation/prior_evaluation.h"
#include "interprior/run/run_description.h"
#include "validation_numbers.h"

namespace interprior {
namespace {

// Held-out log-likelihood per code under the flow minus that under the Gaussian, nats: 0 when the flow is the identity.
constexpr const char* kFlowGain = "flow_gain_nats";
constexpr const char* kTemperature = "temperature";  // calibrated sampling temperature

// Number of patterns for normalisation and aggregated posterior: enough for means and covariances.
constexpr int64_t kPatternsForStatistics = 20000;

// Number of patterns whose codes the flow is fitted to (it overfits to fewer), and how many are encoded at once.
constexpr int64_t kPatternsForFlow = 200000, kChunk = 10000;

// Evenly spaced rows: sources and modalities are contiguous in the file.
PatternBatch spread_rows(const Patterns& training, int64_t limit) {
  const Patterns some = subsample(training, limit);
  return {some.pose, some.shape, some.translation};
}

}  // namespace

PriorTask::PriorTask(const PriorTrainConfig& config, const HandModel& hand, const Patterns& training, Patterns held_out,
                     torch::Device device)
    : config_(config),
      hands_(hand, device),
      some_(spread_rows(training, kPatternsForStatistics)),
      for_flow_(config.model.density == Density::flow ? spread_rows(training, kPatternsForFlow) : PatternBatch{}),
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
      truth = select_where(swap, mirrored(truth), truth);
    }
  }
  PriorOutput output{prior_->encode(truth, hands_), {}};
  const torch::Tensor noise = normal_tensor(output.posterior.mean.sizes(), step.seed.derive("z"), device_);
  output.decoded = prior_->decode(sample(output.posterior, noise), hands_);
  return prior_loss(config_.loss, output, truth, hands_, config_.model.anchor, step.progress);
}

Interaction PriorTask::seen() const { return interaction_from(some_.to(device_), hands_); }

Latent PriorTask::codes(const Interaction& interaction) {
  const Latent plain = prior_->encode(interaction, hands_);
  if (!config_.data.mirror) return plain;
  const Latent other = prior_->encode(mirrored(interaction), hands_);
  return {torch::cat({plain.mean, other.mean}), torch::cat({plain.log_variance, other.log_variance})};
}

Latent PriorTask::codes_for_flow() {
  std::vector<torch::Tensor> means, log_variances;
  for (int64_t begin = 0; begin < for_flow_.pose.size(0); begin += kChunk) {
    const auto part = [&](const torch::Tensor& of) { return of.slice(0, begin, begin + kChunk).to(device_); };
    const PatternBatch rows{part(for_flow_.pose), part(for_flow_.shape), part(for_flow_.translation)};
    const Latent some = codes(interaction_from(rows, hands_));
    means.push_back(some.mean);
    log_variances.push_back(some.log_variance);
  }
  return {torch::cat(means), torch::cat(log_variances)};
}

ValidationResult PriorTask::validate() {
  std::map<std::string, double> of_flow;
  {
    const torch::NoGradGuard no_grad;
    prior_->set_aggregate(codes(seen()).mean);
    if (config_.model.density == Density::flow && held_out_.size() > 0) {
      const PatternBatch held_out{held_out_.pose, held_out_.shape, held_out_.translation};
      const FlowFit fit = fit_flow(prior_, codes_for_flow(), codes(interaction_from(held_out.to(device_), hands_)), config_.flow,
                                   Seed{static_cast<uint64_t>(config_.seed)}.derive("flow"));
      of_flow = {{kFlowGain, fit.log_density - fit.gaussian_log_density}};
      log_info(c10::str("flow fitted in ", static_cast<int64_t>(fit.seconds), " s: held-out log-likelihood of a code ",
                        fit.log_density, " nats, ", fit.gaussian_log_density, " under the Gaussian",
                        fit.kept ? "" : "; the flow was no better, so the Gaussian is used"));
    }
  }
  const double temperature =
      calibrated_temperature(prior_, hands_, held_out_, device_, Seed{static_cast<uint64_t>(config_.seed)}.derive("temperature"));
  prior_->set_temperature(temperature);
  const PriorEvaluation evaluation = evaluate_prior(prior_, hands_, held_out_, device_);
  ValidationResult result{validation_numbers(evaluation), evaluation.samples, "right wrist's frame"};
  result.values.merge(of_flow);
  result.values[kTemperature] = temperature;
  return result;
}

CheckpointInfo PriorTask::describe() const {
  return run_description("prior", config_, config_.model, hands_, config_.data.train.split);
}

}  // namespace interprior
