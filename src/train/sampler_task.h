#pragma once
#include "interprior/train/task.h"
#include "interprior/train/train_sampler.h"

namespace interprior {

// Trains the conditional sampler on images; its prior is frozen.
class SamplerTask : public Task<ImageBatch> {
 public:
  // Random initialisation from config.seed; the prior's weights are copied in and frozen. `prior_splits`: splits of the patterns
  // that prior and cue stage were trained on.
  SamplerTask(const SamplerTrainConfig& config, const HandModel& hand, InteractionPrior prior,
              std::shared_ptr<const Dataset<ImageBatch>> held_out, torch::Device device, std::string prior_splits = "");

  torch::nn::Module& network() override { return *sampler_; }
  Terms losses(const ImageBatch& batch, const Step& step) override;
  std::optional<int64_t> graph_phase(int64_t step) const override { return extraction_alone(step) ? 0 : 1; }
  ValidationResult validate() override;
  CheckpointInfo describe() const override;
  Sampler sampler() { return sampler_; }

 private:
  bool extraction_alone(int64_t step) const;
  SamplerTruth truth_of(const ImageBatch& batch) const;

  SamplerTrainConfig config_;
  TwoHands hands_, hands_on_cpu_;  // for training; for metrics
  std::shared_ptr<const Dataset<ImageBatch>> held_out_;
  torch::Device device_;
  InteractionPriorConfig prior_model_;
  std::string prior_splits_;
  Sampler sampler_{nullptr};
};

}  // namespace interprior
