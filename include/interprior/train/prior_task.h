#pragma once
#include "interprior/data/patterns.h"
#include "interprior/train/task.h"
#include "interprior/train/train_prior.h"

namespace interprior {

// Learning the interaction prior from patterns.
class PriorTask : public Task<PatternBatch> {
 public:
  // Starts from random weights that follow from config.seed; normalisation and aggregated posterior come from `training`.
  PriorTask(const PriorTrainConfig& config, const HandModel& hand, const Patterns& training, Patterns held_out,
            torch::Device device);

  torch::nn::Module& network() override { return *prior_; }
  Terms losses(const PatternBatch& batch, const Step& step) override;
  Measurement measure() override;
  std::optional<int64_t> graph_phase(int64_t) const override { return 0; }
  CheckpointInfo describe() const override;
  InteractionPrior prior() { return prior_; }

 private:
  PriorTrainConfig config_;
  Interaction seen() const;  // of some training patterns, on the device
  // Latents of patterns and where the run shows these mirrored, of them too.
  Latent codes(const Interaction& interaction);
  Latent codes_for_flow();

  TwoHands hands_;
  PatternBatch some_, for_flow_;  // of the training patterns; for_flow_ is empty where there is no flow
  Patterns held_out_;
  torch::Device device_;
  InteractionPrior prior_{nullptr};
};

}  // namespace interprior
