#pragma once
#include "interprior/model/fusion.h"
#include "interprior/model/heatmap_config.h"
#include "interprior/model/refinement.h"
#include "interprior/model/sampling.h"

namespace interprior {

// Source of the left wrist's position or rotation (docs/method.md).
enum class RelativeSource { image, prior, both };
template <>
struct EnumNames<RelativeSource> {
  static std::vector<std::pair<RelativeSource, std::string>> table() {
    return {{RelativeSource::image, "image"}, {RelativeSource::prior, "prior"}, {RelativeSource::both, "both"}};
  }
};

// Decoder of the sampled code (docs/method.md, Decoding the code): the prior's; the same network trained from scratch; or none,
// where the code is the 209 numbers of the interaction state (direct regression).
enum class DecoderKind { prior, scratch, direct };
template <>
struct EnumNames<DecoderKind> {
  static std::vector<std::pair<DecoderKind, std::string>> table() {
    return {{DecoderKind::prior, "prior"}, {DecoderKind::scratch, "scratch"}, {DecoderKind::direct, "direct"}};
  }
};

struct SamplerConfig {
  int64_t image_size = 256;
  HeatmapConfig heatmap;
  ExtractionConfig extraction;
  FusionConfig fusion;
  SamplingConfig sampling;
  RelativeSource relative_translation = RelativeSource::image, left_rotation = RelativeSource::prior;
  DecoderKind decoder = DecoderKind::prior;
  bool finetune_decoder = false;
  int64_t refine = 0;
  void describe(Fields& fields) {
    fields("image_size", image_size, "side of the crop, px, a multiple of 32", {32, 1024});
    fields("heatmap", heatmap, "what the H maps show");
    fields("extraction", extraction, "figure (a)");
    fields("fusion", fusion, "figure (b)");
    fields("sampling", sampling, "figure (c)");
    fields("relative_translation", relative_translation,
           "left wrist: image (tau, the paper), prior (R_right t_rel) or both (average)");
    fields("left_rotation", left_rotation,
           "left wrist rotation: prior (R_right R_rel, the paper), image (the view's) or both (average)");
    fields("decoder", decoder,
           "prior: the prior's decoder; scratch: the same network, trained from scratch; direct: none, MANO is regressed");
    fields("finetune_decoder", finetune_decoder, "fine-tune the prior's decoder instead of freezing it");
    fields("refine", refine, "steps that sample S at the projected joints and correct z, the view and tau", {0, 8});
  }
  void check() const;
  int64_t grid() const { return image_size / 4; }
};

// Dimensions of a sampler's code: the prior's latent size, or kStateSize for direct regression.
int64_t code_size(const SamplerConfig& config, const InteractionPriorConfig& prior);

// Combines the predictions of prior and image (docs/conventions.md, Where two hands are).
PerHand<HandPose> compose(const Interaction& interaction, const View& view, const torch::Tensor& tau,
                          RelativeSource relative_translation, RelativeSource left_rotation);

// Extraction, fusion, sampling and the prior's decoder in sequence.
class SamplerImpl : public torch::nn::Module {
 public:
  SamplerImpl(const SamplerConfig& config, const InteractionPriorConfig& prior);

  Reconstruction forward(const torch::Tensor& image, const TwoHands& hands);  // (B,3,S,S) uint8 RGB
  // From figure (b) on, with given cues.
  Reconstruction from_cues(Features features, const TwoHands& hands);
  // K samples of z and the view's rotation for one forward pass; noise (K,B,Z+3) standard normal. Poses of K*B hands, k-major.
  PerHand<HandPose> sample(const Reconstruction& reconstruction, const torch::Tensor& noise, const TwoHands& hands);

  // Copies a trained prior's weights and freezes them, except a decoder that config() trains from scratch or fine-tunes.
  void load_prior_weights(InteractionPrior prior);
  // Zeroes the weights of F, so that a model trained without images gives the same output once F is added.
  void start_without_features();
  // Whether the code is a code of the prior, so that the encoder's posterior is its target.
  bool has_alignment() const { return config_.decoder == DecoderKind::prior; }

  const SamplerConfig& config() const { return config_; }
  Extraction extraction() { return extraction_; }
  Fusion fusion() { return fusion_; }
  Sampling sampling() { return sampling_; }
  InteractionPrior prior() { return prior_; }

 private:
  Interaction decode(const torch::Tensor& code, const TwoHands& hands);
  void place_hands(Reconstruction& out, const TwoHands& hands);  // interaction and pose from the mean of z, view and tau

  SamplerConfig config_;
  Extraction extraction_;
  Fusion fusion_;
  Sampling sampling_;
  torch::nn::ModuleList refinement_;
  InteractionPrior prior_;
};
TORCH_MODULE(Sampler);

}  // namespace interprior
