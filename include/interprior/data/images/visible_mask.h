#pragma once
#include <torch/types.h>

#include "interprior/geometry/mesh.h"
#include "interprior/hand/side.h"
#include "interprior/render/rasteriser.h"

namespace interprior {

// The visible part of each hand on a coarse grid: rasterised at the crop's size and averaged over stride x stride cells.
// mask: float32 (2,G,G), G = size / stride, right then left; null meshes are absent hands. Meshes have no holes: their faces are
// drawn where they are seen from outside.
void fill_visible_mask(const PerHand<const Mesh*>& meshes_in_camera, const Pinhole& crop, int64_t stride, float* mask);

// The same from a raster in which right and left are the meshes 0 and 1, whatever else it holds in front of them.
void fill_visible_mask(const Raster& raster, int64_t stride, float* mask);

}  // namespace interprior
