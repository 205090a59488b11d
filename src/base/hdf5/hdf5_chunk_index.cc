#include "hdf5_chunk_index.h"

#include <algorithm>

#include "hdf5_chunk_arrays.h"
#include "hdf5_tree.h"

namespace interprior {
namespace {

constexpr uint64_t kMaxTinyChunks = 1 << 18;  // a chunk takes about 90 bytes of memory

// Chunk index types of a layout message of version 4.
enum Index : unsigned { kSingle = 1, kImplicit = 2, kFixedArray = 3, kExtensibleArray = 4 };

}  // namespace

uint64_t Hdf5ChunkGrid::count(const std::vector<int64_t>& within, const Hdf5Cursor& place) const {
  uint64_t count = 1;
  for (size_t axis = 0; axis < within.size(); ++axis) {
    if (within[axis] < 0) place.damaged("an unlimited dataset with an index of fixed size");
    if (__builtin_mul_overflow(count, chunks_along(within[axis], chunk[axis]), &count))
      place.damaged("a dataset of an impossible number of chunks");
  }
  return count;
}

std::vector<int64_t> Hdf5ChunkGrid::begin_of(uint64_t place) const {
  std::vector<int64_t> begin(chunk.size());
  for (size_t axis = chunk.size(); axis-- > 0;) {
    if (axis == 0) {  // may be unlimited
      begin[0] = static_cast<int64_t>(place) * chunk[0];
      break;
    }
    const uint64_t along = chunks_along(most[axis], chunk[axis]);
    begin[axis] = static_cast<int64_t>(place % along) * chunk[axis];
    place /= along;
  }
  return begin;
}

std::vector<Hdf5Chunk> tree_chunks(const Hdf5Bytes& file, uint64_t tree, const Hdf5ChunkGrid& grid) {
  std::vector<Hdf5Chunk> chunks;
  if (tree == kHdf5Undefined) return chunks;
  walk_hdf5_tree(file, tree, 1, 8 + 8 * (grid.chunk.size() + 1), [&](Hdf5Cursor key, uint64_t child) {
    Hdf5Chunk chunk;
    chunk.address = child;
    chunk.stored = key.number(4);
    chunk.skipped_filters = key.number(4);
    for (size_t axis = 0; axis < grid.chunk.size(); ++axis) chunk.begin.push_back(static_cast<int64_t>(key.number(8)));
    chunks.push_back(std::move(chunk));
  });
  return chunks;
}

std::vector<Hdf5Chunk> newer_chunks(Hdf5Cursor& message, unsigned flags, const Hdf5ChunkGrid& grid) {
  if ((flags & 1) != 0) message.unsupported("chunks that are compressed only in part");
  const Hdf5Bytes& file = message.file();
  switch (message.byte()) {
    case kSingle: {
      Hdf5Chunk chunk{std::vector<int64_t>(grid.chunk.size(), 0), 0, grid.chunk_bytes, 0};
      if ((flags & 2) != 0) {
        chunk.stored = message.number(8);
        chunk.skipped_filters = message.number(4);
      }
      chunk.address = message.number(8);
      return chunk.address == kHdf5Undefined ? std::vector<Hdf5Chunk>{} : std::vector{chunk};
    }
    case kImplicit: {
      const uint64_t address = message.number(8), count = grid.count(grid.most, message);
      std::vector<Hdf5Chunk> chunks;
      if (address == kHdf5Undefined) return chunks;
      if (count > file.size() / grid.chunk_bytes) message.damaged("more chunks than the file has bytes");
      if (count > std::max(kMaxTinyChunks, file.size() / 8)) message.unsupported("chunks of a few bytes each");
      for (uint64_t i = 0; i < count; ++i)
        chunks.push_back({grid.begin_of(i), address + i * grid.chunk_bytes, grid.chunk_bytes, 0});
      return chunks;
    }
    case kFixedArray: {
      message.skip(1);
      const uint64_t address = message.number(8);
      return address == kHdf5Undefined ? std::vector<Hdf5Chunk>{} : fixed_array(file, address, grid);
    }
    case kExtensibleArray: {
      message.skip(5);
      const uint64_t address = message.number(8);
      return address == kHdf5Undefined ? std::vector<Hdf5Chunk>{} : extensible_array(message, address, grid);
    }
    default:
      message.unsupported("a dataset that may grow along several axes, as written with libver=\"latest\"");
  }
}

}  // namespace interprior
