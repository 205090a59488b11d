#pragma once
#include <string>
#include <vector>

#include "interprior/base/finding.h"
#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// Compares MANO's translations with the annotated wrists of the same frames. wrist - translation is J0(shape), which varies by a
// few millimetres per side. So wrong units, exchanged hands and frames in which both disagree are found without a hand file.
class WristCheck {
 public:
  void add(const FrameEntry& frame, const std::string& sample);  // joints and MANO in the same coordinate frame
  bool plausible() const;                                        // median |wrist - translation| is plausible, or none is known
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
  std::vector<double> translations_, apart_;  // m: norms for hands without joints; distances between both hands
};

}  // namespace interprior
