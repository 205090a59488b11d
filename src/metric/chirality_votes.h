#pragma once
#include "mesh_poser.h"
#include "votes.h"

namespace interprior {

// Whether hands are mirror images of the hand file's: a real hand is a turned and bent copy of the one at rest.
class ChiralityVotes {
 public:
  void add(Side side, const Points& hand, const Points& rest);
  void require_own_sides(const std::string& where) const;  // throws Error

 private:
  PerHand<Votes> votes_;
};

}  // namespace interprior
