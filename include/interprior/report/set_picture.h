#pragma once
#include <filesystem>

#include "interprior/evaluation/comparison.h"
#include "interprior/metric/hand_sets/hand_sets.h"

namespace interprior {

// FOLDER/pictures of sets without photographs: the worst samples as meshes, truth beside prediction, from the camera and from the
// side, listed for the report. With a second method: where the first was better by most, and the second, all three side by side.
// Nothing where there are no meshes. Throws Error.
void write_set_pictures(const std::filesystem::path& folder, const HandSets& predictions, const HandSets& truth,
                        const HandSets* against, const TwoHands& hands, const Metrics& metrics, const Comparison* comparison,
                        size_t count = 4);

}  // namespace interprior
