#pragma once
#include "interprior/base/config/config.h"
#include "interprior/base/seed.h"
#include "interprior/data/patterns.h"

namespace interprior {

enum class InteractionKind { reach, clasp, touch, cross };

// Plausible two-hand interactions of a hand file. Pattern i is a pure function of (seed, i): finger curls and spreads within
// anatomical ranges, shapes shared by both hands of a person, hands brought together as its kind says, overlap resolved by
// moving the hands apart until no capsule overlaps by more than a few millimetres, then seen from a direction drawn over the
// whole sphere. The right wrist lies at the origin. sources: "procedural"; modality: the kind; seed: what the pattern follows
// from; split: one row in 10 is test and one in 10 val, by seed. In clasp, touch and cross the hands meet (under 5 mm).
struct InteractionSynthesisConfig {
  int64_t count = 10000;
  int64_t seed = 0;
  double views = 180;       // degrees: how far the right wrist is turned from its canonical view, at most; 180: uniform on SO(3)
  int64_t threads = 0;      // 0: one a core
  double hand_variety = 0;  // 0..1: of fingers that move each by itself, and of bone proportions; 0: fingers curl together
};
Patterns synthesize_patterns(const HandModel& hand, const InteractionSynthesisConfig& config);

}  // namespace interprior
