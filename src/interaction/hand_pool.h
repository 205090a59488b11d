#pragma once
#include <array>
#include <vector>

#include "interprior/base/seed.h"
#include "interprior/hand/hand_chain.h"
#include "joint_limits.h"

namespace interprior {

// The single hands that pairs are made of, drawn within a split: first a source, as likely as the root of its number of hands, so
// that a large one does not leave the small ones unseen, then one of its hands.
class HandPool {
 public:
  // The first 2 * `pairs` rows are the hands of that many interactions, the right ones first (single_hands): the two of one are
  // one entry. Angles beyond half a turn are wrapped.
  HandPool(Poses poses, int64_t pairs);

  bool can_pair(int64_t split) const;                                    // hands of at least two entries
  int64_t draw(int64_t split, Random& random) const;                     // a row
  int64_t draw_other(int64_t split, int64_t row, Random& random) const;  // a row of another entry

  const Poses& poses() const { return poses_; }
  torch::Tensor fingers(int64_t row, Side side) const;  // (45) as a hand of this side has them
  ShapeNumbers shape(int64_t row) const;
  int64_t entry(int64_t row) const { return row < 2 * pairs_ ? row % pairs_ : row; }

 private:
  struct Source {
    std::vector<int64_t> rows;
    double until = 0;  // share of the draws that go to this source or one before
  };
  Poses poses_;
  int64_t pairs_;
  std::array<std::vector<Source>, 3> splits_;
};

}  // namespace interprior
