#pragma once
#include <functional>

#include "hdf5_bytes.h"

namespace interprior {

// Dense storage of newer writers (h5py's libver="latest") for the links of a large group or many attributes of an object: a
// fractal heap of messages and a B-tree (version 2) of their heap identifiers. Visits each message's body once. Throws Error.
void walk_hdf5_dense(const Hdf5Bytes& file, uint64_t heap, uint64_t names, const std::function<void(const Hdf5Cursor&)>& visit);

}  // namespace interprior
