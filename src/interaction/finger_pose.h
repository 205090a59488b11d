#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/hand_chain.h"

namespace interprior {

// Distribution of finger poses. Curl: 0 straight, 1 a fist.
struct FingerDistribution {
  double curl = 0.3, curl_deviation = 0.2;  // mean and standard deviation of the hand's curl
  double finger_deviation = 0.1;            // standard deviation of a finger's curl from the hand's
  double abduction_stddev = 6;              // degrees, standard deviation of finger abduction
  double independent = 0;                   // probability of independent finger curls, as in pointing or counting
  double twist = 0;                         // degrees, standard deviation of each joint's rotation about any axis
};

// Samples the joint rotations of one hand (identity at the wrist): four fingers that curl jointly or independently, each joint
// within its anatomical range, and an opposing thumb.
Rotations sample_fingers(const HandChain& chain, const FingerDistribution& distribution, Random& random);

}  // namespace interprior
