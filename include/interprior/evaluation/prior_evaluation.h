#pragma once
#include <string>

#include "interprior/data/patterns.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/metric/sample_quality.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// Plausibility and variety of samples of a prior, compared with validation patterns: z ~ N(0, I), z of the Gaussian over the
// aggregated posterior, z of the prior's density at its temperature, and some of the latter with interpenetration reduced, as
// `interprior sample` writes them (infer/prior_sampling.h; only as many as are compared, because this is slow). `reconstructed`
// and `held_out` are the attainable references: one random half of the patterns, reconstructed by the prior and unchanged,
// against the other half, and statistics of all patterns. Samples are compared with that other half in equal number: distances
// depend on set sizes.
struct PriorSamples {
  int64_t count = 0;        // samples of each kind; 0: none
  int64_t implausible = 0;  // samples of all kinds with implausible coordinates; if any, nothing is measured
  std::string feature_space;
  std::string density_kind;  // gaussian or flow
  double temperature = 1;
  SampleQuality standard_normal, aggregated_posterior, density, separated, reconstructed, held_out;
};
inline constexpr int64_t kMinPatternsForSamples = 2 * (kNeighbours + 1);  // smallest set that splits into two halves

// Reconstruction of validation patterns by a prior: errors in the right-wrist frame and per hand root-aligned at the middle MCP
// joint, mm; active latent dimensions (variance of the posterior mean > 0.01); error of the mean pattern as baseline. Patterns
// with a hand reconstructed with implausible coordinates (metric/plausible.h) are left out; errors are NaN when all are.
struct PriorEvaluation {
  int64_t samples = 0;  // measured
  int64_t implausible_hands = 0, implausible_samples = 0;
  double joint_mm = 0, vertex_mm = 0, joint_per_hand_mm = 0, vertex_per_hand_mm = 0, mean_pattern_joint_mm = 0;
  int64_t active_dimensions = 0;
  PriorSamples sampled;
};
// Also measures `samples` samples of each kind, unless there are fewer than kMinPatternsForSamples patterns; 0: none. `hands` is
// on `device`. Throws Error without patterns, and when `samples` is too small to be measured.
PriorEvaluation evaluate_prior(InteractionPrior prior, const TwoHands& hands, const Patterns& patterns, torch::Device device,
                               int64_t samples = 0, Seed seed = {});

// Temperature in 0.7, 0.75 ... 1.2 whose samples of the prior's density have the smallest Frechet distance of joints to
// validation patterns (metric/sample_quality.h), with the same noise at each temperature. 1 when there are too few patterns, or
// when the prior's samples cannot be measured. Throws Error as evaluate_prior does.
double calibrated_temperature(InteractionPrior prior, const TwoHands& hands, const Patterns& held_out, torch::Device device,
                              Seed seed);

std::string prior_evaluation_table(const PriorEvaluation& evaluation);
std::string prior_evaluation_json(const PriorEvaluation& evaluation);

}  // namespace interprior
