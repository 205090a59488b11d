#pragma once
#include <array>
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/geometry/mesh.h"

namespace interprior {

// One mesh to draw.
struct MeshLayer {
  const Mesh* mesh_in_camera = nullptr;   // null or without vertices: nothing is drawn
  std::array<float, 3> skin = {0, 0, 0};  // linear RGB
  cv::Vec3b outline = {0, 0, 0};          // RGB
  double surface_opacity = 1;             // 0..1
  double outline_opacity = 0;             // 0..1
};

// Shades each mesh by itself and draws all on the image, antialiased; at each pixel the farthest first. An outline lies inside
// the silhouette and is `outline_width` px wide; a mesh that the image's border cuts has none there. Pixels that no mesh touches
// keep their values. Only the meshes' bounding boxes are rendered. The image must be 8-bit RGB of the camera's size.
void draw_layers(const std::vector<MeshLayer>& layers, const Pinhole& camera, double outline_width, cv::Mat& rgb);

}  // namespace interprior
