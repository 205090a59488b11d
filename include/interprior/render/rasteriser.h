#pragma once
#include <cstdint>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/geometry/mesh.h"

namespace interprior {

// What each pixel sees. Row-major, width x height. Face ids run through the meshes in order.
struct Raster {
  int64_t width = 0, height = 0;
  std::vector<float> depth;                       // m along the optical axis; 0 where nothing is
  std::vector<int32_t> face;                      // index into all meshes' faces in a row; -1 where nothing is
  std::vector<uint8_t> mesh;                      // 1 + index of the mesh; 0 where nothing is
  std::vector<std::array<float, 2>> barycentric;  // perspective-correct weights of the face's vertices 1 and 2
};

// outer: faces seen from their inside are left out. On surfaces without holes they are hidden by others anyway, and leaving them
// out takes half the time.
enum class Faces { both, outer };

// mesh: depth, face and barycentric stay empty. Masks need none of them.
enum class Keep { all, mesh };

// Z-buffer rasterisation of meshes in camera coordinates. A pixel belongs to a face when its centre lies inside or on an edge,
// so faces that share vertices leave no gaps; at equal depth the first face wins. Faces with a vertex nearer than kNearPlane
// or not finite are skipped. A null mesh is absent but keeps its index.
// Throws Error on a camera without size, a face that names a missing vertex, more than 255 meshes.
Raster rasterise(const std::vector<const Mesh*>& meshes_in_camera, const Pinhole& camera, Faces faces = Faces::both,
                 Keep keep = Keep::all);

// The visible part of mesh `index`: (height, width) of 0 / 255.
std::vector<uint8_t> visible_mask(const Raster& raster, int64_t index);

}  // namespace interprior
