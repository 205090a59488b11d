#pragma once
#include <functional>

#include "hdf5_bytes.h"

namespace interprior {

// The leaves of a B-tree (version 1), from left to right: the key before a child, and where the child stands. `kind`: 0 of
// groups, 1 of chunks. Each node is visited once and lies one level below its parent, so that no circle holds it up. Throws
// Error.
void walk_hdf5_tree(const Hdf5Bytes& file, uint64_t root, unsigned kind, size_t key_size,
                    const std::function<void(Hdf5Cursor key, uint64_t child)>& visit);

}  // namespace interprior
