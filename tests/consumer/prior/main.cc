// prior_consumer PRIOR HAND OUT.obj: one interaction sampled from a prior, as a mesh of the right hand.
#include <iostream>

#include "interprior/geometry/mesh.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/model/checkpoint.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  interprior::InteractionPrior prior = interprior::load_prior(argv[1]);
  const interprior::TwoHands hands(interprior::read_hand_model(argv[2]));
  const torch::NoGradGuard no_grad;
  const torch::Tensor z = prior->from_aggregate(torch::zeros({1, prior->config().latent}));
  const interprior::Interaction interaction = prior->decode(z, hands);
  const auto meshes = hands(interprior::pose_from(interaction, torch::eye(3).unsqueeze(0)));
  const interprior::Mesh mesh = interprior::mesh_from(meshes.right.vertices_in_root[0], hands.layer.right.faces());
  interprior::write_obj(argv[3], mesh);
  std::cout << mesh.vertices.size() << " vertices\n";
  return 0;
}
