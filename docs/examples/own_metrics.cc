// Joint errors of one's own predictions against the ground truth, both as hands.h5 (docs/formats.md), joined by sample id.
// Run: ./own_metrics PREDICTIONS.h5 TRUTH.h5 HAND.h5
#include <iostream>

#include "interprior/metric/sample_errors.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const interprior::HandSet truth = interprior::read_hand_set(argv[2]);
  const interprior::HandSet predictions = interprior::joined(interprior::read_hand_set(argv[1]), truth);
  const interprior::TwoHands hands(interprior::read_hand_model(argv[3]), torch::kCPU, torch::kFloat64);
  interprior::MeasureOptions options;
  options.surfaces = false;  // no penetration and contact, which take longer
  const interprior::SampleErrors errors =
      interprior::sample_errors(interprior::Protocol::intaghand, predictions, truth, hands, options);
  for (int64_t i = 0; i < errors.size(); ++i)
    std::cout << errors.sample[static_cast<size_t>(i)] << " right " << errors.joint[i][0].item<double>() << " mm, left "
              << errors.joint[i][1].item<double>() << " mm\n";
  std::cout << "intaghand MPJPE " << errors.joint.nanmean().item<double>() << " mm\n";
  return 0;
}
