#pragma once
#include "interprior/base/finding.h"
#include "metric/mesh_poser.h"
#include "votes.h"

namespace interprior {

// Whether hands are mirror images of the hand file's: a correct hand is a rotated and articulated copy of the rest pose.
class ChiralityVotes {
 public:
  void add(Side side, const Points& hand, const Points& rest);
  void report(Findings& findings) const;  // hands_mirrored

 private:
  PerHand<Votes> votes_;
};

}  // namespace interprior
