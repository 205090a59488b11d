#include "interprior/model/sampler.h"

#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/base/full_precision.h"
#include "interprior/base/shape.h"
#include "interprior/geometry/rotation.h"

namespace interprior {

void SamplerConfig::check() const {
  require(image_size % 32 == 0, c10::str("image_size ", image_size, " is not a multiple of 32"), "image_size",
          "choose 96, 128, 256 or another multiple of 32");
  require(fusion.kind == FusionKind::mean || grid() % fusion.patch == 0,
          c10::str("patches of ", fusion.patch, " do not tile the ", grid(), "x", grid(), " map of S"), "fusion.patch",
          "choose a patch that divides image_size / 4");
  require(fusion.width % sampling.heads == 0,
          c10::str("fusion.width ", fusion.width, " is not divisible by ", sampling.heads, " heads"), "sampling.heads",
          "choose heads that divide fusion.width");
  require(sampling.queries != QueryKind::located || heatmap.channels() == 42,
          c10::str("located queries need a map of H for each joint; heatmaps of kind ", name_of(heatmap.kind), " have none"),
          "sampling.queries", "choose joints, or heatmap.kind joint or iah");
  require(!finetune_decoder || decoder == DecoderKind::prior, c10::str("decoder ", name_of(decoder), " cannot be fine-tuned"),
          "finetune_decoder", "set decoder to prior, or finetune_decoder to false");
}

int64_t code_size(const SamplerConfig& config, const InteractionPriorConfig& prior) {
  return config.decoder == DecoderKind::direct ? kStateSize : prior.latent;
}

PerHand<HandPose> compose(const Interaction& interaction, const View& view, const torch::Tensor& tau,
                          RelativeSource relative_translation, RelativeSource left_rotation) {
  const FullPrecision full_precision;
  PerHand<HandPose> pose = pose_from(interaction, view.rotation);
  if (relative_translation == RelativeSource::image) pose.left.wrist_in_root = tau;
  if (relative_translation == RelativeSource::both) pose.left.wrist_in_root = 0.5 * (pose.left.wrist_in_root + tau);
  if (left_rotation != RelativeSource::prior) {
    const torch::Tensor from_prior = pose.left.rotations.select(1, 0);
    const torch::Tensor wrist = left_rotation == RelativeSource::image
                                    ? view.left_rotation
                                    : matrix_from_rot6d(rot6d_from_matrix(from_prior) + rot6d_from_matrix(view.left_rotation));
    pose.left.rotations = torch::cat({wrist.unsqueeze(1), pose.left.rotations.slice(1, 1)}, 1);
  }
  return pose;
}

SamplerImpl::SamplerImpl(const SamplerConfig& config, const InteractionPriorConfig& prior)
    : config_(config),
      extraction_(register_module("extraction", Extraction(config.extraction, config.heatmap.channels()))),
      fusion_(
          register_module("fusion", Fusion(config.fusion, config.extraction.features, config.heatmap.channels(), config.grid()))),
      sampling_(register_module("sampling", Sampling(config.sampling, config.fusion.width, code_size(config, prior)))),
      refinement_(register_module("refinement", torch::nn::ModuleList())),
      prior_(register_module("prior", InteractionPrior(prior))) {
  for (int64_t step = 0; step < config.refine; ++step)
    refinement_->push_back(Refinement(fusion_->channels(), config.sampling.width, code_size(config, prior)));
}

Reconstruction SamplerImpl::forward(const torch::Tensor& image, const TwoHands& hands) {
  ShapeCheck("Sampler")(image, "image", {"B", 3, config_.image_size, config_.image_size});
  return from_cues(extraction_(image), hands);  // (a) F, H, M, tau
}

Reconstruction SamplerImpl::from_cues(Features features, const TwoHands& hands) {
  Reconstruction out;
  out.features = std::move(features);
  out.tokens = fusion_(out.features);                         // (b) X
  out.conditional = sampling_(out.tokens, out.features.iah);  // (c) z and the view, given the image
  out.features.tau = out.features.tau.to(torch::kFloat32);
  place_hands(out, hands);  // the prior's decoder

  for (const auto& step : *refinement_) {
    const PerHand<HandMesh> mesh = hands(out.pose);
    const torch::Tensor joints = torch::cat({mesh.right.joints_in_root, mesh.left.joints_in_root}, 1);
    View& view = out.conditional.view;
    const Correction correction =
        step->as<Refinement>()->forward(fusion_->stack(out.features), joints, out.conditional, out.features.tau);
    out.conditional.z.mean = out.conditional.z.mean + correction.z;
    view.rot6d = view.rot6d + correction.rot6d;
    view.rotation = matrix_from_rot6d(view.rot6d.select(1, 0));
    view.left_rotation = matrix_from_rot6d(view.rot6d.select(1, 1));
    view.camera = torch::cat({view.camera.slice(1, 0, 1) * torch::exp(correction.camera.slice(1, 0, 1).clamp(-3, 3)),
                              view.camera.slice(1, 1) + correction.camera.slice(1, 1)},
                             1);
    out.features.tau = out.features.tau + correction.tau;
    place_hands(out, hands);
  }
  return out;
}

Interaction SamplerImpl::decode(const torch::Tensor& code, const TwoHands& hands) {
  return config_.decoder == DecoderKind::direct ? prior_->interaction_of(code, hands) : prior_->decode(code, hands);
}

void SamplerImpl::place_hands(Reconstruction& out, const TwoHands& hands) {
  out.interaction = decode(out.conditional.z.mean, hands);
  out.pose =
      compose(out.interaction, out.conditional.view, out.features.tau, config_.relative_translation, config_.left_rotation);
}

void SamplerImpl::start_without_features() {
  fusion_->start_without_features();
  for (const auto& step : *refinement_) step->as<Refinement>()->start_without_features(fusion_->feature_channels());
}

void SamplerImpl::load_prior_weights(InteractionPrior prior) {
  const torch::NoGradGuard no_grad;
  const auto weights = prior->named_parameters(), buffers = prior->named_buffers();
  for (auto& item : prior_->named_parameters()) {
    const bool decodes = item.key().rfind("decoder.", 0) == 0, trainable = config_.decoder == DecoderKind::scratch && decodes;
    if (!trainable) item.value().copy_(weights[item.key()]);
    item.value().requires_grad_(trainable || (config_.finetune_decoder && decodes));
  }
  for (auto& item : prior_->named_buffers()) item.value().copy_(buffers[item.key()]);
}

PerHand<HandPose> SamplerImpl::sample(const Reconstruction& reconstruction, const torch::Tensor& noise, const TwoHands& hands) {
  const Latent& z = reconstruction.conditional.z;
  const View& view = reconstruction.conditional.view;
  const int64_t latent = z.mean.size(1);
  ShapeCheck check("Sampler::sample");
  check(z.mean, "z", {"B", latent});
  check(noise, "noise", {"K", "B", latent + 3});
  const int64_t samples = check["K"];
  const auto repeated = [samples](const torch::Tensor& t) {
    return torch::cat(std::vector<torch::Tensor>(static_cast<size_t>(samples), t));
  };
  // Without the alignment loss, the variance of the code is untrained.
  const torch::Tensor sampled_z =
      has_alignment() ? interprior::sample(z, noise.slice(2, 0, latent)).flatten(0, 1) : repeated(z.mean);
  const torch::Tensor tangent = (torch::exp(0.5 * view.rotation_log_variance) * noise.slice(2, latent)).flatten(0, 1);
  View sampled;
  sampled.rotation = torch::matmul(repeated(view.rotation), matrix_from_axis_angle(tangent));
  sampled.left_rotation = torch::matmul(repeated(view.left_rotation), matrix_from_axis_angle(tangent));
  return compose(decode(sampled_z, hands), sampled, repeated(reconstruction.features.tau), config_.relative_translation,
                 config_.left_rotation);
}

}  // namespace interprior
