#pragma once
#include <functional>

#include "hdf5_bytes.h"

namespace interprior {

// Visits the leaves of a B-tree (version 1) from left to right, with the key before a child and the child's address. `kind`: 0
// for groups, 1 for chunks. Each node is visited once and must be one level below its parent; throws Error on a cycle or damage.
void walk_hdf5_tree(const Hdf5Bytes& file, uint64_t root, unsigned kind, size_t key_size,
                    const std::function<void(Hdf5Cursor key, uint64_t child)>& visit);

}  // namespace interprior
