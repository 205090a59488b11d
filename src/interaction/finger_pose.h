#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/hand_chain.h"

namespace interprior {

// How a hand is held. Curl: 0 stretched, 1 a fist.
struct FingerHabit {
  double curl = 0.3, curl_deviation = 0.2;  // of the hand as a whole
  double finger_deviation = 0.1;            // of one finger from its hand
  double spread = 6;                        // degrees, standard deviation of the fingers' fanning
  double independent = 0;                   // probability of a gesture: each finger curls by itself, as in pointing or counting
  double twist = 0;                         // degrees, standard deviation of each joint's rotation about any axis
};

// Finger rotations of one hand (the wrist's is the identity): four fingers that curl together or each by itself, each joint
// within its anatomical range, and a thumb that opposes them.
Rotations draw_fingers(const HandChain& chain, const FingerHabit& habit, Random& random);

}  // namespace interprior
