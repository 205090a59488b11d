#pragma once
#include <string>
#include <vector>

#include "hdf5_filters.h"
#include "hdf5_object.h"
#include "hdf5_type.h"

namespace interprior {

// A chunk of a dataset, stored contiguously.
struct Hdf5Chunk {
  std::vector<int64_t> begin;  // index of the first value, per axis
  uint64_t address = 0, stored = 0, skipped_filters = 0;
};

// Number of chunks along an axis.
inline uint64_t chunks_along(int64_t size, int64_t chunk) {
  return static_cast<uint64_t>(size / chunk + (size % chunk != 0 ? 1 : 0));
}

// Storage of a dataset's values: in its object header, contiguous, or in chunks of one shape.
struct Hdf5Layout {
  enum class Kind { header, contiguous, chunked };
  Kind kind = Kind::header;
  std::string values;                 // kind header: the values
  uint64_t address = kHdf5Undefined;  // kind contiguous; kHdf5Undefined if no values were written
  uint64_t stored = 0;                // bytes in the file, total over all chunks
  std::vector<int64_t> chunk_sizes;
  std::vector<Hdf5Chunk> chunks;  // only written chunks, sorted by position, positions unique
  size_t chunk_bytes = 0;
};

// Throws Error if chunks overlap, in the file or in the dataset, or cannot decompress to the size of a chunk.
Hdf5Layout read_hdf5_layout(const Hdf5Bytes& file, Hdf5Cursor message, const Hdf5Type& type, const Hdf5Space& space,
                            const Hdf5Filters& filters);

}  // namespace interprior
