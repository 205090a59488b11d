#pragma once
#include <functional>

#include "hdf5_bytes.h"

namespace interprior {

// The links of a large group, or the attributes of an object with many, as newer writers keep them (h5py's libver="latest"): a
// heap (fractal heap) of messages and a tree (B-tree, version 2) of their places in it. Visits each message's body once. Throws
// Error.
void walk_hdf5_dense(const Hdf5Bytes& file, uint64_t heap, uint64_t names, const std::function<void(const Hdf5Cursor&)>& visit);

}  // namespace interprior
