#pragma once
#include <torch/types.h>

#include <array>
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/hand/side.h"
#include "interprior/render/shading.h"

namespace interprior {

using Joints2d = std::vector<std::array<double, 2>>;  // 21 px, order of hand/skeleton.h

// Draws bones and joints on a copy of the image, one hue per finger; joints of the right hand are filled, those of the left have
// a white centre. Hands without joints (empty) and joints that are not finite are skipped.
cv::Mat draw_joints(const cv::Mat& rgb, const PerHand<Joints2d>& joints);

// Renders the two meshes (null: absent) over a copy of the photograph with its camera; opacity 0..1.
// Right hand in a warm colour, left in a cool one.
cv::Mat draw_meshes(const cv::Mat& rgb, const PerHand<const Mesh*>& meshes_in_camera, const Pinhole& camera,
                    double opacity = 0.85);

// Heatmaps (N,h,w) in 0..1 as one tiled image, `columns` per row, upscaled, over a dimmed copy of `crop` if given.
// NaN is magenta.
cv::Mat draw_heatmaps(const torch::Tensor& maps, int64_t columns, const cv::Mat& crop = {});

// Concatenate images horizontally (beside) or vertically (stacked) with a white gap; smaller images are aligned to the top or
// left, on white.
cv::Mat beside(const std::vector<cv::Mat>& images, int gap = 4);
cv::Mat stacked(const std::vector<cv::Mat>& images, int gap = 4);

}  // namespace interprior
