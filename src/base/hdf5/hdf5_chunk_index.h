#pragma once
#include "hdf5_layout.h"

namespace interprior {

// The chunk grid of a dataset. `sizes`, `most`, `chunk`: current and maximum shape of the dataset, and shape of a chunk.
struct Hdf5ChunkGrid {
  std::vector<int64_t> sizes, most, chunk;
  size_t chunk_bytes = 0;
  bool filtered = false;

  // Number of chunks that cover a dataset of shape `within`. Throws Error at `place` on overflow.
  uint64_t count(const std::vector<int64_t>& within, const Hdf5Cursor& place) const;
  // Index of the first value of the chunk at position `place` in row-major order.
  std::vector<int64_t> begin_of(uint64_t place) const;
};

std::vector<Hdf5Chunk> tree_chunks(const Hdf5Bytes& file, uint64_t tree, const Hdf5ChunkGrid& grid);  // B-tree, version 1
std::vector<Hdf5Chunk> newer_chunks(Hdf5Cursor& message, unsigned flags, const Hdf5ChunkGrid& grid);  // of h5py's libver="latest"

}  // namespace interprior
