#pragma once
#include <string>
#include <vector>

#include "hdf5_filters.h"
#include "hdf5_object.h"
#include "hdf5_type.h"

namespace interprior {

// A box of a dataset's values that is stored in one piece.
struct Hdf5Chunk {
  std::vector<int64_t> begin;  // its first value, by axis
  uint64_t address = 0, stored = 0, skipped_filters = 0;
};

// How many chunks lie along an axis.
inline uint64_t chunks_along(int64_t size, int64_t chunk) {
  return static_cast<uint64_t>(size / chunk + (size % chunk != 0 ? 1 : 0));
}

// Where the values of a dataset stand: in its header, in one piece, or in chunks of one shape.
struct Hdf5Layout {
  enum class Kind { header, contiguous, chunked };
  Kind kind = Kind::header;
  std::string values;               // in the header
  uint64_t address = kHdf5Nowhere;  // contiguous; nowhere where nothing was written yet
  uint64_t stored = 0;              // bytes in the file, of all chunks together
  std::vector<int64_t> chunk_sizes;
  std::vector<Hdf5Chunk> chunks;  // by place, no two at one; only those that were written
  size_t chunk_bytes = 0;
};

// Throws Error: chunks that overlap, in the file or in the dataset, or that cannot become what they claim.
Hdf5Layout read_hdf5_layout(const Hdf5Bytes& file, Hdf5Cursor message, const Hdf5Type& type, const Hdf5Space& space,
                            const Hdf5Filters& filters);

}  // namespace interprior
