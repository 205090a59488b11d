#pragma once
#include <string>
#include <vector>

#include "interprior/geometry/mesh.h"
#include "interprior/metric/hand_sets/hand_set.h"

namespace interprior {

inline constexpr int64_t kShownHypotheses = 8;

// The first kShownHypotheses hypotheses of one sample as frames of the view `title` (turnable.h); none if the set has none.
// `one`: a set of one row. axes_from_camera (3,3) rotates them from the camera of the set; undefined: not rotated. Hands without
// a valid mesh in the set, and those that are not finite, are left out.
std::vector<NamedMesh> hypothesis_meshes(const HandSet& one, const std::string& title, const TwoHands& hands,
                                         const torch::Tensor& axes_from_camera = {});

// For a caption: "; in 3D also the first 8 of 20 hypotheses", or nothing.
std::string hypothesis_note(const HandSet& one);

}  // namespace interprior
