#include "interprior/evaluation/evaluation.h"

#include <torch/types.h>

#include <algorithm>

#include "evaluation_chunks.h"
#include "interprior/base/error.h"
#include "interprior/base/table.h"
#include "interprior/evaluation/test_set.h"
#include "prediction_doubts.h"

namespace interprior {
namespace {

// Empty when the predictions are better than the mean pose, or when one of the two errors is NaN.
std::string mean_pose_warning(const Evaluation& evaluation) {
  const double own = evaluation.metrics.at("mpjpe_mm"), mean = evaluation.mean_pose.at("mpjpe_mm");
  return own >= mean ? "no better than the mean pose, whose MPJPE is " + number(mean) + " mm" : std::string();
}

}  // namespace

void require_no_surplus(const HandSets& predictions, const HandSets& truth,
                        const std::function<bool(const std::string& sample)>& excluded) {
  const IdRows true_rows(truth);
  for (int64_t begin = 0; begin < predictions.size(); begin += kChunkRows)
    for (const std::string& id : predictions.ids(begin, std::min(begin + kChunkRows, predictions.size())))
      if (true_rows.row_of(id) < 0 && !(excluded && excluded(id)))
        throw Error("sample " + id + " has a prediction but no ground truth", predictions.name(),
                    "evaluate on the set that was predicted");
}

// Metrics of the method and of the baselines from averages of the ground truth.
struct EvaluationSums::Impl {
  std::vector<Protocol> protocols;
  const HandSets& truth;
  const TwoHands& hands;
  std::vector<TestSet> sets;
  std::vector<MetricSums> method, mean_pose, mean_pose_gt_orientation;
  std::map<bool, MeanHands> mean;  // by TestSet::both_hands
  std::map<bool, int64_t> left_out;
  int64_t rows = 0;

  // `visit` gets the ids of the samples of each test set, chunk by chunk.
  Impl(const std::vector<Protocol>& wanted, const HandSets& true_hands, const TwoHands& two, bool checked_truth = true,
       const std::function<void(const std::vector<std::string>&)>& visit = {})
      : protocols(wanted), truth(true_hands), hands(two), sets(test_sets(wanted)) {
    for (const Protocol protocol : protocols)
      for (std::vector<MetricSums>* sums : {&method, &mean_pose, &mean_pose_gt_orientation}) sums->emplace_back(protocol);
    for (const TestSet& set : sets) {
      MeanHands& average = mean.emplace(set.both_hands, hands).first->second;
      int64_t counted = 0;
      for_each_chunk(
          truth,
          [&](const HandSet& some) {
            const torch::Tensor index = rows_of_test_set(some, set.both_hands);
            const HandSet counts = select(some, index);
            counted += counts.size();
            if (visit) visit(counts.sample);
            if (counts.size() > 0 && truth.has(&HandSet::pose)) average.add(counts);
          },
          checked_truth);
      require(counted > 0,
              "no sample has the meshes of both hands, which the protocol " + name_of(set.protocols.front()) + " measures",
              truth.name(), "choose the protocol interwild or internet for images of one hand");
      left_out[set.both_hands] = truth.size() - counted;
    }
  }

  // Number of samples, summed over test sets.
  int64_t to_measure() const {
    int64_t count = 0;
    for (const auto& [both_hands, out] : left_out) count += truth.size() - out;
    return count;
  }

  // What a baseline predicts for some samples, and what of their ground truth it is measured on.
  struct Baseline {
    HandSet predictions, truth;
    std::vector<MetricSums>* sums;
  };
  std::vector<Baseline> baselines(const TestSet& set, const HandSet& counts) {
    const MeanHands& average = mean.at(set.both_hands);
    const PerHand<bool> known = average.known();
    if (!known.right && !known.left) return {};
    HandSet with_mean = counts, with_wrists = counts;  // valid only if the baseline has a mean or a ground-truth wrist
    with_mean.joint_valid = valid_joints(counts) & torch::tensor({known.right, known.left}).view({1, 2, 1});
    with_wrists.joint_valid = valid_joints(counts) & valid_meshes(counts).unsqueeze(2);
    return {{average.mean_pose(counts), std::move(with_mean), &mean_pose},
            {average.mean_pose_gt_orientation(counts), std::move(with_wrists), &mean_pose_gt_orientation}};
  }

