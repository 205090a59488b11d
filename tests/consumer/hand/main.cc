// hand_consumer [HAND.h5]: poses a right hand. Without a file: the procedural hand.
#include <iostream>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"

int main(int argc, char** argv) {
  const interprior::HandModel model = argc > 1 ? interprior::read_hand_model(argv[1]) : interprior::procedural_hand();
  const interprior::ManoLayer layer(model.hand.right, interprior::Side::right);
  const torch::Tensor pose = torch::full({1, 48}, 0.1);  // axis-angle, absolute: the wrist, then 15 joints in MANO's order
  const torch::Tensor rotations = interprior::matrix_from_axis_angle(pose.view({1, 16, 3}));
  const torch::Tensor shape = torch::zeros({1, 10}), wrist = torch::zeros({1, 3});
  const interprior::HandMesh mesh = layer({rotations, shape, wrist});
  const torch::Tensor tip = mesh.joints_in_root[0][8];  // of the index finger, m
  std::cout << mesh.vertices_in_root.size(1) << " vertices, tip at " << tip[0].item<double>() << " " << tip[1].item<double>()
            << " " << tip[2].item<double>() << "\n";
  return 0;
}
