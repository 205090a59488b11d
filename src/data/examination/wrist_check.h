#pragma once
#include <string>
#include <vector>

#include "interprior/base/finding.h"
#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// MANO's translations beside the annotated wrists of the same frames. wrist - translation is J0(shape), a point of a few
// millimetres' variation for each hand: no hand file is needed to see another unit, exchanged hands, or frames in which both
// disagree.
class WristCheck {
 public:
  void add(const FrameEntry& frame, const std::string& sample);  // joints and MANO in one frame of reference
  bool plausible() const;                                        // half of the wrists lie where a J0 could be, or none is known
  // Names: mano_unit, mano_exchanged, mano_far, mano_misfit.
  void report(Findings& findings) const;

 private:
  struct Pair {
    Vector3 wrist, translation, other_translation;
    bool has_other;
    uint32_t sample;
  };
  PerHand<std::vector<Pair>> pairs_;
  std::vector<std::string> samples_;
  std::vector<double> translations_, apart_;  // m: of hands without joints; between two hands' translations
};

}  // namespace interprior