  // Measures these predictions and the baselines, whose errors are added. Returns the errors of the predictions.
  std::vector<std::vector<SampleErrors>> measure(const SampleMeter& meter, const TestSet& set, const HandSet& counts,
                                                 std::vector<MeasuredSet> predictions) {
    const size_t methods = predictions.size();
    const std::vector<Baseline> others = baselines(set, counts);
    for (const Baseline& baseline : others) predictions.push_back({baseline.predictions, baseline.truth, false});
    std::vector<std::vector<SampleErrors>> errors = meter(set.protocols, predictions);
    for (size_t k = 0; k < others.size(); ++k)
      for (size_t i = 0; i < set.place.size(); ++i) (*others[k].sums)[set.place[i]].add(errors[methods + k][i]);
    errors.resize(methods);
    return errors;
  }

  std::vector<Evaluation> finish(const EvaluationOptions& options) const {
    std::vector<Evaluation> evaluations;
    for (size_t i = 0; i < protocols.size(); ++i) {
      Evaluation evaluation;
      evaluation.box = options.box;
      evaluation.skipped = options.skipped;
      const auto skip = [&](const char* reason, int64_t count) {
        if (count > 0) evaluation.skipped[reason] += count;
      };
      const int64_t out = left_out.at(rule_of(protocols[i]).both_hands);
      skip("not_both_hands", out);
      evaluation.metrics = method[i].finish();
      const LeftOut& faults = evaluation.metrics.left_out;
      skip("implausible_prediction", faults.implausible_samples);
      skip("implausible_truth", faults.true_implausible_samples);
      skip("no_valid_joint",
           truth.size() - out - evaluation.metrics.samples - faults.implausible_samples - faults.true_implausible_samples);
      evaluation.mean_pose = evaluation.mean_pose_gt_orientation = not_measured(protocols[i]);
      if (mean_pose[i].samples() > 0) evaluation.mean_pose = mean_pose[i].finish();
      if (mean_pose_gt_orientation[i].samples() > 0) evaluation.mean_pose_gt_orientation = mean_pose_gt_orientation[i].finish();
      if (const std::string text = mean_pose_warning(evaluation); !text.empty()) evaluation.warnings.push_back(text);
      evaluations.push_back(std::move(evaluation));
    }
    return evaluations;
  }
};

EvaluationSums::EvaluationSums(const std::vector<Protocol>& protocols, const HandSets& truth, const TwoHands& hands)
    : impl_(std::make_unique<Impl>(protocols, truth, hands)) {
  const SampleMeter meter(hands.model, {.surfaces = false, .threads = 0, .implausible = Implausible::leave_out});
  for (const TestSet& set : impl_->sets)
    for_each_chunk(truth, [&](const HandSet& some) {
      const HandSet counts = select(some, rows_of_test_set(some, set.both_hands));
      if (counts.size() > 0) impl_->measure(meter, set, counts, {});
    });
}
EvaluationSums::~EvaluationSums() = default;

void EvaluationSums::add(Protocol protocol, const SampleErrors& errors) {
  const auto found = std::find(impl_->protocols.begin(), impl_->protocols.end(), protocol);
  require(found != impl_->protocols.end(), "errors of a protocol that was not requested");
  impl_->method[static_cast<size_t>(found - impl_->protocols.begin())].add(errors);
}

std::vector<Evaluation> EvaluationSums::finish(const EvaluationOptions& options) const { return impl_->finish(options); }

namespace {

// Throws Error when a set that must pass check_hand_sets does not.
void check_sets(const EvaluationOptions& options, const HandSets& predictions, const HandSets& truth, const TwoHands& hands) {
  std::vector<const HandSets*> sets;
  if (options.check_truth) sets.push_back(&truth);
  if (options.measure.implausible == Implausible::refuse) sets.push_back(&predictions);
  if (options.against) sets.push_back(options.against);
  int64_t all = 0, before = 0;
  for (const HandSets* set : sets) all += set->size();
  for (const HandSets* set : sets) {
    check_hand_sets(*set, hands.model, options.accepted, [&](int64_t done) {
      if (options.progress) options.progress("check", before + done, all);
    });
    before += set->size();
  }
}

// A second method, compared with the first sample by sample.
struct SecondMethod {
  SecondMethod(const HandSets& predictions, const std::vector<Protocol>& protocols)
      : sets(predictions), rows(predictions), paired(protocols.size()) {
    for (const Protocol protocol : protocols) sums.emplace_back(protocol);
  }

