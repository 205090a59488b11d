#pragma once
#include "closed_hands.h"
#include "interprior/metric/sample_errors.h"
#include "mesh_plausibility.h"

namespace interprior {

// How the closed surfaces of a sample's hands meet, predicted and true. A mesh that is no hand is marked, and its sample's
// surfaces are left out: they would tell nothing, and could take minutes.
class SurfaceMeter {
 public:
  explicit SurfaceMeter(const HandModel& hand) : is_hand_{HandLikeness(hand.hand.right), HandLikeness(hand.hand.left)} {}
  // Row `row` of errors; both true meshes count. `closed` is of the calling thread.
  void measure(ClosedHands& closed, const SamplePoints& predicted, const SamplePoints& truth, int64_t row,
               SampleErrors& errors) const;

 private:
  bool are_hands(const PerHand<Points>& vertices, int64_t row, const torch::Tensor& marks) const;

  PerHand<HandLikeness> is_hand_;
};

}  // namespace interprior
