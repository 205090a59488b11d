#pragma once
#include <cstdint>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/geometry/mesh.h"

namespace interprior {

// The visible surface at each pixel. Row-major, width x height.
struct Raster {
  int64_t width = 0, height = 0;
  std::vector<float> depth;                       // m along the optical axis; 0 for background
  std::vector<int32_t> face;                      // index into the concatenated faces of all meshes; -1 for background
  std::vector<uint8_t> mesh;                      // 1 + index of the mesh; 0 for background
  std::vector<std::array<float, 2>> barycentric;  // perspective-correct weights of the face's vertices 1 and 2
};

// outer: back faces are culled. On closed surfaces they are hidden anyway, and culling halves the time.
enum class Faces { both, outer };

// mesh: depth, face and barycentric stay empty, for masks.
enum class Keep { all, mesh };

// Z-buffer rasterisation of meshes in camera coordinates. A face covers a pixel if the pixel's centre is inside or on an edge,
// so faces that share vertices leave no gaps; at equal depth the first face wins. Faces with a vertex nearer than kNearPlane
// or not finite are skipped. A null mesh is absent but keeps its index.
// Throws Error on a camera without size, a face index out of range, more than 255 meshes.
Raster rasterise(const std::vector<const Mesh*>& meshes_in_camera, const Pinhole& camera, Faces faces = Faces::both,
                 Keep keep = Keep::all);

// Mask of the visible part of mesh `index`: (height, width), 0 or 255.
std::vector<uint8_t> visible_mask(const Raster& raster, int64_t index);

}  // namespace interprior
