#pragma once
#include <filesystem>

#include "interprior/hand/mano_layer.h"
#include "interprior/hand/pose.h"

namespace interprior {

// Writes FOLDER/contact_sheet.png, the first 40 interactions seen along the right wrist's axes, eight per row, each scaled to its
// panel, and FOLDER/draw_0000.glb ..., meshes of the first 24. Replaces existing files of these names, and
// removes draw_NNNN.glb of an earlier call with more.
void write_samples(const std::filesystem::path& folder, const Interaction& interaction, const TwoHands& hands);

}  // namespace interprior
