#pragma once
#include <torch/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/geometry/crop.h"
#include "interprior/infer/keypoints/keypoints.h"
#include "interprior/infer/original_camera.h"
#include "interprior/model/sampler.h"

namespace interprior {

// What a fit believes of two hands before it sees keypoints.
enum class FitPrior {
  gaussian,  // one Gaussian over the 209 numbers of the prior's training patterns, without the network
  code,      // z of the prior's aggregated posterior
  residual,  // the same, and a residual of the 209 numbers, which z alone does not reach: 0.6 of the Gaussian's deviations
  none       // each hand for itself: fingers near the mean pose, shape near zero, the left wrist anywhere
};
template <>
struct EnumNames<FitPrior> {
  static std::vector<std::pair<FitPrior, std::string>> table() {
    return {
        {FitPrior::code, "code"}, {FitPrior::residual, "residual"}, {FitPrior::gaussian, "gaussian"}, {FitPrior::none, "none"}};
  }
};

struct FitOptions {
  FitPrior prior = FitPrior::gaussian;
  double sigma = 0.02;         // standard deviation of a keypoint, of the longer side of the keypoints' box
  double joint_sigma = 0.005;  // m, of a joint given in 3D
  int64_t starts = 12;         // views that are tried
  int64_t finished = 2;        // of these, fitted to the end
  int64_t library = 8192;      // draws of the prior under random views, among which starts are looked up
  uint64_t seed = 0;           // of the library
};

// One pair's keypoints, and the camera of its picture.
struct FitTarget {
  KeypointPair keypoints;
  Pinhole camera;
};

// A minimum of one pair's energy. Everything in the picture's camera, on the CPU.
struct FittedPair {
  HandsInCamera hands;                      // one row
  PerHand<ManoParameters> mano;             // the same
  PerHand<torch::Tensor> joints_in_camera;  // (21,3) m
  torch::Tensor spread;                     // (2,21) m: standard deviation of each joint about the right wrist, by Laplace's
                                            // approximation
  PerHand<torch::Tensor> residual;          // (21) px, NaN where a joint was not seen
  double energy = 0;                        // minus the logarithm of the posterior, but for a constant
  double code = 0;                          // root of the mean square of the code's numbers: 1 is typical of the prior
};
struct KeypointFitResult {
  std::vector<FittedPair> minima;  // the best first; others differ by more than 1 cm in a joint
  std::vector<double> weights;     // of each, from the energies; their sum is 1
  bool sides_exchanged = false;    // the keypoints fit far better with right and left exchanged
  Box box;                         // px, of the keypoints
  FitPrior prior = FitPrior::gaussian;

  const FittedPair& best() const { return minima.front(); }
  // Over the joints that were seen: the mean distance of keypoint and projected joint, of the box's longer side.
  double residual_of_box() const;
  // Joints that lie farther from their keypoint than an eighth of the box's longer side, such as "left index_tip".
  std::vector<std::string> disagreements() const;
};

// Two hands from 2D joints of any detector: the maximum of the posterior of an interaction under a prior, a view and a place.
// Batched Levenberg-Marquardt from several views; docs/keypoints.md has the energy.
class KeypointFit {
 public:
  // The prior is moved to the device. cues: a network trained with this prior on cues of keypoints, whose sample is one more
  // start of each fit. Throws Error on options out of range, and on cues of another prior.
  KeypointFit(InteractionPrior prior, const HandModel& hand, torch::Device device = torch::kCPU, const FitOptions& options = {},
              Sampler cues = nullptr);
  ~KeypointFit();

  // Fits all targets side by side; no result depends on the others. Throws Error for a target without six joints.
  std::vector<KeypointFitResult> operator()(const std::vector<FitTarget>& targets) const;

  // Frames of one person in their order, with one shape (to 0.02 of a coefficient) and smooth motion: `motion` m is the standard
  // deviation of a joint's way from one frame to the next. One minimum a frame; `batch` frames are fitted side by side.
  std::vector<KeypointFitResult> sequence(const std::vector<FitTarget>& frames, double motion, int64_t batch) const;

  const TwoHands& hands() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
