#include "cue_task.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/full_precision.h"
#include "interprior/evaluation/evaluation.h"
#include "interprior/evaluation/hypotheses.h"
#include "interprior/infer/original_camera.h"
#include "interprior/interaction/wrist_views.h"
#include "interprior/run/run_description.h"
#include "keypoint_scene.h"
#include "validation_numbers.h"

namespace interprior {
namespace {

// Batch of validation patterns whose views and noise are sampled at once: fixed, so that all runs use the same validation
// samples.
constexpr int64_t kValidationRows = 64;

torch::Tensor cpu(const torch::Tensor& tensor) { return tensor.to(torch::kCPU).contiguous(); }

// Vertices and face centres of both hands in the camera (B,2,P,3).
torch::Tensor surface_points(const PerHand<HandMesh>& mesh, const torch::Tensor& corners, const torch::Tensor& root) {
  const torch::Tensor vertices = torch::stack({mesh.right.vertices_in_root, mesh.left.vertices_in_root}, 1);
  const auto corner = [&](int64_t k) { return vertices.index_select(2, corners.select(1, k)); };
  const torch::Tensor middles = (corner(0) + corner(1) + corner(2)) / 3;
  return torch::cat({vertices, middles}, 2) + root.view({-1, 1, 1, 3});
}

HandSet hand_set(const HandsInCamera& hands, const TwoHands& models, int64_t first) {
  const PatternBatch mano = mano_parameters(hands, models);
  HandSet set;
  set.pose = cpu(mano.pose);
  set.shape = cpu(mano.shape);
  set.translation = cpu(mano.translation);
  for (int64_t i = 0; i < set.pose.size(0); ++i) set.sample.push_back(c10::str("pattern/", first + i));
  set.group = set.sample;
  return set;
}

}  // namespace

CueTask::CueTask(const CueTrainConfig& config, const HandModel& hand, InteractionPrior prior, Patterns held_out,
                 torch::Device device, std::string prior_splits)
    : config_(config),
      hand_(hand),
      hands_(hand, device),
      hands_on_cpu_(hand),
      held_out_(std::move(held_out)),
      device_(device),
      prior_splits_(std::move(prior_splits)) {
  torch::manual_seed(Seed{static_cast<uint64_t>(config.seed)}.derive("weights").value >> 1);
  prior_model_ = prior->config();
  sampler_ = Sampler(config.model, prior_model_);
  sampler_->load_prior_weights(prior);
  for (auto& parameter : sampler_->extraction()->parameters()) parameter.requires_grad_(false);
  sampler_->start_without_features();
  sampler_->to(device);
}

CueTask::CueSample CueTask::look(const PatternBatch& batch, bool mirror, RowSeed seed) {
  // Targets and computed cues need full precision.
  const FullPrecision full_precision;
  const torch::NoGradGuard no_grad;
  const int64_t rows = batch.pose.size(0);
  Interaction interaction = interaction_from(batch, hands_);
  if (mirror)
    interaction = select_where(uniform_tensor({rows}, seed.derive("mirror"), device_) < 0.5, mirrored(interaction), interaction);
  const torch::Tensor view = sample_wrist_views(hand_, config_.data.views, rows, seed.derive("view"), device_);

  CueSample sample;
  Annotation annotation;
  annotation.pose = pose_from(interaction, view);
  const PerHand<HandMesh> mesh = hands_(annotation.pose);
  const auto yes = torch::TensorOptions().device(device_).dtype(torch::kBool);
  annotation.joints_in_camera = torch::zeros({rows, 2, 21, 3}, view.options());
  annotation.joint_valid = torch::ones({rows, 2, 21}, yes);
  annotation.has_mano = torch::ones({rows, 2}, yes);
  annotation.mask_valid = torch::ones({rows}, yes);
  if (config_.data.cues == CueSource::keypoints) return look_at_keypoints(std::move(annotation), mesh, seed);
  sample.placed = place_before_camera(mesh, config_.model.image_size, config_.data.jitter, seed.derive("place"));
  annotation.root_in_camera = sample.placed.root_in_camera;
  annotation.mask = splatted_masks(surface_points(mesh, hands_.layer.right.faces_on_device(), annotation.root_in_camera),
                                   sample.placed.camera, config_.model.image_size, config_.model.grid());
  sample.truth = sampler_truth(config_.model, annotation, sample.placed.camera, hands_, /*with_heatmaps=*/false);
  if (sampler_->has_alignment()) sample.truth.posterior = sampler_->prior()->encode(sample.truth.interaction, hands_);
  sample.cues = computed_cues(config_.data.noise, config_.model, sample.truth, seed.derive("noise"));
  return sample;
}

CueTask::CueSample CueTask::look_at_keypoints(Annotation annotation, const PerHand<HandMesh>& mesh, RowSeed seed) {
  CueSample sample;
  const KeypointScene scene =
      keypoint_scene(annotation.pose, mesh, config_.model.image_size, config_.data.jitter, config_.data.keypoints, seed);
  annotation.pose = scene.hands.pose;
  annotation.root_in_camera = scene.hands.root_in_camera;
  sample.placed = {scene.hands.root_in_camera, scene.crop};
  sample.truth = sampler_truth(config_.model, annotation, scene.crop, hands_, /*with_heatmaps=*/false);
  if (sampler_->has_alignment()) sample.truth.posterior = sampler_->prior()->encode(sample.truth.interaction, hands_);
  sample.cues = keypoint_cues(config_.model, scene.joints);
  return sample;
}

std::optional<int64_t> CueTask::graph_phase(int64_t) const {
  return config_.data.cues == CueSource::keypoints ? std::nullopt : std::optional<int64_t>(0);
}

std::string CueTask::needs_host() const { return "data.cues=keypoints cuts its crops on the host (aten::nonzero)"; }

Terms CueTask::losses(const PatternBatch& batch, const Step& step) {
  const CueSample sample = look(batch, config_.data.mirror, step.seed);
  const Reconstruction reconstruction = sampler_->from_cues(sample.cues, hands_);
  return hand_loss(config_.loss, config_.model, reconstruction, sample.truth, sample.placed.camera, hands_);
}

ValidationResult CueTask::validate() {
  const torch::NoGradGuard no_grad;
  std::vector<HandSet> predictions, truth;
  for (int64_t begin = 0; begin < held_out_.size(); begin += kValidationRows) {
    const int64_t end = std::min(begin + kValidationRows, held_out_.size());
    const PatternBatch some{held_out_.pose.slice(0, begin, end), held_out_.shape.slice(0, begin, end),
                            held_out_.translation.slice(0, begin, end)};
    const CueSample sample = look(some.to(device_), false, Seed{0}.derive("held out").derive(static_cast<uint64_t>(begin)));
    const Reconstruction prediction = sampler_->from_cues(sample.cues, hands_);
    const HandsInCamera hands =
        in_original_camera(prediction.pose, prediction.conditional.view.camera, sample.placed.camera, config_.model.image_size);
    predictions.push_back(hand_set(hands, hands_, begin));
    add_hypotheses(predictions.back(), sampler_, prediction, sample.placed.camera, config_.model.image_size, hands_,
                   config_.hypotheses);
    truth.push_back(hand_set({sample.truth.pose, sample.truth.root_in_camera}, hands_, begin));
  }
  const Evaluation evaluation = evaluate(Protocol::intaghand, concatenated(predictions), concatenated(truth), hands_on_cpu_);
  return {validation_numbers(evaluation), evaluation.metrics.samples, name_of(Protocol::intaghand)};
}

CheckpointInfo CueTask::describe() const {
  CheckpointInfo info = run_description("cues", config_, prior_model_, hands_, config_.data.train.split);
  info.sampler_model = dump_config(config_.model);
  info.prior_splits = prior_splits_;
  info.cues = name_of(config_.data.cues);
  return info;
}

}  // namespace interprior
