#include "interprior/infer/evaluation.h"

#include <torch/types.h>

#include <algorithm>

#include "evaluation_chunks.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

// Protocols that count the same samples.
struct TestSet {
  bool both_hands = false;
  std::vector<Protocol> protocols;
  std::vector<size_t> place;  // of each among those asked for
};

std::vector<TestSet> test_sets(const std::vector<Protocol>& protocols) {
  std::vector<TestSet> sets;
  for (const bool both : {true, false}) {
    TestSet set{both, {}, {}};
    for (size_t i = 0; i < protocols.size(); ++i)
      if (rule_of(protocols[i]).both_hands == both) {
        set.protocols.push_back(protocols[i]);
        set.place.push_back(i);
      }
    if (!set.protocols.empty()) sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace

void require_no_surplus(const HandSets& predictions, const HandSets& truth) {
  const IdRows true_rows(truth);
  for (int64_t begin = 0; begin < predictions.size(); begin += kRowsTogether)
    for (const std::string& id : predictions.ids(begin, std::min(begin + kRowsTogether, predictions.size())))
      if (true_rows.row_of(id) < 0)
        throw Error("sample " + id + " has a prediction but no truth", predictions.name(),
                    "evaluate on the set that was predicted");
}

// What a set's own averages say, beside the method.
struct EvaluationSums::Impl {
  std::vector<Protocol> protocols;
  const HandSets& truth;
  const TwoHands& hands;
  std::vector<TestSet> sets;
  std::vector<MetricSums> method, mean_pose, mean_pose_true_wrist;
  std::map<bool, MeanHands> mean;  // by TestSet::both_hands
  std::map<bool, int64_t> left_out;
  int64_t rows = 0;
  SampleMeter points;  // baselines are not asked how their surfaces meet

  Impl(const std::vector<Protocol>& wanted, const HandSets& true_hands, const TwoHands& two, int64_t threads)
      : protocols(wanted), truth(true_hands), hands(two), sets(test_sets(wanted)), points(two.model, {false, threads}) {
    for (const Protocol protocol : protocols)
      for (std::vector<MetricSums>* sums : {&method, &mean_pose, &mean_pose_true_wrist}) sums->emplace_back(protocol);
    for (const TestSet& set : sets) {
      MeanHands& average = mean.emplace(set.both_hands, hands).first->second;
      int64_t counted = 0;
      for_each_chunk(truth, [&](const HandSet& some) {
        const torch::Tensor index = rows_of_test_set(some, set.both_hands);
        const HandSet counts = only(some, index);
        counted += counts.size();
        if (counts.size() > 0 && has_baselines()) average.add(counts);
      });
      require(counted > 0,
              "no sample has the meshes of both hands, which the protocol " + name_of(set.protocols.front()) + " measures",
              truth.name(), "choose the protocol interwild or internet for pictures of one hand");
      left_out[set.both_hands] = truth.size() - counted;
    }
  }

  bool has_baselines() const { return truth.has(&HandSet::pose); }

  void add_baselines(const TestSet& set, const HandSet& counts) {
    if (!has_baselines()) return;
    const MeanHands& average = mean.at(set.both_hands);
    HandSet with_wrists = counts;  // a hand without MANO has no true wrist to take
    with_wrists.joint_valid = valid_joints(counts) & valid_meshes(counts).unsqueeze(2);
    const auto add = [&](const HandSet& baseline, const HandSet& measured, std::vector<MetricSums>& sums) {
      const std::vector<SampleErrors> errors = points(set.protocols, baseline, measured);
      for (size_t i = 0; i < set.place.size(); ++i) sums[set.place[i]].add(errors[i]);
    };
    add(average.mean_pose(counts), counts, mean_pose);
    add(average.mean_pose_true_wrist(counts), with_wrists, mean_pose_true_wrist);
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
      skip("no_valid_joint", truth.size() - out - evaluation.metrics.samples);
      evaluation.mean_pose = evaluation.mean_pose_true_wrist = not_measured(protocols[i]);
      if (has_baselines()) {
        evaluation.mean_pose = mean_pose[i].finish();
        if (mean_pose_true_wrist[i].samples() > 0) evaluation.mean_pose_true_wrist = mean_pose_true_wrist[i].finish();
      }
      evaluations.push_back(std::move(evaluation));
    }
    return evaluations;
  }
};

EvaluationSums::EvaluationSums(const std::vector<Protocol>& protocols, const HandSets& truth, const TwoHands& hands)
    : impl_(std::make_unique<Impl>(protocols, truth, hands, 0)) {
  for (const TestSet& set : impl_->sets)
    for_each_chunk(truth, [&](const HandSet& some) {
      const HandSet counts = only(some, rows_of_test_set(some, set.both_hands));
      if (counts.size() > 0) impl_->add_baselines(set, counts);
    });
}
EvaluationSums::~EvaluationSums() = default;

void EvaluationSums::add(Protocol protocol, const SampleErrors& errors) {
  const auto found = std::find(impl_->protocols.begin(), impl_->protocols.end(), protocol);
  require(found != impl_->protocols.end(), "errors of a protocol that was not asked for");
  impl_->method[static_cast<size_t>(found - impl_->protocols.begin())].add(errors);
}

std::vector<Evaluation> EvaluationSums::finish(const EvaluationOptions& options) const { return impl_->finish(options); }

std::vector<Evaluation> evaluate(const std::vector<Protocol>& protocols, const HandSets& predictions, const HandSets& truth,
                                 const TwoHands& hands, const EvaluationOptions& options) {
  require(!protocols.empty(), "no protocol was named");
  for (const HandSets* set : {&truth, &predictions}) check_hand_sets(*set, hands.model);
  const IdRows predicted_rows(predictions);
  std::optional<IdRows> other_rows;
  if (options.against) {
    check_hand_sets(*options.against, hands.model);
    other_rows.emplace(*options.against);
  }
  using Sums = EvaluationSums::Impl;
  Sums sums(protocols, truth, hands, options.measure.threads);
  const SampleMeter meter(hands.model, options.measure);
  std::vector<PairedSums> paired(options.against ? protocols.size() : 0);
  std::vector<MetricSums> other;
  for (const Protocol protocol : protocols)
    if (options.against) other.emplace_back(protocol);

  int64_t done = 0;
  for_each_chunk(truth, [&](const HandSet& some) {
    for (const TestSet& set : sums.sets) {
      const HandSet counts = only(some, rows_of_test_set(some, set.both_hands));
      if (counts.size() == 0) continue;
      // Pictures that a protocol does not count need no prediction.
      const std::vector<SampleErrors> errors =
          meter(set.protocols, cleared(predictions.rows(predicted_rows.rows_of(counts.sample))), counts);
      const std::vector<SampleErrors> second_errors =
          options.against ? meter(set.protocols, cleared(options.against->rows(other_rows->rows_of(counts.sample))), counts)
                          : std::vector<SampleErrors>();
      for (size_t i = 0; i < set.place.size(); ++i) {
        sums.method[set.place[i]].add(errors[i]);
        if (options.each) options.each(set.protocols[i], errors[i]);
        if (!options.against) continue;
        paired[set.place[i]].add(errors[i], second_errors[i]);
        other[set.place[i]].add(second_errors[i]);
      }
      sums.add_baselines(set, counts);
    }
    done += some.size();
    if (options.progress) options.progress(done, truth.size());
  });

  require_no_surplus(predictions, truth);
  if (options.against) require_no_surplus(*options.against, truth);

  std::vector<Evaluation> evaluations = sums.finish(options);
  for (size_t i = 0; i < paired.size(); ++i) {
    Comparison& comparison = evaluations[i].against.emplace();
    comparison.first = predictions.name();
    comparison.second = options.against->name();
    comparison.other = other[i].finish();
    paired[i].finish(comparison);
  }
  return evaluations;
}

Evaluation evaluate(Protocol protocol, const HandSet& predictions, const HandSet& truth, const TwoHands& hands,
                    const std::map<std::string, int64_t>& skipped) {
  EvaluationOptions options;
  options.measure.surfaces = false;
  options.skipped = skipped;
  return std::move(
      evaluate(std::vector{protocol}, HandSets(predictions, "predictions"), HandSets(truth, "truth"), hands, options).front());
}

}  // namespace interprior
