#pragma once
#include "hdf5_chunk_index.h"

namespace interprior {

// Chunks in row-major order, from a fixed array (dataset of fixed size) or an extensible array (first axis unlimited).
// Both throw Error.
std::vector<Hdf5Chunk> fixed_array(const Hdf5Bytes& file, uint64_t address, const Hdf5ChunkGrid& grid);
std::vector<Hdf5Chunk> extensible_array(const Hdf5Cursor& layout, uint64_t address, const Hdf5ChunkGrid& grid);

}  // namespace interprior
