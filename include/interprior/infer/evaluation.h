#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "interprior/data/image_dataset.h"
#include "interprior/data/patterns.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/metric/baseline.h"
#include "interprior/metric/sample_quality.h"

namespace interprior {

// One protocol's numbers, with the two baselines beside them (NaN where the truth has no MANO parameters).
struct Evaluation {
  Metrics metrics, mean_pose, mean_pose_true_wrist;
  SampleErrors errors;
  std::map<std::string, int64_t> skipped;
};

// A network's predictions on a data set, and the truth, both in the original camera's axes. Predictions hold MANO parameters, the
// chain's joints and K hypotheses; truth MANO parameters, annotated joints and what of them is valid.
struct PredictedSet {
  HandSet predictions, truth;
  std::map<std::string, int64_t> skipped;  // samples that could not be loaded: sample_unreadable
};

// Every sample once, in order; the last batch is as small as it is. The network runs in evaluation mode and gets its own mode
// back. `hands` lives on `device`. The draws of a sample follow from its id alone. `look` sees every batch on the device. Throws Error when nothing can be loaded.
PredictedSet predict_set(Sampler network, const TwoHands& hands, const Dataset<ImageBatch>& data, int64_t batch, int64_t workers,
                         torch::Device device, int64_t hypotheses = 1,
                         const std::function<void(int64_t done, int64_t all)>& progress = {},
                         const std::function<void(const ImageBatch& seen, const Reconstruction& said)>& look = {});

// Joins by id, leaves out and counts what the protocol's test set does not hold (not_both_hands) or cannot measure
// (no_valid_joint). `hands` on the CPU. Throws Error.
Evaluation evaluate(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                    const std::map<std::string, int64_t>& skipped = {});

// How plausible and how varied a prior's draws are beside held-out patterns: z ~ N(0, I), and z of the aggregated posterior. The
// third stands for what is within reach: two random halves of the patterns against each other, and statistics of all patterns.
// Draws are compared with one of these halves, in equal number: distances depend on set sizes.
struct PriorDraws {
  int64_t drawn = 0;  // of each kind; 0: nothing was judged
  std::string feature_space;
  SampleQuality standard_normal, aggregated_posterior, held_out;
};
inline constexpr int64_t kFewestPatternsForDraws = 2 * (kNeighbours + 1);  // fewer make no two halves

// How well a prior rebuilds patterns it has not seen: errors in the right-wrist frame and per hand about the middle knuckle, mm,
// active latent dimensions (posterior-mean variance > 0.01), beside the error of the mean pattern.
struct PriorEvaluation {
  int64_t samples = 0;
  double joint_mm = 0, vertex_mm = 0, joint_per_hand_mm = 0, vertex_per_hand_mm = 0, mean_pattern_joint_mm = 0;
  int64_t active_dimensions = 0;
  PriorDraws draws;
};
// That many `draws` of each kind are judged too, unless the patterns are fewer than kFewestPatternsForDraws; 0: none. `hands` lives
// on `device`. Throws Error without patterns, and for draws too few to be judged.
PriorEvaluation evaluate_prior(InteractionPrior prior, const TwoHands& hands, const Patterns& patterns, torch::Device device,
                               int64_t draws = 0, Seed seed = {});

// The tables and JSON (docs/formats.md) that the command prints.
std::string evaluation_table(const std::vector<Evaluation>& evaluations);
std::string evaluation_json(const std::vector<Evaluation>& evaluations);  // one object, or a list where several
std::string prior_evaluation_table(const PriorEvaluation& evaluation);
std::string prior_evaluation_json(const PriorEvaluation& evaluation);
std::string sample_csv(const SampleErrors& errors);

}  // namespace interprior
