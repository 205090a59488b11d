#pragma once
#include <array>
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/render/rasteriser.h"

namespace interprior {

struct Light {
  Vector3 direction = {0, 0, 1};            // towards which it shines, camera frame
  std::array<float, 3> colour = {1, 1, 1};  // linear RGB
};

// What is painted on one mesh and sticks to its surface.
struct Paint {
  struct Place {
    float column = 0, row = 0, second = 0;  // of a vertex: px on both layers, and the share of the second layer, 0..1
  };
  std::vector<std::array<float, 3>> colour;  // linear RGB, one a vertex; empty: the mesh's skin
  std::vector<Place> place;                  // one a vertex; empty: no layers
  std::array<cv::Mat, 2> layers;             // 8-bit RGBA of one size, A unused: factors, 1 / kPaintUnit each
};
inline constexpr float kPaintUnit = 128;

struct Shading {
  std::vector<std::array<float, 3>> skin;  // linear RGB, one a mesh
  std::vector<Paint> paint;                // one a mesh; empty: plain skin
  std::vector<Light> lights = {Light{}};
  float ambient = 0.35f;
  float specular = 0.08f;
};

// Smooth-shaded 8-bit RGB picture of a raster over `background` (same size, 8-bit RGB; empty = black): normals interpolated,
// Lambert and Blinn-Phong (exponent 32) in linear light, sRGB at the end. A face seen from inside is lit as if from outside.
// `meshes_in_camera` are those the raster was made from. Throws Error on others, on a missing skin colour, on paint that does not
// fit its mesh, or a light of length 0.
cv::Mat shade(const Raster& raster, const std::vector<const Mesh*>& meshes_in_camera, const Shading& shading,
              const cv::Mat& background = {});

}  // namespace interprior
