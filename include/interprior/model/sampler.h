#pragma once
#include "interprior/model/fusion.h"
#include "interprior/model/heatmap_config.h"
#include "interprior/model/refinement.h"
#include "interprior/model/sampling.h"

namespace interprior {

// Who says where the left hand is, and how it is turned (docs/method.md).
enum class RelativeSource { image, prior, both };
template <>
struct EnumNames<RelativeSource> {
  static std::vector<std::pair<RelativeSource, std::string>> table() {
    return {{RelativeSource::image, "image"}, {RelativeSource::prior, "prior"}, {RelativeSource::both, "both"}};
  }
};

// What turns the sampled code into hands (docs/method.md, Decoding the code): the prior's decoder; the same network trained from
// scratch; or nothing, the code being the 209 numbers of the interaction themselves (direct regression).
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
    fields("decoder", decoder, "prior: the prior's; scratch: the same network, trained here; direct: none, MANO is regressed");
    fields("finetune_decoder", finetune_decoder, "the prior's decoder is trained on instead of frozen");
    fields("refine", refine, "steps that look S up at the projected joints and correct z, the view and tau", {0, 8});
  }
  void check() const;
  int64_t grid() const { return image_size / 4; }
};

// Everything one forward pass says.
struct Reconstruction {
  Features features;        // F, H, M, tau
  torch::Tensor tokens;     // X (B,N,D)
  Conditional conditional;  // Gaussian of z, view
  Interaction interaction;  // decoded from the mean of z
  PerHand<HandPose> pose;   // composed, frame root of the crop's camera
};

// Numbers of the code that a sampler draws: the prior's latent size, or an interaction's own numbers.
int64_t code_size(const SamplerConfig& config, const InteractionPriorConfig& prior);

// Joins what the prior and the image say (docs/conventions.md, Where two hands are).
PerHand<HandPose> compose(const Interaction& interaction, const View& view, const torch::Tensor& tau,
                          RelativeSource relative_translation, RelativeSource left_rotation);

// Extraction, fusion, sampling and the prior's decoder in a row.
class SamplerImpl : public torch::nn::Module {
 public:
  SamplerImpl(const SamplerConfig& config, const InteractionPriorConfig& prior);

  Reconstruction forward(const torch::Tensor& image, const TwoHands& hands);  // (B,3,S,S) uint8 RGB
  // From (b) on: what is made of given cues, whoever saw or computed them.
  Reconstruction from_cues(Features features, const TwoHands& hands);
  // K further draws of z and the view's rotation for one forward pass; noise (K,B,Z+3) standard normal. Poses of K*B hands,
  // k-major.
  PerHand<HandPose> draw(const Reconstruction& reconstruction, const torch::Tensor& noise, const TwoHands& hands);

  // Copies a trained prior's weights in and freezes them, as far as config().decoder and finetune_decoder let them be.
  void take_prior(InteractionPrior prior);
  // Gives F no weight to start with, so that what is learned without pictures holds when F joins.
  void start_without_features();
  // Whether the code is one of the prior's, so that its encoder's posterior is the code's truth.
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
