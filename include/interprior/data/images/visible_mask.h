#pragma once
#include <torch/types.h>

#include "interprior/geometry/mesh.h"
#include "interprior/hand/side.h"
#include "interprior/render/rasteriser.h"

namespace interprior {

// The visible part of each hand on a coarse grid: rasterised at the crop's size and averaged over stride x stride cells.
// mask: float32 (2,G,G), G = size / stride, right then left; null meshes are absent hands. Meshes must be closed: back faces are
// culled.
void fill_visible_mask(const PerHand<const Mesh*>& meshes_in_camera, const Pinhole& crop, int64_t stride, float* mask);

// The same from a raster whose meshes 0 and 1 are the right and left hand. Other meshes may occlude them.
void fill_visible_mask(const Raster& raster, int64_t stride, float* mask);

}  // namespace interprior
