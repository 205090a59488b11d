#include "interprior/train/sampler_task.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/infer/evaluation.h"
#include "interprior/objective/cue_error.h"

namespace interprior {

SamplerTask::SamplerTask(const SamplerTrainConfig& config, const HandModel& hand, InteractionPrior prior,
                         std::shared_ptr<const Dataset<ImageBatch>> held_out, torch::Device device)
    : config_(config), hands_(hand, device), hands_on_cpu_(hand), held_out_(std::move(held_out)), device_(device) {
  torch::manual_seed(Seed{static_cast<uint64_t>(config.seed)}.derive("weights").value >> 1);
  prior_model_ = prior->config();
  sampler_ = Sampler(config.model, prior_model_);
  sampler_->take_prior(prior);
  sampler_->to(device);
  // Convolutions are fastest with channels last; must precede the optimiser, whose state takes the same layout.
  for (auto& parameter : sampler_->parameters())
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
}

SamplerTruth SamplerTask::truth_of(const ImageBatch& batch) const {
  const Annotation annotation{batch.pose,     batch.root_in_camera, batch.joints_in_camera, batch.joint_valid,
                              batch.has_mano, batch.mask,           batch.mask_valid};
  return sampler_truth(config_.model, annotation, batch.camera, hands_);
}

Terms SamplerTask::losses(const ImageBatch& batch, const Step& step) {
  SamplerTruth truth = truth_of(batch);
  const torch::Tensor image = batch.image.contiguous(at::MemoryFormat::ChannelsLast);
  if (static_cast<double>(step.index) < config_.extraction_first * static_cast<double>(config_.fit.steps))
    return cue_loss(config_.loss, sampler_->extraction()->forward(image), truth);
  {
    torch::NoGradGuard no_grad;
    truth.posterior = sampler_->prior()->encode(truth.interaction, hands_);
  }
  const Reconstruction reconstruction = sampler_->forward(image, hands_);
  return sampler_loss(config_.loss, config_.model, reconstruction, truth, batch.camera, hands_);
}

Measurement SamplerTask::measure() {
  CueError cues;
  const PredictedSet set = predict_set(sampler_, hands_, *held_out_, config_.loader.batch, config_.loader.workers, device_, 1, {},
                                       [&](const ImageBatch& seen, const Reconstruction& said) {
                                         const SamplerTruth truth = truth_of(seen);
                                         cues.add(said.features, truth, config_.model.image_size);
                                       });
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, set.truth, hands_on_cpu_);
  return {{{"heatmap_peak_px", cues.mean_peak_px()},
           {"mask_iou", cues.mean_mask_iou()},
           {"mpjpe_mm", evaluation.metrics.all.mpjpe_mm},
           {"mpvpe_mm", evaluation.metrics.all.mpvpe_mm},
           {"pa_mpjpe_mm", evaluation.metrics.all.pa_mpjpe_mm},
           {"mrrpe_mm", evaluation.metrics.mrrpe_mm},
           {"baseline_mpjpe_mm", evaluation.mean_pose.all.mpjpe_mm}},
          evaluation.metrics.samples};
}

CheckpointInfo SamplerTask::describe() const {
  CheckpointInfo info;
  info.kind = "sampler";
  info.config = dump_config(config_);
  info.prior_model = dump_config(prior_model_);
  info.sampler_model = dump_config(config_.model);
  info.hand_file = config_.hand;
  info.hand_hash = hands_.hash;
  info.hand_source = hands_.source;
  for (const ImageSource& source : config_.data.train) info.splits += (info.splits.empty() ? "" : ",") + source.split;
  return info;
}

}  // namespace interprior
