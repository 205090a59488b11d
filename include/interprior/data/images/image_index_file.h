#pragma once
#include "interprior/data/images/image_index.h"

namespace interprior {

// images.h5: the index of any image data set (docs/formats.md), format "interprior.images".
// Version 2 has the three tables of image_tables.h and the list of their source files. Version 1, easily written from Python, is
// one table. Required, N rows each:
//   sample (split/name), file (relative to the index or absolute), hand_type: strings
//   camera/intrinsics (N,4) fx fy cx cy px; camera/size (N,2) width, height px; box (N,4) x, y, width, height px
// Optional:
//   sequence: strings, default the sample; hand_type_valid (N)
//   shard/offset, shard/bytes (N): position and size of each image if `file` is a concatenation of images
//   camera/rotation (N,3,3), camera/translation (N,3) m: X_cam = R X_world + t; default: the world frame is the camera frame
//   mano/pose (N,2,48) relative to hands_mean, mano/shape (N,2,10), mano/translation (N,2,3) m, world frame; mano/valid (N,2)
//   joints (N,2,21,3) m, camera frame, order of hand/skeleton.h, or joints_2d (N,2,21,2) px; joint_valid (N,2,21), default all
inline constexpr const char* kImagesFormat = "interprior.images";
inline constexpr int64_t kImagesVersion = 2;

// Writes version 2. Throws Error.
void write_image_index(const std::filesystem::path& path, const ImageTables& tables);

// Reads either version. Throws Error that names the file if a source file has changed since the index was written.
ImageTables read_image_tables(const std::filesystem::path& path);
ImageIndex read_image_index(const std::filesystem::path& path, const std::string& split, const UsableRule& rule = {});

// Reads an InterHand2.6M folder or an images.h5.
ImageIndex read_images(const std::filesystem::path& path, const std::string& split, const UsableRule& rule = {});

}  // namespace interprior
