#include "hdf5_layout.h"

#include <c10/util/StringUtil.h>

#include <algorithm>

#include "hdf5_chunk_index.h"

namespace interprior {
namespace {

enum Class : unsigned { kCompact = 0, kContiguous = 1, kChunked = 2 };

void check_chunks(const Hdf5Cursor& message, Hdf5Layout& layout, const Hdf5Space& space, const Hdf5Filters& filters) {
  const auto outside = [&](const Hdf5Chunk& chunk) {  // left over from a dataset that was shrunk
    for (size_t axis = 0; axis < space.sizes.size(); ++axis)
      if (chunk.begin[axis] >= space.sizes[axis]) return true;
    return false;
  };
  std::erase_if(layout.chunks, outside);
  std::sort(layout.chunks.begin(), layout.chunks.end(), [](const auto& a, const auto& b) { return a.address < b.address; });
  uint64_t end = 0;
  for (const Hdf5Chunk& chunk : layout.chunks) {
    for (size_t axis = 0; axis < space.sizes.size(); ++axis)
      if (chunk.begin[axis] < 0 || chunk.begin[axis] % layout.chunk_sizes[axis] != 0) message.damaged("an unaligned chunk");
    if (chunk.address < end) message.damaged("two chunks overlap in the file");
    if (__builtin_add_overflow(chunk.address, chunk.stored, &end) || end > message.file().size())
      message.damaged("a chunk lies beyond the file's end");
    if (!filters.can_give(chunk.stored, layout.chunk_bytes))
      message.damaged(c10::str("a chunk of ", layout.chunk_bytes, " bytes is stored as ", chunk.stored));
    layout.stored += chunk.stored;
  }
  std::sort(layout.chunks.begin(), layout.chunks.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  for (size_t i = 1; i < layout.chunks.size(); ++i)
    if (layout.chunks[i].begin == layout.chunks[i - 1].begin) message.damaged("two chunks at the same position");
}

void read_chunked(Hdf5Cursor& message, unsigned version, Hdf5Layout& layout, const Hdf5Type& type, const Hdf5Space& space,
                  const Hdf5Filters& filters) {
  const unsigned flags = version == 4 ? message.byte() : 0u;
  const size_t axes = message.byte();
  const uint64_t tree = version == 3 ? message.number(8) : 0;
  const size_t width = version == 4 ? message.byte() : size_t{4};
  if (axes != space.sizes.size() + 1 || axes < 2 || width == 0 || width > 8)
    message.damaged("chunks of another shape than their dataset");
  layout.chunk_bytes = type.size;
  for (size_t axis = 0; axis + 1 < axes; ++axis) {
    const uint64_t size = message.number(width);
    if (size == 0 || size > UINT32_MAX || __builtin_mul_overflow(layout.chunk_bytes, size, &layout.chunk_bytes) ||
        layout.chunk_bytes > UINT32_MAX)
      message.damaged("a chunk of an impossible size");
    layout.chunk_sizes.push_back(static_cast<int64_t>(size));
  }
  if (message.number(width) != type.size) message.damaged("chunks of another type than their dataset");
  const Hdf5ChunkGrid grid{space.sizes, space.most, layout.chunk_sizes, layout.chunk_bytes, !filters.empty()};
  layout.chunks = version == 4 ? newer_chunks(message, flags, grid) : tree_chunks(message.file(), tree, grid);
  check_chunks(message, layout, space, filters);
}

}  // namespace

Hdf5Layout read_hdf5_layout(const Hdf5Bytes& file, Hdf5Cursor message, const Hdf5Type& type, const Hdf5Space& space,
                            const Hdf5Filters& filters) {
  const unsigned version = message.byte(), kind = message.byte();
  if (version != 3 && version != 4) message.unsupported(c10::str("a data layout of version ", version));
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(space.count), type.size, &bytes))
    message.damaged("a dataset of an impossible size");
  Hdf5Layout layout;
  switch (kind) {
    case kCompact:
      layout.values = message.take(message.number(2));
      layout.stored = layout.values.size();
      if (layout.stored != bytes) message.damaged(c10::str("a dataset of ", bytes, " bytes is stored as ", layout.stored));
      break;
    case kContiguous:
      layout.kind = Hdf5Layout::Kind::contiguous;
      layout.address = message.number(8);
      layout.stored = layout.address == kHdf5Undefined ? 0 : message.number(8);
      if (layout.address != kHdf5Undefined &&
          (layout.stored < bytes || layout.address > file.size() || bytes > file.size() - layout.address))
        message.damaged(c10::str("a dataset of ", bytes, " bytes does not lie in the file"));
      break;
    case kChunked:
      layout.kind = Hdf5Layout::Kind::chunked;
      read_chunked(message, version, layout, type, space, filters);
      break;
    default:
      message.unsupported("a virtual dataset");
  }
  return layout;
}

}  // namespace interprior
