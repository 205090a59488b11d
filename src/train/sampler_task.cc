#include "sampler_task.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/full_precision.h"
#include "interprior/evaluation/evaluation.h"
#include "interprior/evaluation/predicted_set.h"
#include "interprior/objective/cue_error.h"
#include "interprior/run/run_description.h"
#include "validation_images.h"
#include "validation_numbers.h"

namespace interprior {
namespace {

constexpr int64_t kImagesShown = 4;  // number of validation samples shown in TensorBoard

}  // namespace

SamplerTask::SamplerTask(const SamplerTrainConfig& config, const HandModel& hand, InteractionPrior prior,
                         std::shared_ptr<const Dataset<ImageBatch>> held_out, torch::Device device, std::string prior_splits)
    : config_(config),
      hands_(hand, device),
      hands_on_cpu_(hand),
      held_out_(std::move(held_out)),
      device_(device),
      prior_splits_(std::move(prior_splits)) {
  torch::manual_seed(Seed{static_cast<uint64_t>(config.seed)}.derive("weights").value >> 1);
  prior_model_ = prior->config();
  sampler_ = Sampler(config.model, prior_model_);
  sampler_->load_prior_weights(prior);
  sampler_->to(device);
  // Convolutions are fastest with channels last; set before the optimiser copies the layout for its state.
  for (auto& parameter : sampler_->parameters())
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
}

SamplerTruth SamplerTask::truth_of(const ImageBatch& batch) const {
  const Annotation annotation{batch.pose,     batch.root_in_camera, batch.joints_in_camera, batch.joint_valid,
                              batch.has_mano, batch.mask,           batch.mask_valid};
  return sampler_truth(config_.model, annotation, batch.camera, hands_);
}

bool SamplerTask::extraction_alone(int64_t step) const {
  return static_cast<double>(step) < config_.extraction_first * static_cast<double>(config_.fit.steps);
}

Terms SamplerTask::losses(const ImageBatch& batch, const Step& step) {
  SamplerTruth truth = truth_of(batch);
  const torch::Tensor image = batch.image.contiguous(at::MemoryFormat::ChannelsLast);
  if (extraction_alone(step.index)) return cue_loss(config_.loss, sampler_->extraction()->forward(image), truth);
  if (sampler_->has_alignment()) {
    const torch::NoGradGuard no_grad;
    const FullPrecision full_precision;
    truth.posterior = sampler_->prior()->encode(truth.interaction, hands_);
  }
  const Reconstruction reconstruction = sampler_->forward(image, hands_);
  return sampler_loss(config_.loss, config_.model, reconstruction, truth, batch.camera, hands_);
}

ValidationResult SamplerTask::validate() {
  CueError cues;
  PredictionOptions options;
  options.batch = config_.loader.batch;
  options.workers = config_.loader.workers;
  options.hypotheses = config_.hypotheses;
  std::map<std::string, EventImage> images;
  options.look = [&](const ImageBatch& batch, const Reconstruction& prediction) {
    const SamplerTruth truth = truth_of(batch);
    cues.add(prediction.features, truth, config_.model.image_size);
    if (images.empty()) images = validation_images(batch, prediction.features, truth, kImagesShown);
  };
  const PredictedSet set = predict_set(sampler_, hands_, *held_out_, device_, options);
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, set.truth, hands_on_cpu_);
  ValidationResult result{validation_numbers(evaluation), evaluation.metrics.samples, name_of(Protocol::intaghand)};
  result.values[kHeatmapPeak] = cues.mean_peak_px();
  result.values[kMaskIou] = cues.mean_mask_iou();
  result.images = std::move(images);
  return result;
}

CheckpointInfo SamplerTask::describe() const {
  std::string splits;
  for (const ImageSource& source : config_.data.train) splits += (splits.empty() ? "" : ",") + source.split;
  if (config_.data.synthetic.count > 0 && !config_.data.synthetic.patterns.path.empty())
    splits += (splits.empty() ? "" : ",") + config_.data.synthetic.patterns.split;
  CheckpointInfo info = run_description("sampler", config_, prior_model_, hands_, splits);
  info.sampler_model = dump_config(config_.model);
  info.prior_splits = prior_splits_;
  return info;
}

}  // namespace interprior
