#include "interprior/data/images/visible_mask.h"

#include <algorithm>
#include <vector>

#include "interprior/base/error.h"
#include "interprior/base/wide_loops.h"

namespace interprior {
namespace {

// Adds a row's pixels of one mesh to the pixel counts of the columns.
INTERPRIOR_WIDE void count_pixels(const uint8_t* row, int64_t width, uint8_t mesh, uint16_t* columns) {
  for (int64_t x = 0; x < width; ++x) columns[x] = static_cast<uint16_t>(columns[x] + (row[x] == mesh));
}

}  // namespace

void fill_visible_mask(const PerHand<const Mesh*>& meshes_in_camera, const Pinhole& crop, int64_t stride, float* mask) {
  fill_visible_mask(rasterise({meshes_in_camera.right, meshes_in_camera.left}, crop, Faces::outer, Keep::mesh), stride, mask);
}

void fill_visible_mask(const Raster& raster, int64_t stride, float* mask) {
  require(stride > 0 && raster.width == raster.height && raster.width % stride == 0,
          "a mask needs a square crop whose side is a multiple of its stride");
  const int64_t grid = raster.width / stride, plane = grid * grid;
  const float share = 1.0f / static_cast<float>(stride * stride);
  std::vector<uint16_t> columns(static_cast<size_t>(raster.width));
  for (int64_t side = 0; side < 2; ++side)
    for (int64_t y = 0; y < grid; ++y) {
      std::fill(columns.begin(), columns.end(), uint16_t{0});
      for (int64_t line = y * stride; line < (y + 1) * stride; ++line)
        count_pixels(raster.mesh.data() + line * raster.width, raster.width, static_cast<uint8_t>(side + 1), columns.data());
      float* cells = mask + side * plane + y * grid;
      for (int64_t x = 0; x < grid; ++x) {
        int64_t pixels = 0;
        for (int64_t column = x * stride; column < (x + 1) * stride; ++column) pixels += columns[static_cast<size_t>(column)];
        cells[x] = share * static_cast<float>(pixels);
      }
    }
}

}  // namespace interprior
