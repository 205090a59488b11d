#pragma once
#include <array>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/geometry/mesh.h"
#include "interprior/hand/mano_layer.h"

// Panels of the images in reports: square, kPanel pixels a side.
namespace interprior {

inline constexpr int kPanel = 224;

// Meshes of one sample in the camera frame; an absent hand is an empty mesh.
using HandSurfaces = PerHand<Mesh>;

// Row `row` of posed hands, translated by `offset` (m). A hand with a non-finite vertex is left out.
HandSurfaces surfaces_of(const PerHand<HandMesh>& mesh, int64_t row, const Vector3& offset, const TwoHands& hands);

// Both hands over a square background (any size, resized to the panel), seen through the crop camera.
cv::Mat draw_surfaces(const HandSurfaces& surfaces, const Pinhole& square_camera, const cv::Mat& background);
// Both hands centred in front of a virtual camera, on grey, rotated about the vertical axis by `turn` (rad). A sphere of `radius`
// (m) about their centre fills the panel: images of one radius have one scale.
cv::Mat draw_framed(const HandSurfaces& surfaces, double turn, double radius);
// Largest distance of a vertex from the mean of all vertices (m), at least 2 cm.
double radius_of(const HandSurfaces& surfaces);

// Crop (3,S,S) uint8 RGB as a cv::Mat.
cv::Mat image_of(const torch::Tensor& image);
// Image resized to the panel.
cv::Mat panel(const cv::Mat& rgb);
// Panel with a title above it.
cv::Mat titled(const cv::Mat& panel, const std::string& title);

}  // namespace interprior
