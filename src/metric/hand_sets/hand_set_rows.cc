#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <unordered_map>

#include "interprior/base/error.h"
#include "interprior/metric/hand_sets/hand_set.h"

namespace interprior {
namespace {

// Row of each id. Throws Error on duplicate ids.
std::unordered_map<std::string, int64_t> row_of_id(const HandSet& set, const std::string& what) {
  std::unordered_map<std::string, int64_t> row;
  for (const std::string& id : set.sample)
    require(row.emplace(id, static_cast<int64_t>(row.size())).second, "sample " + id + " is duplicated", what);
  return row;
}

}  // namespace

HandSet rows(const HandSet& set, const torch::Tensor& index) {
  HandSet out;
  const torch::Tensor order = index.to(torch::kCPU, torch::kInt64).contiguous();
  const int64_t* row = order.data_ptr<int64_t>();
  for (int64_t i = 0; i < order.numel(); ++i) {
    require(row[i] >= 0 && row[i] < set.size(), c10::str("row ", row[i], " of a set of ", set.size(), " samples"));
    out.sample.push_back(set.sample[static_cast<size_t>(row[i])]);
    if (!set.group.empty()) out.group.push_back(set.group[static_cast<size_t>(row[i])]);
  }
  for (const auto& [name, member] : kHandSetTensors)
    if ((set.*member).defined()) out.*member = (set.*member).index_select(0, order);
  return out;
}

HandSet rows(const HandSet& set, int64_t begin, int64_t end) { return rows(set, torch::arange(begin, end)); }

HandSet concatenated(const std::vector<HandSet>& sets) {
  require(!sets.empty(), "no sets of hands to join");
  HandSet out;
  for (const HandSet& set : sets) {
    require(set.group.empty() == sets.front().group.empty(), "one set of hands has groups and another has none");
    out.sample.insert(out.sample.end(), set.sample.begin(), set.sample.end());
    out.group.insert(out.group.end(), set.group.begin(), set.group.end());
  }
  for (const auto& [name, member] : kHandSetTensors) {
    std::vector<torch::Tensor> parts;
    for (const HandSet& set : sets) {
      require((set.*member).defined() == (sets.front().*member).defined(),
              c10::str("one set of hands has ", name, " and another has none"));
      if ((set.*member).defined()) parts.push_back(set.*member);
    }
    if (!parts.empty()) out.*member = torch::cat(parts);
  }
  return out;
}

HandSet joined(const HandSet& predictions, const HandSet& truth) {
  const auto row = row_of_id(predictions, "predictions");
  const auto true_row = row_of_id(truth, "truth");
  std::vector<int64_t> order;
  for (const std::string& id : truth.sample) {
    const auto found = row.find(id);
    require(found != row.end(), "no prediction for sample " + id, "predictions",
            "predict every sample of the ground truth, or give a ground truth of fewer samples");
    order.push_back(found->second);
  }
  for (const std::string& id : predictions.sample)
    require(true_row.count(id) != 0, "sample " + id + " has a prediction but no ground truth", "predictions",
            "evaluate on the set that was predicted");
  return rows(predictions, torch::tensor(order, torch::kInt64));
}

}  // namespace interprior
