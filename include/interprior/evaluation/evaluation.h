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

// Metrics under one protocol, of the predictions and of two baselines (NaN when the ground truth has no MANO parameters).
struct Evaluation {
  Metrics metrics, mean_pose, mean_pose_gt_orientation;
  std::optional<Comparison> against;
  std::map<std::string, int64_t> skipped;
  std::vector<std::string> warnings;  // signs of wrong input, one sentence each
  std::string box = "not stated";     // source of the crop boxes: oracle, annotation, file
};

// Number of samples without surface metrics, by reason.
std::map<std::string, int64_t> surfaces_left_out(const Metrics& metrics);
// Samples left out because of a fault, as "sample_unreadable: 3; ..."; "" if none. Samples outside the test set or excluded by a
// filter are no faults.
std::string faults_of(const std::vector<Evaluation>& evaluations);

// Progress of a phase ("predict", "check", "evaluate"); never called by two threads at once.
using EvaluationProgress = std::function<void(const char* phase, int64_t done, int64_t all)>;

struct EvaluationOptions {
  MeasureOptions measure;
  std::string box = "not stated";
  std::map<std::string, int64_t> skipped;  // samples left out before, by reason
  // Whether a sample was left out of the ground truth on purpose; a prediction of it is then not an error.
  std::function<bool(const std::string& sample)> excluded = {};
  bool check_truth = true;                                  // throws Error when check_hand_sets rejects the ground truth
  std::vector<std::string> accepted;                        // findings that check_hand_sets accepts
  const HandSets* against = nullptr;                        // a second method on the same samples
  std::function<void(Protocol, const SampleErrors&)> each;  // called with errors in order of the ground truth
  EvaluationProgress progress;                              // phases "check" and "evaluate"
};

// Joins predictions and ground truth by sample id. Leaves out and counts samples that are not in a protocol's test set
// (not_both_hands) or cannot be measured (no_valid_joint; implausible_prediction and implausible_truth when options.measure
// leaves such samples out). Memory grows by about 16 bytes per sample. No printed digit depends on the chunk size, the number of
// threads, or the order of either set. Throws Error, also on sets that check_hand_sets rejects unless implausible hands are left
// out.
std::vector<Evaluation> evaluate(const std::vector<Protocol>& protocols, const HandSets& predictions, const HandSets& truth,
                                 const TwoHands& hands, const EvaluationOptions& options = {});
// Throws Error naming the first sample with a prediction but no ground truth, unless `excluded` holds for it.
void require_no_surplus(const HandSets& predictions, const HandSets& truth,
                        const std::function<bool(const std::string& sample)>& excluded = {});
// Sets in memory, under one protocol and without surface metrics: for validation during training. Samples that cannot be measured
// are counted and left out, so that an undertrained network does not stop the run.
Evaluation evaluate(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                    const std::map<std::string, int64_t>& skipped = {});

// Evaluation from errors that were measured before, chunk by chunk, by several processes (evaluation_part.h).
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

// Tables and JSON (docs/formats.md) that `interprior evaluate` prints.
std::string evaluation_table(const std::vector<Evaluation>& evaluations);
std::string evaluation_json(const std::vector<Evaluation>& evaluations);  // one object; a list when there are several
std::string evaluation_latex(const std::vector<Evaluation>& evaluations, const std::string& method);

// samples.csv: one row per protocol, sample and metric, of samples that count.
std::string sample_csv_head();
std::string sample_csv_rows(Protocol protocol, const SampleErrors& errors);

}  // namespace interprior
