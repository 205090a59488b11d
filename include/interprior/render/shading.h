#pragma once
#include <array>
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/render/rasteriser.h"

namespace interprior {

struct Light {
  Vector3 direction = {0, 0, 1};            // in which the light travels, camera frame
  std::array<float, 3> colour = {1, 1, 1};  // linear RGB
};

// Vertex colours and textures of one mesh.
struct Paint {
  struct Place {
    float column = 0, row = 0, second = 0;  // of a vertex: texture px in both layers, and weight of the second layer, 0..1
  };
  std::vector<std::array<float, 3>> colour;  // linear RGB, one per vertex; empty: the mesh's skin colour
  std::vector<Place> place;                  // one per vertex; empty: no textures
  std::array<cv::Mat, 2> layers;             // 8-bit RGBA textures of one size, A unused: colour factors times kPaintUnit
};
inline constexpr float kPaintUnit = 128;

struct Shading {
  std::vector<std::array<float, 3>> skin;  // linear RGB, one per mesh
  std::vector<Paint> paint;                // one per mesh; empty: plain skin colour
  std::vector<Light> lights = {Light{}};
  float ambient = 0.35f;
  float specular = 0.08f;
};

// Smooth-shaded 8-bit RGB image of a raster over `background` (same size, 8-bit RGB; empty = black): interpolated normals,
// Lambert and Blinn-Phong (exponent 32) in linear light, converted to sRGB. Back faces are lit like front faces.
// `meshes_in_camera` must be the meshes of the raster. Throws Error on other meshes, a missing skin colour, paint that does not
// fit its mesh, or a light direction of length 0.
cv::Mat shade(const Raster& raster, const std::vector<const Mesh*>& meshes_in_camera, const Shading& shading,
              const cv::Mat& background = {});

}  // namespace interprior
