#pragma once
#include "closed_hands.h"
#include "interprior/metric/sample_errors.h"
#include "mesh_plausibility.h"

namespace interprior {

// Contact errors of the closed surfaces of a sample's hands, predicted and ground truth. A mesh that is no hand (HandLikeness) is
// marked and its sample's surfaces are skipped: they would be meaningless, and could take minutes.
class SurfaceMeter {
 public:
  explicit SurfaceMeter(const HandModel& hand) : is_hand_{HandLikeness(hand.hand.right), HandLikeness(hand.hand.left)} {}
  // Writes row `row` of errors; both ground-truth meshes must count. `closed` belongs to the calling thread.
  void measure(ClosedHands& closed, const SamplePoints& predicted, const SamplePoints& truth, int64_t row,
               SurfaceErrors& errors) const;

 private:
  bool are_hands(const PerHand<Points>& vertices, int64_t row, const torch::Tensor& marks) const;

  PerHand<HandLikeness> is_hand_;
};

}  // namespace interprior
