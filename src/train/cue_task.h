#pragma once
#include "interprior/data/patterns.h"
#include "interprior/train/task.h"
#include "interprior/train/train_cues.h"

namespace interprior {

// Cue stage: trains fusion and sampling on cues computed from patterns. The prior is frozen, the extraction is not used.
class CueTask : public Task<PatternBatch> {
 public:
  CueTask(const CueTrainConfig& config, const HandModel& hand, InteractionPrior prior, Patterns held_out, torch::Device device,
          std::string prior_splits = "");

  torch::nn::Module& network() override { return *sampler_; }
  Terms losses(const PatternBatch& batch, const Step& step) override;
  ValidationResult validate() override;
  std::optional<int64_t> graph_phase(int64_t step) const override;
  std::string needs_host() const override;
  CheckpointInfo describe() const override;

 private:
  struct CueSample {
    PlacedHands placed;
    SamplerTruth truth;
    Features cues;
  };
  CueSample look(const PatternBatch& batch, bool mirror, RowSeed seed);
  CueSample look_at_keypoints(Annotation annotation, const PerHand<HandMesh>& mesh, RowSeed seed);

  CueTrainConfig config_;
  HandModel hand_;
  TwoHands hands_, hands_on_cpu_;
  Patterns held_out_;
  torch::Device device_;
  InteractionPriorConfig prior_model_;
  std::string prior_splits_;
  Sampler sampler_{nullptr};
};

}  // namespace interprior
