#include "interprior/report/figure_samples.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "interprior/base/error.h"
#include "interprior/metric/mean_of_hands.h"
#include "interprior/metric/sample_errors.h"

namespace interprior {
namespace {

constexpr int64_t kChunkRows = 1024;

std::vector<const HandSets*> sets_of(const FigureSources& sources) {
  std::vector<const HandSets*> sets;
  if (sources.truth) sets.push_back(sources.truth);
  for (const FigureMethod& method : sources.methods) sets.push_back(method.sets);
  return sets;
}

// Whether all sets have a sample.
class SharedSamples {
 public:
  explicit SharedSamples(const FigureSources& sources) {
    for (const HandSets* set : sets_of(sources)) rows_.emplace_back(*set);
  }
  bool has(const std::string& sample) const {
    return std::all_of(rows_.begin(), rows_.end(), [&](const IdRows& rows) { return rows.row_of(sample) >= 0; });
  }
  // The shared ones among rows begin .. end-1 of a set.
  std::vector<std::string> among(const HandSets& set, int64_t begin, int64_t end) const {
    std::vector<std::string> shared;
    for (std::string& sample : set.ids(begin, end))
      if (has(sample)) shared.push_back(std::move(sample));
    return shared;
  }

 private:
  std::vector<IdRows> rows_;
};

void require_enough(size_t found, int64_t wanted, const char* what, const char* option) {
  require(static_cast<int64_t>(found) >= wanted,
          c10::str("there are only ", found, " samples ", what, ", ", wanted, " are requested"), option, "choose fewer");
}

// Rows in which the prediction has every hand that the protocol measures.
std::vector<int64_t> measurable_rows(const HandSet& predictions, const HandSet& truth, const ProtocolRule& rule) {
  const torch::Tensor measured = rule.annotated_joints ? valid_hands(truth) : valid_meshes(truth),
                      lacking = (measured & valid_meshes(predictions).logical_not()).any(1).contiguous();
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < truth.size(); ++row)
    if (!lacking.const_data_ptr<bool>()[row]) rows.push_back(row);
  return rows;
}

}  // namespace

void require_samples(const FigureSources& sources, const std::vector<std::string>& samples) {
  require(!samples.empty(), "no sample is chosen", "--ids");
  std::set<std::string> seen;
  for (const std::string& sample : samples)
    require(seen.insert(sample).second, "sample " + sample + " is named twice", "--ids", "name each sample once");
  for (const HandSets* set : sets_of(sources)) {
    const IdRows rows(*set);
    std::vector<std::string> missing;
    for (const std::string& sample : samples)
      if (rows.row_of(sample) < 0) missing.push_back(sample);
    if (missing.empty()) continue;
    const std::string others = missing.size() > 1 ? c10::str(" and ", missing.size() - 1, " more of the named samples") : "";
    throw Error("there is no sample " + missing.front() + others, set->name(),
                "its ids are SPLIT/FILE, such as " + set->ids(0, 1).front());
  }
}

std::vector<std::string> random_samples(const FigureSources& sources, int64_t count, Seed seed) {
  require(!sources.methods.empty(), "a figure needs a method");
  const HandSets& first = *sources.methods.front().sets;
  const std::vector<std::string> shared = SharedSamples(sources).among(first, 0, first.size());
  require_enough(shared.size(), count, "that all files have", "--random");
  std::vector<std::string> samples;
  for (const int64_t row : random_order(static_cast<int64_t>(shared.size()), seed.derive("figure"))) {
    if (static_cast<int64_t>(samples.size()) == count) break;
    samples.push_back(shared[static_cast<size_t>(row)]);
  }
  return samples;
}

std::vector<FigureSample> worst_samples(const FigureSources& sources, int64_t count, Protocol protocol, const HandModel& hand) {
  require(!sources.methods.empty() && sources.truth, "the worst samples are found by the ground truth", "--worst",
          "add --truth T.h5");
  const HandSets &first = *sources.methods.front().sets, &truth = *sources.truth;
  const IdRows first_rows(first), true_rows(truth);
  const SharedSamples shared(sources);
  const SampleMeter meter(hand, {.surfaces = false, .threads = 0, .implausible = Implausible::leave_out});
  std::vector<FigureSample> found;
  for (int64_t begin = 0; begin < truth.size(); begin += kChunkRows) {
    const std::vector<std::string> ids = shared.among(truth, begin, std::min(begin + kChunkRows, truth.size()));
    if (ids.empty()) continue;
    const HandSet predicted = first.rows(first_rows.rows_of(ids)), real = truth.rows(true_rows.rows_of(ids));
    const std::vector<int64_t> measurable = measurable_rows(predicted, real, rule_of(protocol));
    if (measurable.empty()) continue;
    const torch::Tensor index = torch::tensor(measurable, torch::kInt64);
    const SampleErrors errors = meter({protocol}, rows(predicted, index), rows(real, index)).front();
    const torch::Tensor joint = errors.joint.contiguous();
    for (int64_t row = 0; row < errors.size(); ++row) {
      const double* mm = joint.const_data_ptr<double>() + 2 * row;
      if (const double error = mean_of_hands({mm[0], mm[1]}); !std::isnan(error))
        found.push_back({errors.sample[static_cast<size_t>(row)], error});
    }
  }
  require_enough(found.size(), count, "of all files with an error", "--worst");
  const auto worse = [](const FigureSample& a, const FigureSample& b) {
    return a.error_mm != b.error_mm ? a.error_mm > b.error_mm : a.sample < b.sample;
  };
  std::sort(found.begin(), found.end(), worse);
  found.resize(static_cast<size_t>(count));
  return found;
}

}  // namespace interprior
