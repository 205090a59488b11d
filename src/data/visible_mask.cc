#include "interprior/data/visible_mask.h"

#include <algorithm>

#include "interprior/base/error.h"

namespace interprior {

void fill_visible_mask(const PerHand<const Mesh*>& meshes_in_camera, const Pinhole& crop, int64_t stride, float* mask) {
  fill_visible_mask(rasterise({meshes_in_camera.right, meshes_in_camera.left}, crop, Faces::outer, Keep::mesh), stride, mask);
}

void fill_visible_mask(const Raster& raster, int64_t stride, float* mask) {
  require(stride > 0 && raster.width == raster.height && raster.width % stride == 0,
          "a mask needs a square crop whose side is a multiple of its stride");
  const int64_t grid = raster.width / stride, plane = grid * grid;
  std::fill(mask, mask + 2 * plane, 0.0f);
  const float share = 1.0f / static_cast<float>(stride * stride);
  for (int64_t y = 0; y < raster.height; ++y) {
    const uint8_t* row = raster.mesh.data() + y * raster.width;
    float* cells = mask + (y / stride) * grid;
    for (int64_t cell = 0; cell < grid; ++cell, row += stride) {
      int64_t first = 0, second = 0;
      for (int64_t x = 0; x < stride; ++x) {
        first += row[x] == 1;
        second += row[x] == 2;
      }
      cells[cell] += share * static_cast<float>(first);
      cells[plane + cell] += share * static_cast<float>(second);
    }
  }
}

}  // namespace interprior
