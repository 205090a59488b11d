#pragma once
#include "interprior/data/image_index.h"

namespace interprior {

// images.h5: the index of any image data set (docs/formats.md), format "interprior.images". Needed, N rows each:
//   sample (split/name), file (relative to the index or absolute), hand_type: strings
//   camera/intrinsics (N,4) fx fy cx cy px; camera/size (N,2) width, height px; box (N,4) x, y, width, height px
// and where known:
//   sequence: strings, default the sample; hand_type_valid (N)
//   shard/offset, shard/bytes (N): `file` is pictures one after the other, this is where each lies
//   camera/rotation (N,3,3), camera/translation (N,3) m: X_cam = R X_world + t; default: the world is the camera
//   mano/pose (N,2,48) relative to hands_mean, mano/shape (N,2,10), mano/translation (N,2,3) m, in the world; mano/valid (N,2)
//   joints (N,2,21,3) m in the camera, order of hand/skeleton.h; joint_valid (N,2,21), default all
// Writes usable and unusable records, with absolute paths. Throws Error.
void write_image_index(const std::filesystem::path& path, const ImageIndex& index);
ImageIndex read_image_index(const std::filesystem::path& path, const std::string& split, const UsableRule& rule = {});

// A data root of either kind: an InterHand2.6M folder or an images.h5.
ImageIndex read_images(const std::filesystem::path& path, const std::string& split, const UsableRule& rule = {});

}  // namespace interprior
