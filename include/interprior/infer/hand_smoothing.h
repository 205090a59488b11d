#pragma once
#include <array>
#include <optional>

#include "interprior/hand/posed_hand.h"
#include "interprior/hand/side.h"
#include "interprior/infer/mano_parameters.h"
#include "interprior/infer/one_euro.h"

namespace interprior {

// The defaults are for hands in video at 24 to 60 frames per second; docs/video.md states what they do to steps and noise.
struct SmoothingOptions {
  OneEuroOptions rotation{1.5, 2, 1};  // of each of the 16 joints; beta in 1/rad
  OneEuroOptions wrist{1.5, 20, 1};    // of the position; beta in 1/m
  OneEuroOptions shape{0.2, 0, 1};     // of the ten coefficients
  double gap = 0.25;                   // s: a hand whose last frame is longer ago starts anew, unfiltered
};

// Smooths the hands of one video, frame by frame (causal): rotations, wrist positions and shapes by One-Euro filters.
// The hands of one frame depend only on the frames that were added before.
//   HandSmoothing smoothing(hands.model);
//   repose(reconstructed, smoothing.add(index / rate, reconstructed.mano, reconstructed.present), hands);
class HandSmoothing {
 public:
  // Throws Error on options out of range.
  explicit HandSmoothing(const HandModel& model, const SmoothingOptions& options = {});

  // time: s, above that of the frame before. A hand that is not present is returned as it is and does not enter its filter. If
  // both are present, their wrists are filtered with one cutoff, the higher of the two, so that their offset is filtered alike.
  // Throws Error, without a change, on a time that does not increase and on numbers that are not finite.
  PerHand<PosedHand> add(double time, const PerHand<PosedHand>& hands, const PerHand<bool>& present = {true, true});
  // The same for MANO parameters, on the CPU. Angles of the result are in [0, pi]. Throws Error also on other shapes.
  PerHand<ManoParameters> add(double time, const PerHand<ManoParameters>& hands, const PerHand<bool>& present = {true, true});

 private:
  struct Filters {
    std::optional<double> time;  // s, of the last frame with this hand
    std::array<OneEuroRotation, kManoJoints> rotation;
    OneEuroPoint<3> wrist;
    OneEuroPoint<10> shape;
  };
  // The time since the hand's last frame; none if the filters have to start anew.
  std::optional<double> seconds_since(const Filters& filters, double time) const;
  PosedHand smoothed(Filters& filters, const PosedHand& hand, double seconds, double wrist_cutoff) const;

  SmoothingOptions options_;
  PerHand<RestJoints> rest_;
  PerHand<Filters> filters_;
  std::optional<double> time_;
};

// MANO parameters in plain numbers and back. rest: of the hand's model. The parameters are float32, on the CPU.
PosedHand posed_hand(const ManoParameters& mano, const RestJoints& rest);
ManoParameters mano_parameters(const PosedHand& hand, const RestJoints& rest);

}  // namespace interprior
