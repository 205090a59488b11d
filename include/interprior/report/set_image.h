#pragma once
#include <filesystem>

#include "interprior/evaluation/comparison.h"
#include "interprior/metric/hand_sets/hand_sets.h"

namespace interprior {

// Writes FOLDER/images of sets without photographs, listed for the report: the worst samples as meshes, ground truth next to
// prediction, from the camera and from the side. With a second method: the samples with the largest differences in favour of
// each, all three side by side. Writes nothing when there are no meshes. Throws Error.
void write_set_images(const std::filesystem::path& folder, const HandSets& predictions, const HandSets& truth,
                      const HandSets* against, const TwoHands& hands, const Metrics& metrics, const Comparison* comparison,
                      size_t count = 4);

}  // namespace interprior
