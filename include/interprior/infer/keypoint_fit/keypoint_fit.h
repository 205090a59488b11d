#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "interprior/base/config/config.h"
#include "interprior/geometry/camera.h"
#include "interprior/geometry/crop.h"
#include "interprior/infer/keypoints/keypoints.h"
#include "interprior/infer/original_camera.h"

namespace interprior {

struct HandModel;
struct TwoHands;
class InteractionPrior;
class Sampler;

// Prior over two hands of a keypoint fit.
enum class FitPrior {
  gaussian,  // Gaussian over the states (209) of the prior's training patterns, without the network
  code,      // z under the prior's aggregated posterior
  residual,  // as code, plus a residual of the state that z cannot represent: 0.6 of the Gaussian's standard deviations
  none       // independent hands: fingers near the mean pose, shape near zero, the left wrist anywhere
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
  double sigma = 0.02;         // standard deviation of a keypoint, as a fraction of the longer side of the keypoints' box
  double joint_sigma = 0.005;  // m, standard deviation of a joint given in 3D
  int64_t starts = 12;         // initial views
  int64_t finished = 2;        // number of these fitted to convergence
  int64_t library = 8192;      // samples of the prior under random views, from which initial views are chosen
  uint64_t seed = 0;           // of the library
};

// Keypoints of one pair of hands, and the camera of the image.
struct FitTarget {
  KeypointPair keypoints;
  Pinhole camera;
};

// A minimum of one pair's energy. All members are in the image's camera, on the CPU.
struct FittedPair {
  HandsInCamera hands;                      // one row
  PerHand<ManoParameters> mano;             // of `hands`
  PerHand<torch::Tensor> joints_in_camera;  // (21,3) m
  torch::Tensor joint_stddev;               // (2,21) m: standard deviation of each joint relative to the right wrist, by the
                                            // Laplace approximation
  PerHand<torch::Tensor> residual;          // (21) px, NaN for a joint without a keypoint
  double energy = 0;                        // negative log-posterior up to a constant
  double code = 0;                          // root mean square of the code: 1 is typical of the prior
};
struct KeypointFitResult {
  std::vector<FittedPair> minima;  // best first; they differ by more than 1 cm in some joint
  std::vector<double> weights;     // of the minima, from their energies; the sum is 1
  // residual_of_box() with right and left swapped, if that was tried; and whether it is less than 0.85 of it.
  std::optional<double> residual_of_box_exchanged;
  bool sides_exchanged = false;
  Box box;  // px, of the keypoints
  FitPrior prior = FitPrior::gaussian;

  const FittedPair& best() const { return minima.front(); }
  // Mean distance between keypoints and projected joints, as a fraction of the box's longer side.
  double residual_of_box() const;
  // Joints farther from their keypoint than an eighth of the box's longer side, such as "left index_tip".
  std::vector<std::string> disagreements() const;
};

// Fits two hands to 2D joints of any detector: maximum a posteriori over interaction, view and position. Batched
// Levenberg-Marquardt from several views; docs/keypoints.md defines the energy.
class KeypointFit {
 public:
  // The prior is moved to the device. Throws Error on options out of range.
  KeypointFit(InteractionPrior prior, const HandModel& hand, torch::Device device = torch::kCPU, const FitOptions& options = {});
  // cues: a network trained with this prior on keypoint cues, whose prediction is one more initial view of each fit; may be
  // empty. Throws Error also if `cues` was trained with another prior.
  KeypointFit(InteractionPrior prior, const HandModel& hand, torch::Device device, const FitOptions& options, Sampler cues);
  ~KeypointFit();

  // Fits all targets in one batch; no result depends on the others. Throws Error for a target with fewer than six joints.
  std::vector<KeypointFitResult> operator()(const std::vector<FitTarget>& targets) const;

  // Fits consecutive frames of one person with a common shape (to 0.02 of a coefficient) and smooth motion: `motion` (m) is the
  // standard deviation of a joint's displacement between frames. One minimum per frame; `batch` frames are fitted at a time.
  // fitted_alone is called with the number of frames fitted so far, before they are fitted jointly.
  std::vector<KeypointFitResult> sequence(const std::vector<FitTarget>& frames, double motion, int64_t batch,
                                          const std::function<void(int64_t)>& fitted_alone = {}) const;

  const TwoHands& hands() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
