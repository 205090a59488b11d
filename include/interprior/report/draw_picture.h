#pragma once
#include <filesystem>

#include "interprior/hand/mano_layer.h"
#include "interprior/hand/pose.h"

namespace interprior {

// FOLDER/contact_sheet.png, the first 40 interactions along the right wrist's axes, eight beside each other, each as large as its
// panel, and FOLDER/draw_0000.glb ..., meshes of the first 24. What has these names is replaced.
void write_draws(const std::filesystem::path& folder, const Interaction& interaction, const TwoHands& hands);

}  // namespace interprior
