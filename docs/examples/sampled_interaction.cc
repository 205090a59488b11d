// Samples an interaction of two hands from a trained prior and writes both meshes.
// Run: ./sampled_interaction PRIOR.safetensors HAND.h5 OUT.glb [SEED]
#include <iostream>

#include "interprior/base/seed.h"
#include "interprior/geometry/mesh.h"
#include "interprior/model/checkpoint.h"

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const torch::NoGradGuard no_grad;
  interprior::InteractionPrior prior = interprior::load_prior(argv[1]);
  const interprior::TwoHands hands(interprior::read_hand_model(argv[2]));
  const interprior::Seed seed{argc > 4 ? std::stoull(argv[4]) : 0};
  const torch::Tensor noise = prior->temperature() * interprior::normal_tensor({1, prior->config().latent}, seed);
  const interprior::Interaction interaction = prior->decode(prior->from_aggregate(noise), hands);

  const auto meshes = hands(interprior::pose_from(interaction, torch::eye(3).unsqueeze(0)));  // axes of the right wrist
  std::vector<interprior::NamedMesh> both;
  for (const interprior::Side side : interprior::kSides)
    both.push_back(
        {interprior::side_name(side), interprior::mesh_from(meshes[side].vertices_in_root[0], hands.layer[side].faces())});
  interprior::write_glb(argv[3], both);
  std::cout << "left wrist at " << interaction.left_in_right[0][0].item<double>() << " m along the right wrist's x axis\n";
  return 0;
}
