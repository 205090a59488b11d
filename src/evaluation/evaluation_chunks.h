#pragma once
#include <torch/types.h>

#include <algorithm>
#include <functional>

#include "interprior/metric/hand_sets/hand_sets.h"

namespace interprior {

inline constexpr int64_t kRowsTogether = 1024;  // samples in memory

// What hands that are not valid hold does not matter, but must be numbers. For sets that check_hand_sets has let pass.
inline HandSet cleared(HandSet set) {
  for (const auto& [name, member] : kHandSetTensors)
    if (torch::Tensor& tensor = set.*member; tensor.defined() && tensor.is_floating_point()) tensor = tensor.nan_to_num(0, 0, 0);
  return set;
}

// `checked`: check_hand_sets has let the set pass. Values of one that was not are left as they are, to be looked at.
inline void for_each_chunk(const HandSets& sets, const std::function<void(const HandSet&)>& look, bool checked = true) {
  for (int64_t begin = 0; begin < sets.size(); begin += kRowsTogether) {
    HandSet some = sets.rows(begin, std::min(begin + kRowsTogether, sets.size()));
    look(checked ? cleared(std::move(some)) : some);
  }
}

// Rows of a test set; undefined: all of them.
inline torch::Tensor rows_of_test_set(const HandSet& truth, bool both_hands) {
  if (!both_hands) return {};
  const torch::Tensor both = valid_meshes(truth).all(1);
  return both.all().item<bool>() ? torch::Tensor() : both.nonzero().squeeze(1);
}

inline HandSet only(const HandSet& set, const torch::Tensor& index) { return index.defined() ? rows(set, index) : set; }

}  // namespace interprior
