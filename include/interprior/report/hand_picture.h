#pragma once
#include <array>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "interprior/geometry/camera.h"
#include "interprior/geometry/mesh.h"
#include "interprior/hand/mano_layer.h"

// Panels of the pictures in reports: square, kPanel pixels a side.
namespace interprior {

inline constexpr int kPanel = 224;

// The surfaces of one sample in a camera; empty meshes are absent hands.
using HandSurfaces = PerHand<Mesh>;

// Row `row` of posed hands, moved by `offset` (m). A hand with a vertex that is not finite is left out.
HandSurfaces surfaces_of(const PerHand<HandMesh>& mesh, int64_t row, const Vector3& offset, const TwoHands& hands);

// Both hands over a square background (any size, brought to the panel's), seen through the crop's camera.
cv::Mat draw_surfaces(const HandSurfaces& surfaces, const Pinhole& square_camera, const cv::Mat& background);
// Both hands centred before a camera of their own, on grey, turned about the vertical by `turn` (rad). `radius` (m) about their
// centre fills the panel: pictures of one radius can be compared.
cv::Mat draw_framed(const HandSurfaces& surfaces, double turn, double radius);
// The largest distance of a vertex from the mean of all (m), at least 2 cm.
double radius_of(const HandSurfaces& surfaces);

// A crop (3,S,S) uint8 RGB as a picture.
cv::Mat picture_of(const torch::Tensor& image);
// A picture brought to the panel's size.
cv::Mat panel(const cv::Mat& rgb);
// A panel with a word above it.
cv::Mat titled(const cv::Mat& panel, const std::string& title);

}  // namespace interprior
