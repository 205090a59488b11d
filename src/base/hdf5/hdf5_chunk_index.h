#pragma once
#include "hdf5_layout.h"

namespace interprior {

// The chunks of a dataset by the index that its layout names. `sizes`, `most`, `chunk`: of the dataset now, as it may grow, and
// of one chunk. Throws Error.
struct Hdf5ChunkGrid {
  std::vector<int64_t> sizes, most, chunk;
  size_t chunk_bytes = 0;
  bool filtered = false;

  // How many chunks make up these sizes. Throws Error at `place` where no number counts them.
  uint64_t count(const std::vector<int64_t>& within, const Hdf5Cursor& place) const;
  // Of the chunk that stands at a place in row-major order.
  std::vector<int64_t> begin_of(uint64_t place) const;
};

std::vector<Hdf5Chunk> tree_chunks(const Hdf5Bytes& file, uint64_t tree, const Hdf5ChunkGrid& grid);  // B-tree, version 1
std::vector<Hdf5Chunk> newer_chunks(Hdf5Cursor& message, unsigned flags, const Hdf5ChunkGrid& grid);  // of h5py's libver="latest"

}  // namespace interprior
