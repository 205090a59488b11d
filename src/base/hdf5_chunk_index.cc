#include "hdf5_chunk_index.h"

#include <c10/util/StringUtil.h>

#include "hdf5_tree.h"

namespace interprior {
namespace {

// Of a layout message of version 4.
enum Index : unsigned { kSingle = 1, kImplicit = 2, kFixedArray = 3, kExtensibleArray = 4, kTree2 = 5 };

uint64_t chunk_count(const std::vector<int64_t>& sizes, const Hdf5ChunkGrid& grid, const Hdf5Cursor& place) {
  uint64_t count = 1;
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] < 0) place.damaged("a dataset without end under an index of fixed size");
    if (__builtin_mul_overflow(count, chunks_along(sizes[axis], grid.chunk[axis]), &count))
      place.damaged("a dataset of an impossible number of chunks");
  }
  return count;
}

// The entries of one run: an address, and where chunks are filtered their stored length and the filters that were left out.
void add_entries(Hdf5Cursor& entries, uint64_t first, uint64_t count, size_t entry_size, const Hdf5ChunkGrid& grid,
                 std::vector<Hdf5Chunk>& chunks) {
  for (uint64_t i = 0; i < count; ++i) {
    Hdf5Chunk chunk{{}, entries.number(8), grid.chunk_bytes, 0};
    if (grid.filtered) {
      chunk.stored = entries.number(entry_size - 12);
      chunk.skipped_filters = entries.number(4);
    }
    if (chunk.address == kHdf5Nowhere) continue;
    chunk.begin = grid.begin_of(first + i);
    chunks.push_back(std::move(chunk));
  }
}

// Specification III.F. Long arrays lie in pages, each with its checksum.
std::vector<Hdf5Chunk> fixed_array(const Hdf5Bytes& file, uint64_t address, const Hdf5ChunkGrid& grid) {
  const std::string head = file.read(address, 28);
  Hdf5Cursor cursor(file, head, address);
  cursor.expect("FAHD");
  cursor.skip(2);
  const size_t entry = cursor.byte();
  const unsigned page_bits = cursor.byte();
  const uint64_t count = cursor.number(8), block = cursor.number(8);
  if (page_bits > 32 || (grid.filtered ? entry < 13 || entry > 20 : entry != 8) || count != chunk_count(grid.most, grid, cursor))
    cursor.damaged("an array of chunks of another shape than its dataset");
  std::vector<Hdf5Chunk> chunks;
  if (block == kHdf5Nowhere) return chunks;
  if (count > file.size() / entry) cursor.damaged("an array of chunks longer than the file");
  const uint64_t page = uint64_t{1} << page_bits, pages = count > page ? (count + page - 1) / page : 0, begin = block + 14;
  const std::string bitmap = file.read(begin, (pages + 7) / 8);
  const uint64_t bytes = pages == 0 ? count * entry : 4 + count * entry + 4 * pages;
  const std::string body = file.read(begin + bitmap.size(), bytes);
  Hdf5Cursor entries(file, body, begin + bitmap.size());
  if (pages == 0) add_entries(entries, 0, count, entry, grid, chunks);
  else entries.skip(4);
  for (uint64_t i = 0; i < pages; ++i) {
    const uint64_t first = i * page, some = std::min(page, count - first);
    const bool written = (static_cast<unsigned char>(bitmap[i / 8]) & (0x80u >> (i % 8))) != 0;
    if (written) add_entries(entries, first, some, entry, grid, chunks);
    else entries.skip(some * entry);
    entries.skip(4);
  }
  return chunks;
}

}  // namespace

std::vector<int64_t> Hdf5ChunkGrid::begin_of(uint64_t place) const {
  std::vector<int64_t> begin(chunk.size());
  for (size_t axis = chunk.size(); axis-- > 0;) {
    const uint64_t along = chunks_along(most[axis], chunk[axis]);
    begin[axis] = static_cast<int64_t>(place % along) * chunk[axis];
    place /= along;
  }
  return begin;
}

std::vector<Hdf5Chunk> tree_chunks(const Hdf5Bytes& file, uint64_t tree, const Hdf5ChunkGrid& grid) {
  std::vector<Hdf5Chunk> chunks;
  if (tree == kHdf5Nowhere) return chunks;
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
      return chunk.address == kHdf5Nowhere ? std::vector<Hdf5Chunk>{} : std::vector{chunk};
    }
    case kImplicit: {
      const uint64_t address = message.number(8), count = chunk_count(grid.most, grid, message);
      std::vector<Hdf5Chunk> chunks;
      if (address == kHdf5Nowhere) return chunks;
      if (count > file.size() / grid.chunk_bytes) message.damaged("more chunks than the file has bytes");
      for (uint64_t i = 0; i < count; ++i) chunks.push_back({grid.begin_of(i), address + i * grid.chunk_bytes, grid.chunk_bytes, 0});
      return chunks;
    }
    case kFixedArray: {
      message.skip(1);
      const uint64_t address = message.number(8);
      return address == kHdf5Nowhere ? std::vector<Hdf5Chunk>{} : fixed_array(file, address, grid);
    }
    default:
      message.unsupported("a growing dataset as written with libver=\"latest\"");
  }
}

}  // namespace interprior