  // `place`: index of each protocol of the test set among all.
  void add(const std::vector<size_t>& place, const std::vector<SampleErrors>& first, const std::vector<SampleErrors>& own) {
    for (size_t i = 0; i < place.size(); ++i) {
      paired[place[i]].add(first[i], own[i]);
      sums[place[i]].add(own[i]);
    }
  }
  Comparison comparison(size_t place, const std::string& first) const {
    Comparison comparison;
    comparison.first = first;
    comparison.second = sets.name();
    comparison.other = sums[place].finish();
    paired[place].finish(comparison);
    return comparison;
  }

  const HandSets& sets;
  IdRows rows;
  std::vector<PairedSums> paired;  // by protocol, like `sums`
  std::vector<MetricSums> sums;
};

}  // namespace

std::vector<Evaluation> evaluate(const std::vector<Protocol>& protocols, const HandSets& predictions, const HandSets& truth,
                                 const TwoHands& hands, const EvaluationOptions& options) {
  const bool refuses = options.measure.implausible == Implausible::refuse;
  check_sets(options, predictions, truth, hands);
  // A checked set is finite wherever it counts, so the rest can be cleared; faults of an unchecked set must remain visible.
  const auto looked_at = [](HandSet set, bool checked) { return checked ? cleared(std::move(set)) : set; };
  const IdRows predicted_rows(predictions);
  std::optional<SecondMethod> second;
  if (options.against) second.emplace(*options.against, protocols);
  using Sums = EvaluationSums::Impl;
  // Missing predictions are found before anything is measured.
  Sums sums(protocols, truth, hands, options.check_truth, [&](const std::vector<std::string>& ids) {
    predicted_rows.rows_of(ids);
    if (second) second->rows.rows_of(ids);
  });
  require_no_surplus(predictions, truth, options.excluded);
  if (options.against) require_no_surplus(*options.against, truth, options.excluded);
  MeasureOptions measure = options.measure;
  const int64_t all = sums.to_measure();
  if (options.progress)
    measure.measured = [&options, all, done = int64_t{0}](int64_t samples) mutable {
      options.progress("evaluate", done += samples, all);
    };
  const SampleMeter meter(hands.model, measure);
  std::map<bool, PredictionDoubts> doubts;  // by TestSet::both_hands
  for (const TestSet& set : sums.sets) doubts.try_emplace(set.both_hands, hands);

  for_each_chunk(
      truth,
      [&](const HandSet& some) {
        for (const TestSet& set : sums.sets) {
          const HandSet counts = select(some, rows_of_test_set(some, set.both_hands));
          if (counts.size() == 0) continue;
          // Samples outside the test set need no prediction.
          const HandSet predicted = looked_at(predictions.rows(predicted_rows.rows_of(counts.sample)), refuses);
          HandSet others;
          std::vector<MeasuredSet> methods = {{predicted, counts}};
          if (second) {
            others = cleared(second->sets.rows(second->rows.rows_of(counts.sample)));
            methods.push_back({others, counts});
          }
          const auto measured = sums.measure(meter, set, counts, methods);
          const std::vector<SampleErrors>& errors = measured.front();
          if (refuses) doubts.at(set.both_hands).add(set.protocols.front(), predicted, counts, errors.front());
          for (size_t i = 0; i < set.place.size(); ++i) {
            sums.method[set.place[i]].add(errors[i]);
            if (options.each) options.each(set.protocols[i], errors[i]);
          }
          if (second) second->add(set.place, errors, measured.back());
        }
      },
      options.check_truth);

  std::vector<Evaluation> evaluations = sums.finish(options);
  for (Evaluation& evaluation : evaluations)
    for (const std::string& text : doubts.at(rule_of(evaluation.metrics.protocol).both_hands).warnings())
      evaluation.warnings.push_back(text);
  for (size_t i = 0; i < evaluations.size() && second; ++i) evaluations[i].against = second->comparison(i, predictions.name());
  return evaluations;
}

Evaluation evaluate(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                    const std::map<std::string, int64_t>& skipped) {
  EvaluationOptions options;
  options.measure.surfaces = false;
  options.measure.implausible = Implausible::leave_out;
  options.check_truth = false;
  options.skipped = skipped;
  return std::move(
      evaluate(std::vector{protocol}, HandSets(predictions, "predictions"), HandSets(truth, "truth"), hands, options).front());
}

}  // namespace interprior
