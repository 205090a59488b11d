#pragma once
#include <opencv2/core.hpp>
#include <optional>

#include "interprior/data/annotated_hand.h"
#include "interprior/data/augmentation.h"
#include "interprior/data/images/image_batch.h"

// Fills one row of an ImageBatch from plain numbers. Shared by all image data sets: one definition of a crop and its labels.
namespace interprior {

inline constexpr int64_t kMaskStride = 4;  // crop pixels per cell of ImageBatch::mask

// The benchmark's crop box: the tight square around the ground-truth vertices, side / 0.8. nullopt if a visible hand has no MANO
// or a vertex has depth below 0.01 m.
std::optional<Box> oracle_box(const PerHand<AnnotatedHand>& hands_in_camera, const Pinhole& camera);

// Copies the crop (S,S,3) to the row's image, with the augmentation's mirror and colour jitter.
void fill_image(const cv::Mat& crop, const Augmentation& augmentation, ImageBatch& slot, int64_t row);

// Fills poses, joints and validity flags from hands in the crop's camera, after the mirror.
void fill_hands(const PerHand<AnnotatedHand>& hands_in_crop, ImageBatch& slot, int64_t row);

// Fills the crop's camera. mirrored: as if the original camera saw the mirrored scene.
void fill_camera(const Crop& crop, bool mirrored, ImageBatch& slot, int64_t row);

// Draws the augmentation's occluder, if any, over the row's image and subtracts the hidden area from the row's masks. Image and
// masks must be filled before.
void fill_occluder(const Augmentation& augmentation, ImageBatch& slot, int64_t row);

// Pointer to the row's masks (2,G,G).
float* mask_row(ImageBatch& slot, int64_t row);

}  // namespace interprior
