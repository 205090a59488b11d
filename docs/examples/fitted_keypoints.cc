// Fits two hands to the first pair of 2D joints of a keypoints.json (docs/formats.md) and writes the right one. The file must
// give the image's size. Run: ./fitted_keypoints PRIOR.safetensors HAND.h5 KEYPOINTS.json RIGHT.obj
#include <algorithm>
#include <iostream>

#include "interprior/infer/keypoint_fit/fit_reconstruction.h"
#include "interprior/model/checkpoint.h"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const interprior::HandModel hand = interprior::read_hand_model(argv[2]);
  const interprior::KeypointImage image = interprior::read_keypoints(argv[3], &hand).images.at(0);
  const double width = static_cast<double>(image.width), height = static_cast<double>(image.height);
  const double focal = interprior::kAssumedFocal * std::max(width, height);  // px, where the camera is not known
  const interprior::FitTarget target{image.pairs.at(0),
                                     {focal, focal, (width - 1) / 2, (height - 1) / 2, image.width, image.height}};

  const interprior::KeypointFit fit(interprior::load_prior(argv[1]), hand);
  const interprior::KeypointFitResult result = fit({target}).at(0);
  const interprior::ReconstructedHands hands = interprior::reconstruction_of(result, target, fit.hands());
  interprior::write_obj(argv[4], hands.surface.right);
  std::cout << "mean distance from the keypoints: " << 100 * result.residual_of_box() << " % of their box\n";
  return 0;
}
