#pragma once
#include <torch/types.h>

#include <array>
#include <opencv2/core.hpp>
#include <vector>

#include "interprior/hand/side.h"
#include "interprior/render/shading.h"

namespace interprior {

using Joints2d = std::vector<std::array<double, 2>>;  // 21 px, order of hand/skeleton.h

// Bones and joints drawn on a copy of the picture, one hue a finger, the right hand's joints full, the left's with a white
// centre. Hands with no joints (empty) and joints that are not finite are left out.
cv::Mat draw_joints(const cv::Mat& rgb, const PerHand<Joints2d>& joints);

// The two meshes (null: absent) shaded onto a copy of the photograph, seen through its camera; opacity 0..1.
// Right is warm, left cool.
cv::Mat draw_meshes(const cv::Mat& rgb, const PerHand<const Mesh*>& meshes_in_camera, const Pinhole& camera,
                    double opacity = 0.85);

// Heat maps (N,h,w) in 0..1 as one tiled picture, `columns` a row, upscaled, over a dimmed copy of the crop where given.
// Magenta marks values that are not numbers.
cv::Mat draw_heatmaps(const torch::Tensor& maps, int64_t columns, const cv::Mat& crop = {});

// Pictures side by side, and rows stacked, with a white gap; smaller ones lie at the top or left on white.
cv::Mat beside(const std::vector<cv::Mat>& pictures, int gap = 4);
cv::Mat stacked(const std::vector<cv::Mat>& pictures, int gap = 4);

}  // namespace interprior
