#pragma once
#include <array>
#include <vector>

#include "interprior/base/seed.h"
#include "interprior/hand/hand_chain.h"
#include "joint_limits.h"

namespace interprior {

// Samples single hands within a split: first a source, with probability proportional to the square root of its number of hands,
// so that small sources are not lost beside large ones, then one of its hands.
class HandPool {
 public:
  // The first 2 * `pairs` rows are the hands of `pairs` interactions, right hands first (single_hands); the two hands of an
  // interaction are one entry. Rotation angles above pi are wrapped.
  HandPool(Poses poses, int64_t pairs);

  bool can_pair(int64_t split) const;                                      // whether hands of two entries exist
  int64_t sample(int64_t split, Random& random) const;                     // a row
  int64_t sample_other(int64_t split, int64_t row, Random& random) const;  // a row of another entry

  const Poses& poses() const { return poses_; }
  torch::Tensor fingers(int64_t row, Side side) const;  // (45) rad, mirrored if the row has the other side
  ShapeNumbers shape(int64_t row) const;
  int64_t entry(int64_t row) const { return row < 2 * pairs_ ? row % pairs_ : row; }

 private:
  struct Source {
    std::vector<int64_t> rows;
    double until = 0;  // cumulative probability of the sources up to this one
  };
  Poses poses_;
  int64_t pairs_;
  std::array<std::vector<Source>, 3> splits_;
};

}  // namespace interprior
