#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "interprior/data/images/image_dataset.h"
#include "interprior/evaluation/baseline.h"
#include "interprior/evaluation/comparison.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/metric/hand_sets/hand_sets.h"

namespace interprior {

// One protocol's numbers, with the two baselines beside them (NaN where the truth has no MANO parameters).
struct Evaluation {
  Metrics metrics, mean_pose, mean_pose_true_wrist;
  std::optional<Comparison> against;
  std::map<std::string, int64_t> skipped;
  std::vector<std::string> warnings;  // what makes the numbers doubtful, one sentence each
  std::string box = "not stated";     // where the crops came from: oracle, annotation, file
};

// Samples without surfaces, by reason.
std::map<std::string, int64_t> surfaces_left_out(const Metrics& metrics);

struct EvaluationOptions {
  MeasureOptions measure;
  std::string box = "not stated";
  std::map<std::string, int64_t> skipped;  // what was left out before
  // Whether a sample that the truth lacks was left out of it on purpose, so that a prediction of it is none too many.
  std::function<bool(const std::string& sample)> excluded = {};
  bool check_truth = true;                                  // throws Error on a truth that check_hand_sets refuses
  std::vector<std::string> accepted;                        // findings that check_hand_sets lets pass
  const HandSets* against = nullptr;                        // a second method on the same samples
  std::function<void(Protocol, const SampleErrors&)> each;  // sees the errors as they come, in the truth's order
  // How far a phase ("check", "evaluate") has come; never called by two threads at once.
  std::function<void(const char* phase, int64_t done, int64_t all)> progress;
};

// Joins by id, leaves out and counts what a protocol's test set does not hold (not_both_hands) or cannot measure (no_valid_joint;
// implausible_prediction and implausible_truth where options.measure leaves such samples out).
// Memory does not grow with the samples, but for some 16 bytes each; no printed digit depends on what is read together, on
// threads, or on the order of either set. Throws Error, also on sets that check_hand_sets refuses, unless implausible hands are
// left out.
std::vector<Evaluation> evaluate(const std::vector<Protocol>& protocols, const HandSets& predictions, const HandSets& truth,
                                 const TwoHands& hands, const EvaluationOptions& options = {});
// Throws Error naming the first sample that has a prediction but no truth, unless it was excluded on purpose.
void require_no_surplus(const HandSets& predictions, const HandSets& truth,
                        const std::function<bool(const std::string& sample)>& excluded = {});
// What is in memory, under one protocol and without surfaces: for training's validation, which counts and leaves out what cannot
// be measured, so that a network that has not learned enough yet ends nothing.
Evaluation evaluate(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                    const std::map<std::string, int64_t>& skipped = {});

// Errors that were measured before, in pieces, instead of predictions: what several processes have done (evaluation_part.h).
class EvaluationSums {
 public:
  EvaluationSums(const std::vector<Protocol>& protocols, const HandSets& truth, const TwoHands& hands);
  ~EvaluationSums();
  void add(Protocol protocol, const SampleErrors& errors);
  std::vector<Evaluation> finish(const EvaluationOptions& options) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// The tables and JSON (docs/formats.md) that the command prints.
std::string evaluation_table(const std::vector<Evaluation>& evaluations);
std::string evaluation_json(const std::vector<Evaluation>& evaluations);  // one object, or a list where several
std::string evaluation_latex(const std::vector<Evaluation>& evaluations, const std::string& method);

// samples.csv: one row per protocol, sample and metric, for what counts.
std::string sample_csv_head();
std::string sample_csv_rows(Protocol protocol, const SampleErrors& errors);

}  // namespace interprior
