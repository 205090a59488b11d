#include "interprior/data/visible_mask.h"

#include <algorithm>
#include <vector>

#include "interprior/base/error.h"

namespace interprior {

void fill_visible_mask(const PerHand<const Mesh*>& meshes_in_camera, const Pinhole& crop, int64_t stride, float* mask) {
  require(stride > 0 && crop.width == crop.height && crop.width % stride == 0,
          "a mask needs a square crop whose side is a multiple of its stride");
  const int64_t grid = crop.width / stride, plane = grid * grid;
  std::fill(mask, mask + 2 * plane, 0.0f);
  std::vector<const Mesh*> meshes;
  std::vector<float*> planes = {nullptr};   // by Raster::mesh, whose 0 is the background
  for (const Side side : kSides) {
    if (meshes_in_camera[side] == nullptr) continue;
    meshes.push_back(meshes_in_camera[side]);
    planes.push_back(mask + static_cast<int64_t>(side) * plane);
  }
  if (meshes.empty()) return;
  const Raster raster = rasterise(meshes, crop);
  const float share = 1.0f / static_cast<float>(stride * stride);
  for (int64_t y = 0; y < crop.height; ++y) {
    const uint8_t* row = raster.mesh.data() + y * crop.width;
    for (int64_t x = 0; x < crop.width; ++x)
      if (row[x] != 0) planes[row[x]][(y / stride) * grid + x / stride] += share;
  }
}

}  // namespace interprior
