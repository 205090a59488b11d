#pragma once
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// Reads version 1 of images.h5 (image_index_file.h): one row per image, each with its own camera and frame. Throws Error.
ImageTables read_flat_index(const TensorFileReader& file);

}  // namespace interprior
