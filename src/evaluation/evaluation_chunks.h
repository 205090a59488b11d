#pragma once
#include <torch/types.h>

#include <algorithm>
#include <functional>

#include "interprior/metric/hand_sets/hand_sets.h"

namespace interprior {

inline constexpr int64_t kChunkRows = 1024;  // samples per chunk

// Replaces non-finite values by 0, because masked values of invalid hands must still be finite. For sets that passed
// check_hand_sets.
inline HandSet cleared(HandSet set) {
  for (const auto& [name, member] : kHandSetTensors)
    if (torch::Tensor& tensor = set.*member; tensor.defined() && tensor.is_floating_point()) tensor = tensor.nan_to_num(0, 0, 0);
  return set;
}

// Calls `look` for each chunk. `checked`: the set passed check_hand_sets. Values of an unchecked set stay as they are, so that
// faults remain visible.
inline void for_each_chunk(const HandSets& sets, const std::function<void(const HandSet&)>& look, bool checked = true) {
  for (int64_t begin = 0; begin < sets.size(); begin += kChunkRows) {
    HandSet some = sets.rows(begin, std::min(begin + kChunkRows, sets.size()));
    look(checked ? cleared(std::move(some)) : some);
  }
}

// Rows in the test set; undefined: all.
inline torch::Tensor rows_of_test_set(const HandSet& truth, bool both_hands) {
  if (!both_hands) return {};
  const torch::Tensor both = valid_meshes(truth).all(1);
  return both.all().item<bool>() ? torch::Tensor() : both.nonzero().squeeze(1);
}

inline HandSet select(const HandSet& set, const torch::Tensor& index) { return index.defined() ? rows(set, index) : set; }

}  // namespace interprior
