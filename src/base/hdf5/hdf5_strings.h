#pragma once
#include <string>
#include <vector>

#include "hdf5_type.h"

namespace interprior {

// The texts behind `count` values of a string type, as they lie in the file: of fixed length, or references to the global heap.
// Throws Error: a reference into nowhere, texts that are together longer than the file.
std::vector<std::string> hdf5_strings(const Hdf5Bytes& file, const Hdf5Type& type, std::string_view values);

}  // namespace interprior
