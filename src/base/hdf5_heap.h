#pragma once
#include <filesystem>

namespace interprior {

// Whether the texts of variable length in an HDF5 file (its global heap collections) can be walked to their ends. libhdf5 before 1.14
// never comes back from one whose free space claims no bytes. Format: HDF5 File Format Specification, III.E. Files of more than
// kMostChecked bytes are taken on trust.
bool hdf5_heap_is_sound(const std::filesystem::path& path);

}  // namespace interprior
