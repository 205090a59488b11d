#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hdf5_handle.h"

namespace interprior {

// The strings of a dataset or an attribute, of variable or fixed length (h5py writes both); nothing where the type is
// another one or HDF5 fails: `count` of them from `begin` on.
std::optional<std::vector<std::string>> hdf5_dataset_strings(hid_t dataset, int64_t begin, int64_t count);

// The one string of an attribute of the file, or nothing.
std::optional<std::string> hdf5_attribute_string(hid_t file, const std::string& name);

// The one integer of an attribute of the file, of any width, or nothing.
std::optional<int64_t> hdf5_attribute_integer(hid_t file, const std::string& name);

}  // namespace interprior
