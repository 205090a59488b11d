#pragma once
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// Version 1 of images.h5 (image_index_file.h): a row a picture, each with a camera and a frame of its own. Throws Error.
ImageTables read_flat_index(const TensorFileReader& file);

}  // namespace interprior
