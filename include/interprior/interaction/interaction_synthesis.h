#pragma once
#include "interprior/base/config/config.h"
#include "interprior/base/seed.h"
#include "interprior/data/patterns.h"

namespace interprior {

enum class InteractionKind { reach, clasp, touch, cross };

// Procedural two-hand interactions for a hand file. Pattern i is a pure function of (seed, i): finger curl and abduction within
// anatomical ranges, one shape per person, hands placed according to the interaction kind, overlap resolved by moving the hands
// apart until no capsules overlap by more than a few millimetres, then a random view. The right wrist is at the origin.
// sources: "procedural"; modality: the kind; seed: the seed of the pattern; split: one row in 10 is test and one in 10 val, by
// seed. In clasp, touch and cross the hands are in contact (under 5 mm).
struct InteractionSynthesisConfig {
  int64_t count = 10000;
  int64_t seed = 0;
  double views = 180;       // degrees: largest rotation of the right wrist from its canonical view; 180: uniform on SO(3)
  int64_t threads = 0;      // 0: one per core
  double hand_variety = 0;  // 0..1: amount of independent finger motion and of shape variation; 0: fingers curl jointly
};
Patterns synthesize_patterns(const HandModel& hand, const InteractionSynthesisConfig& config);

}  // namespace interprior
