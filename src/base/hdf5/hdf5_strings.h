#pragma once
#include <string>
#include <vector>

#include "hdf5_type.h"

namespace interprior {

// Decodes raw values of a string type: of fixed length, or references to the global heap.
// Throws Error on an invalid reference, or if the strings' total length exceeds the file size.
std::vector<std::string> hdf5_strings(const Hdf5Bytes& file, const Hdf5Type& type, std::string_view values);

}  // namespace interprior
