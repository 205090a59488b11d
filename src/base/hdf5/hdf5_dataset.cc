#include "hdf5_dataset.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cstring>

namespace interprior {
namespace {

constexpr uint64_t kSmall = uint64_t{2} << 20;  // bytes that may be allocated whatever the file stores
constexpr uint64_t kMaxForOne = 16;             // bytes of memory per byte in the file
constexpr uint64_t kMaxBesides = uint64_t{24} << 20;

const Hdf5Message& needed(const Hdf5Bytes& file, const Hdf5Object& object, Hdf5MessageType type) {
  const Hdf5Message* message = object.find(type);
  if (message == nullptr) file.damaged("a dataset without type, shape or layout", object.address());
  return *message;
}

std::string read_fill_value(Hdf5Cursor message) {
  const unsigned version = message.byte();
  bool defined = true;
  if (version == 3) {
    defined = (message.byte() & 0x20) != 0;
  } else {
    message.skip(2);
    defined = message.byte() != 0 || version == 1;
  }
  if (!defined) return "";
  return std::string(message.take(message.number(4)));
}

// Copies the part of a chunk in rows begin .. end - 1 of the dataset, axis by axis.
class ChunkCopy {
 public:
  ChunkCopy(const std::vector<int64_t>& sizes, const std::vector<int64_t>& chunk, size_t element, int64_t begin, int64_t end)
      : sizes_(sizes), chunk_(chunk), element_(element), begin_(begin), end_(end) {}

  void run(const char* from, const std::vector<int64_t>& at, char* to) const { copy(0, from, at, to); }

 private:
  void copy(size_t axis, const char* from, const std::vector<int64_t>& at, char* to) const {
    const int64_t low = axis == 0 ? begin_ : 0, high = axis == 0 ? end_ : sizes_[axis];
    const int64_t first = std::max(low, at[axis]);
    if (first >= high) return;
    const int64_t last = at[axis] + std::min(high - at[axis], chunk_[axis]);
    if (first >= last) return;
    const size_t from_step = step(chunk_, axis), to_step = step(sizes_, axis);
    from += static_cast<size_t>(first - at[axis]) * from_step;
    to += static_cast<size_t>(first - low) * to_step;
    if (axis + 1 == sizes_.size()) {
      std::memcpy(to, from, static_cast<size_t>(last - first) * element_);
      return;
    }
    for (int64_t i = first; i < last; ++i, from += from_step, to += to_step) copy(axis + 1, from, at, to);
  }

  // Stride of an axis in bytes.
  size_t step(const std::vector<int64_t>& sizes, size_t axis) const {
    size_t bytes = element_;
    for (size_t i = axis + 1; i < sizes.size(); ++i) bytes *= static_cast<size_t>(sizes[i]);
    return bytes;
  }

