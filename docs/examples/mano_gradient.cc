// Poses a right hand by gradient descent until the tip of its index finger is at a point: the MANO layer is differentiable.
// Run: ./mano_gradient [HAND.h5]    without a file: the procedural hand
#include <iostream>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"

int main(int argc, char** argv) {
  const interprior::HandModel model = argc > 1 ? interprior::read_hand_model(argv[1]) : interprior::procedural_hand();
  const interprior::ManoLayer layer(model.hand.right, interprior::Side::right);
  // The tip of the index finger (3) m. pose (1,16,3): axis-angle, rad, absolute: the wrist, then 15 joints in MANO's order.
  const auto tip_of = [&](const torch::Tensor& pose) {
    const torch::Tensor shape = torch::zeros({1, 10}), wrist = torch::zeros({1, 3});
    return layer({interprior::matrix_from_axis_angle(pose), shape, wrist}).joints_in_root[0][8];
  };
  const torch::Tensor target = tip_of(torch::full({1, 16, 3}, 0.1));
  torch::Tensor pose = torch::zeros({1, 16, 3}).requires_grad_();
  for (int step = 0; step < 100; ++step) {
    const torch::Tensor squared = (tip_of(pose) - target).square().sum();
    if (step % 99 == 0) std::cout << "step " << step << ": " << 1000 * squared.sqrt().item<double>() << " mm\n";
    squared.backward();
    pose = (pose - 10 * pose.grad()).detach().requires_grad_();
  }
  return 0;
}
