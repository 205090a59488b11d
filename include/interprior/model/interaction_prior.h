#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "interprior/base/config/config.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/pose.h"
#include "interprior/model/code_flow.h"
#include "interprior/model/reconstruction.h"
#include "interprior/model/residual_mlp.h"

namespace interprior {

// Points of the two hands that t_rel connects inside the network (docs/conventions.md).
enum class Anchor { knuckle, wrist };
template <>
struct EnumNames<Anchor> {
  static std::vector<std::pair<Anchor, std::string>> table() { return {{Anchor::knuckle, "knuckle"}, {Anchor::wrist, "wrist"}}; }
};

// Model of the aggregated posterior of codes z: a full Gaussian, or a normalising flow on top of it.
enum class Density { gaussian, flow };
template <>
struct EnumNames<Density> {
  static std::vector<std::pair<Density, std::string>> table() {
    return {{Density::gaussian, "gaussian"}, {Density::flow, "flow"}};
  }
};

struct InteractionPriorConfig {
  int64_t latent = 128, width = 512, depth = 4;
  Anchor anchor = Anchor::knuckle;
  Density density = Density::gaussian;
  int64_t flow_layers = 12, flow_width = 192;
  void describe(Fields& fields) {
    fields("latent", latent, "dimensions of z", {1, 4096});
    fields("width", width, "units of encoder and decoder", {1, 8192});
    fields("depth", depth, "residual blocks of encoder and decoder", {0, 64});
    fields("anchor", anchor, "points that t_rel connects inside the network: knuckle (middle MCP joint) or wrist");
    fields("density", density, "distribution of unconditional samples of z: gaussian or flow");
    fields("flow_layers", flow_layers, "coupling layers of the flow", {1, 256});
    fields("flow_width", flow_width, "units of a coupling layer", {1, 8192});
  }
};

// State of an interaction, 209 numbers: right then left fingers as 6D (90 + 90), right then left shape (10 + 10), R_rel as 6D
// (6), t_rel at the anchor (3), all in the right wrist's frame.
inline constexpr int64_t kStateSize = 209;
torch::Tensor state_from(const Interaction& interaction, const TwoHands& hands, Anchor anchor);  // (B,209)
Interaction interaction_from_state(const torch::Tensor& state, const TwoHands& hands, Anchor anchor);

// The VAE over two-hand interactions: one z for both hands. Normalisation and the aggregated posterior are buffers, so
// checkpoints contain them.
class InteractionPriorImpl : public torch::nn::Module {
 public:
  explicit InteractionPriorImpl(const InteractionPriorConfig& config);

  Latent encode(const Interaction& interaction, const TwoHands& hands);
  Latent encode_state(const torch::Tensor& state);                    // (B,209), not normalised
  Interaction decode(const torch::Tensor& z, const TwoHands& hands);  // z (B,Z)
  torch::Tensor decode_state(const torch::Tensor& z);                 // (B,209), not normalised
  // The interaction of a normalised state (B,209), the output of the decoder's last layer.
  Interaction interaction_of(const torch::Tensor& normalised_state, const TwoHands& hands);
  void set_normalisation(const torch::Tensor& states);  // from the training set's states (N,209)
  // Baseline without a latent code, a Gaussian over the training set's states: standard normal noise (N,209) to states (N,209),
  // not normalised. The first noise entries have the largest effect.
  torch::Tensor gaussian_state(const torch::Tensor& noise);

  // The aggregated posterior of the training set (Tomczak & Welling 2018): maps between standard normal noise (N,Z) and codes z
  // (N,Z), by a full Gaussian over the encoder's means (N,Z) alone or by the configured density, and the log-density (N). It is
  // N(0, I) until the Gaussian is fitted, and the Gaussian until the flow is fitted.
  void set_aggregate(const torch::Tensor& means);
  torch::Tensor from_gaussian(const torch::Tensor& noise);
  torch::Tensor from_aggregate(const torch::Tensor& noise);
  torch::Tensor to_aggregate(const torch::Tensor& z);
  torch::Tensor aggregate_log_density(const torch::Tensor& z);
  // decode_state(from_aggregate(noise)) for noise (B,Z): the state (B,209) with its derivatives along K directions of the noise.
  WithTangents state_from_aggregate(const WithTangents& noise);
  // Codes whitened by the Gaussian; the flow is fitted to them.
  torch::Tensor whitened(const torch::Tensor& z);
  CodeFlow& flow() { return flow_; }  // empty if the density is gaussian

  // Standard deviation of the sampling noise; 1 unless the training run has selected another value.
  double temperature() const { return temperature_.item<double>(); }
  void set_temperature(double temperature) { temperature_.fill_(temperature); }
  const InteractionPriorConfig& config() const { return config_; }

 private:
  InteractionPriorConfig config_;
  ResidualMlp encoder_, decoder_;
  torch::Tensor state_mean_, state_std_, state_factor_;  // (209), (209), (209,209): columns by variance, leading first
  torch::Tensor aggregate_mean_, aggregate_factor_;      // (Z), (Z,Z) lower triangular
  torch::Tensor temperature_;                            // scalar
  CodeFlow flow_{nullptr};
};
TORCH_MODULE(InteractionPrior);

// z = mean + exp(log_variance / 2) * noise.
torch::Tensor sample(const Latent& latent, const torch::Tensor& noise);

}  // namespace interprior