  const std::vector<int64_t>&sizes_, &chunk_;
  size_t element_;
  int64_t begin_, end_;
};

}  // namespace

Hdf5Dataset::Hdf5Dataset(const Hdf5Bytes& file, const Hdf5Object& object) : file_(file), address_(object.address()) {
  Hdf5Cursor type = needed(file, object, Hdf5MessageType::datatype).cursor(file);
  Hdf5Cursor space = needed(file, object, Hdf5MessageType::dataspace).cursor(file);
  type_ = read_hdf5_type(type);
  space_ = read_hdf5_space(space);
  if (const Hdf5Message* filters = object.find(Hdf5MessageType::filters)) filters_ = Hdf5Filters(filters->cursor(file));
  if (const Hdf5Message* fill = object.find(Hdf5MessageType::fill)) fill_value_ = read_fill_value(fill->cursor(file));
  if (!fill_value_.empty() && fill_value_.size() != type_.size)
    file.damaged("a fill value of another size than its type", address_);
  if (const Hdf5Message* external = object.find(Hdf5MessageType::external_files))
    file.unsupported("values stored in another file", external->address);
  layout_ = read_hdf5_layout(file, needed(file, object, Hdf5MessageType::layout).cursor(file), type_, space_, filters_);
}

int64_t Hdf5Dataset::values_a_row() const {
  int64_t values = 1;
  for (size_t axis = 1; axis < space_.sizes.size(); ++axis)
    if (__builtin_mul_overflow(values, space_.sizes[axis], &values)) file_.damaged("a row of an impossible size", address_);
  return values;
}

bool Hdf5Dataset::can_hold(int64_t begin, int64_t end, size_t bytes_a_value) const {
  uint64_t bytes = static_cast<uint64_t>(end - begin);
  if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(values_a_row()), &bytes) ||
      __builtin_mul_overflow(bytes, bytes_a_value, &bytes))
    return false;
  if (bytes <= kSmall || bytes / kMaxForOne <= layout_.stored) return true;
  // Compressed by more than 16 : 1. Accepted if all chunks are stored: can_give has checked the size of each of them.
  if (bytes > kMaxBesides && (bytes - kMaxBesides) / kMaxForOne > file_.size()) return false;
  uint64_t chunks = layout_.kind == Hdf5Layout::Kind::chunked ? 1 : UINT64_MAX;
  for (size_t axis = 0; axis < layout_.chunk_sizes.size(); ++axis)
    if (__builtin_mul_overflow(chunks, chunks_along(space_.sizes[axis], layout_.chunk_sizes[axis]), &chunks)) return false;
  return chunks == layout_.chunks.size();
}

void Hdf5Dataset::read(int64_t begin, int64_t end, char* to) const {
  const size_t row = static_cast<size_t>(values_a_row()) * type_.size, bytes = static_cast<size_t>(end - begin) * row;
  if (bytes == 0) return;
  switch (layout_.kind) {
    case Hdf5Layout::Kind::header:
      std::memcpy(to, layout_.values.data() + static_cast<size_t>(begin) * row, bytes);
      break;
    case Hdf5Layout::Kind::contiguous:
      if (layout_.address == kHdf5Undefined)
        fill(to, bytes);
      else
        file_.read(layout_.address + static_cast<size_t>(begin) * row, bytes, to);
      break;
    case Hdf5Layout::Kind::chunked:
      read_chunks(begin, end, to);
  }
}

void Hdf5Dataset::read_chunks(int64_t begin, int64_t end, char* to) const {
  const auto by_row = [](const Hdf5Chunk& chunk, int64_t row) { return chunk.begin[0] < row; };
  const int64_t height = layout_.chunk_sizes[0], first_row = begin / height * height;
  const auto first = std::lower_bound(layout_.chunks.begin(), layout_.chunks.end(), first_row, by_row),
             last = std::lower_bound(first, layout_.chunks.end(), end, by_row);
  uint64_t expected = chunks_along(end - first_row, height);
  for (size_t axis = 1; axis < layout_.chunk_sizes.size(); ++axis)
    expected *= chunks_along(space_.sizes[axis], layout_.chunk_sizes[axis]);
  if (expected != static_cast<uint64_t>(last - first)) fill(to, static_cast<size_t>((end - begin) * values_a_row()) * type_.size);
  const ChunkCopy copy(space_.sizes, layout_.chunk_sizes, type_.size, begin, end);
  for (auto chunk = first; chunk != last; ++chunk) {
    const Hdf5Cursor place(file_, {}, chunk->address);
    const std::string values = filters_.undone(file_.read(chunk->address, chunk->stored), chunk->skipped_filters, type_.size,
                                               layout_.chunk_bytes, place);
    copy.run(values.data(), chunk->begin, to);
  }
}

void Hdf5Dataset::fill(char* to, size_t bytes) const {
  if (fill_value_.empty()) {
    std::memset(to, 0, bytes);
    return;
  }
  for (size_t at = 0; at < bytes; at += type_.size) std::memcpy(to + at, fill_value_.data(), type_.size);
}

}  // namespace interprior
