#pragma once
#include <filesystem>
#include <vector>

#include "interprior/geometry/mesh.h"

namespace interprior {

// The meshes of a file of write_glb, in camera axes. Other GLB files are read if they have the same layout: one buffer, float
// positions, 32-bit indices, no node transforms. Throws Error, also for a damaged file.
std::vector<NamedMesh> read_glb(const std::filesystem::path& path);

}  // namespace interprior
