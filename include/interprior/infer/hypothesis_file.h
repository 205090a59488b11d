#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/hand/mano_layer.h"
#include "interprior/infer/mano_parameters.h"

namespace interprior {

inline constexpr size_t kHypothesisMeshes = 4;                  // of a file: about 75 kB each with MANO's 778 vertices
inline constexpr const char* kHypothesisFolder = "hypotheses";  // FOLDER/hypotheses/NAME.glb

// Writes the first kHypothesisMeshes hypotheses of a pair of hands as FOLDER/hypotheses/NAME.glb: meshes "hypotheses#1/right",
// "hypotheses#1/left", "hypotheses#2/right" and so on, in camera axes as write_glb has them. A hand that is not present is left
// out; without hypotheses or hands an older file of this name is removed. hands: of the reconstruction, on any device. Throws
// Error if the file cannot be written.
void write_hypothesis_meshes(const std::filesystem::path& folder, const std::string& name,
                             const std::vector<PerHand<ManoParameters>>& hypotheses, const TwoHands& hands,
                             PerHand<bool> present = {true, true});

}  // namespace interprior
