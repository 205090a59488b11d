#pragma once
#include <string>

#include "interprior/data/patterns.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/metric/sample_quality.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// How plausible and how varied a prior's draws are beside held-out patterns: z ~ N(0, I), z of the Gaussian over the aggregated
// posterior, z of the prior's density at its temperature, and some of these with their hands parted, as `interprior sample`
// writes them (infer/prior_sampling.h; as many as are compared, for it takes time). The last two stand for what is within reach:
// one random half of the patterns, rebuilt by the prior from its own codes and as it is, against the other half, and statistics
// of all patterns. Draws are compared with that other half, in equal number: distances depend on set sizes.
struct PriorDraws {
  int64_t drawn = 0;        // of each kind; 0: nothing was judged
  int64_t implausible = 0;  // of all kinds, with coordinates that cannot be measured: then nothing is judged
  std::string feature_space;
  std::string density_kind;  // gaussian or flow
  double temperature = 1;
  SampleQuality standard_normal, aggregated_posterior, density, parted, rebuilt, held_out;
};
inline constexpr int64_t kFewestPatternsForDraws = 2 * (kNeighbours + 1);  // fewer make no two halves

// How well a prior rebuilds patterns it has not seen: errors in the right-wrist frame and per hand about the middle knuckle, mm,
// active latent dimensions (posterior-mean variance > 0.01), beside the error of the mean pattern. Patterns of which a hand is
// rebuilt with implausible coordinates (metric/plausible.h) are left out; errors are NaN where all are.
struct PriorEvaluation {
  int64_t samples = 0;  // measured
  int64_t implausible_hands = 0, implausible_samples = 0;
  double joint_mm = 0, vertex_mm = 0, joint_per_hand_mm = 0, vertex_per_hand_mm = 0, mean_pattern_joint_mm = 0;
  int64_t active_dimensions = 0;
  PriorDraws draws;
};
// That many `draws` of each kind are judged too, unless the patterns are fewer than kFewestPatternsForDraws; 0: none. `hands`
// lives on `device`. Throws Error without patterns, and for draws too few to be judged.
PriorEvaluation evaluate_prior(InteractionPrior prior, const TwoHands& hands, const Patterns& patterns, torch::Device device,
                               int64_t draws = 0, Seed seed = {});

// The temperature whose samples of the prior's density lie nearest to held-out patterns by the Frechet distance of their joints
// (metric/sample_quality.h): of 0.7 to 1.2 in steps of 0.05, the same noise at each. 1 where the patterns are too few to be
// judged, and where the prior's samples cannot be measured. Throws Error as evaluate_prior does.
double calibrated_temperature(InteractionPrior prior, const TwoHands& hands, const Patterns& held_out, torch::Device device,
                              Seed seed);

std::string prior_evaluation_table(const PriorEvaluation& evaluation);
std::string prior_evaluation_json(const PriorEvaluation& evaluation);

}  // namespace interprior
