#pragma once
#include <opencv2/core.hpp>
#include <optional>

#include "interprior/data/augmentation.h"
#include "interprior/data/images/image_batch.h"
#include "interprior/data/posed_hand.h"

// One row of an ImageBatch from plain numbers, for data sets of pictures from anywhere: one definition of a crop and its labels.
namespace interprior {

inline constexpr int64_t kMaskStride = 4;  // px of the crop a cell of ImageBatch::mask

// Side of the tight square about the true vertices / 0.8, as the benchmark crops; nothing where a hand shown has no vertices or
// one of them lies at the camera.
std::optional<Box> oracle_box(const PerHand<PosedHand>& hands_in_camera, const Pinhole& camera);

// The picture (S,S,3), mirrored and coloured as the augmentation says, into the row's image.
void fill_picture(const cv::Mat& crop, const Augmentation& augmentation, ImageBatch& slot, int64_t row);

// Poses, joints and what is known of them. Hands in the crop's camera, after the mirror.
void fill_hands(const PerHand<PosedHand>& hands_in_crop, ImageBatch& slot, int64_t row);

// The crop's camera; mirrored: as if the original camera had seen the mirrored scene.
void fill_camera(const Crop& crop, bool mirrored, ImageBatch& slot, int64_t row);

// Lays the augmentation's occluder, if it has one, over the row's image, and takes what it hides from the row's masks; after both
// are filled.
void fill_occluder(const Augmentation& augmentation, ImageBatch& slot, int64_t row);

// Where the row's masks (2,G,G) begin.
float* mask_row(ImageBatch& slot, int64_t row);

}  // namespace interprior
