#pragma once
#include "interprior/data/image_index.h"

namespace interprior {

// images.h5: the index of any image data set (docs/formats.md), format "interprior.images". N rows:
//   sample, file, hand_type (strings; sample = split/name; file relative to the index or absolute), camera/intrinsics (N,4) fx fy cx cy,
//   camera/size (N,2) width height, box (N,4) px; and where known: sequence, shard/offset and shard/bytes (N) (file is then pictures one
//   after the other), hand_type_valid (N), camera/rotation (N,3,3) and camera/translation (N,3) m (X_cam = R X_world + t; default: the
//   world is the camera), mano/pose (N,2,48) relative to hands_mean, mano/shape (N,2,10), mano/translation (N,2,3) m in the world,
//   mano/valid (N,2), joints (N,2,21,3) m in the camera, joint_valid (N,2,21).
// Writes usable and unusable records, with absolute paths.
void write_image_index(const std::filesystem::path& path, const ImageIndex& index);
ImageIndex read_image_index(const std::filesystem::path& path, const std::string& split, const UsableRule& rule = {});

// A data root of either kind: an InterHand2.6M folder or an images.h5.
ImageIndex read_images(const std::filesystem::path& path, const std::string& split, const UsableRule& rule = {});

}  // namespace interprior
