#pragma once
#include "interprior/data/patterns.h"
#include "interprior/train/task.h"
#include "interprior/train/train_prior.h"

namespace interprior {

// Trains the interaction prior on patterns.
class PriorTask : public Task<PatternBatch> {
 public:
  // Random initialisation from config.seed; normalisation and aggregated posterior are computed from `training`.
  PriorTask(const PriorTrainConfig& config, const HandModel& hand, const Patterns& training, Patterns held_out,
            torch::Device device);

  torch::nn::Module& network() override { return *prior_; }
  Terms losses(const PatternBatch& batch, const Step& step) override;
  ValidationResult validate() override;
  std::optional<int64_t> graph_phase(int64_t) const override { return 0; }
  CheckpointInfo describe() const override;
  InteractionPrior prior() { return prior_; }

 private:
  PriorTrainConfig config_;
  Interaction seen() const;  // a subset of the training patterns, on the device
  // Posteriors of patterns, and of the mirrored patterns with data.mirror.
  Latent codes(const Interaction& interaction);
  Latent codes_for_flow();

  TwoHands hands_;
  PatternBatch some_, for_flow_;  // subsets of the training patterns; for_flow_ is empty without a flow
  Patterns held_out_;
  torch::Device device_;
  InteractionPrior prior_{nullptr};
};

}  // namespace interprior
