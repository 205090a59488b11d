#pragma once
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/render/shading.h"

namespace interprior {

// Lights and colours of two hands: mesh 0 is the right one, mesh 1 the left one (render/hand_colour.h).
Shading hand_shading();

// Meshes without a background: an 8-bit RGBA image of the camera's size. Alpha is the fraction of a pixel's samples x samples
// points that a mesh covers. Colours are sRGB and multiplied by alpha, so that no edge darkens over another background.
// Throws Error on what rasterise and shade refuse, and unless `samples` is 1 to 8.
cv::Mat mesh_layer(const std::vector<const Mesh*>& meshes_in_camera, const Pinhole& camera, const Shading& shading, int samples);

}  // namespace interprior
