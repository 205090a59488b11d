#include "hdf5_chunk_arrays.h"

#include <algorithm>
#include <bit>

namespace interprior {
namespace {

// Appends a run of entries: an address each; for filtered chunks also the stored length and the mask of skipped filters.
void add_entries(Hdf5Cursor& entries, uint64_t first, uint64_t count, size_t entry_size, const Hdf5ChunkGrid& grid,
                 std::vector<Hdf5Chunk>& chunks) {
  for (uint64_t i = 0; i < count; ++i) {
    Hdf5Chunk chunk{{}, entries.number(8), grid.chunk_bytes, 0};
    if (grid.filtered) {
      chunk.stored = entries.number(entry_size - 12);
      chunk.skipped_filters = entries.number(4);
    }
    if (chunk.address == kHdf5Undefined) continue;
    chunk.begin = grid.begin_of(first + i);
    chunks.push_back(std::move(chunk));
  }
}

bool is_entry(size_t entry, const Hdf5ChunkGrid& grid) { return grid.filtered ? entry >= 13 && entry <= 20 : entry == 8; }

// Specification III.G: the first elements are in the index block, the next in data blocks that it points to, the rest in data
// blocks that super blocks point to. Super block u has 2^(u/2) data blocks of 2^((u+1)/2) times the minimum number of elements;
// the first few super blocks are not stored: the index block points to their data blocks.
class ExtensibleArray {
 public:
  ExtensibleArray(const Hdf5Bytes& file, uint64_t address, const Hdf5ChunkGrid& grid, uint64_t count)
      : file_(file), grid_(grid), count_(count) {
    const std::string head = file.read(address, 72);
    Hdf5Cursor cursor(file, head, address);
    cursor.expect("EAHD");
    cursor.skip(2);
    entry_ = cursor.byte();
    bits_ = cursor.byte();
    in_index_ = cursor.byte();
    least_ = cursor.byte();
    pointers_ = cursor.byte();
    page_bits_ = cursor.byte();
    cursor.skip(6 * 8);
    index_ = cursor.number(8);
    if (!is_entry(entry_, grid) || bits_ == 0 || bits_ > 40 || page_bits_ > 32 || !std::has_single_bit(least_) ||
        !std::has_single_bit(pointers_))
      cursor.damaged("an array of chunks of an impossible shape");
    blocks_ = 1 + bits_ - std::min(bits_, exponent(least_));
  }

  std::vector<Hdf5Chunk> read() {
    if (index_ == kHdf5Undefined) return {};
    const uint64_t spared = std::min(blocks_, 2 * exponent(pointers_));
    const std::string bytes = block(index_, in_index_ * entry_ + 8 * (2 * (pointers_ - 1) + blocks_ - spared), 0);
    Hdf5Cursor cursor(file_, bytes, index_);
    cursor.expect("EAIB");
    cursor.skip(kHead - 4);
    add(cursor, in_index_);
    for (uint64_t u = 0; u < blocks_ && first_ < count_; ++u) {
      if (u >= spared) super_block(cursor.number(8), u);
      for (uint64_t i = 0; u < spared && i < data_blocks(u); ++i) data_block(cursor.number(8), elements(u), {});
    }
    return std::move(chunks_);
  }

 private:
  static constexpr size_t kHead = 14;  // signature, version, kind, the header's address
  static uint64_t exponent(uint64_t power) { return static_cast<uint64_t>(std::bit_width(power)) - 1; }
  static uint64_t data_blocks(uint64_t u) { return uint64_t{1} << (u / 2); }
  uint64_t elements(uint64_t u) const { return least_ << ((u + 1) / 2); }
  uint64_t offset_size() const { return (bits_ + 7) / 8; }

  // Blocks do not overlap, so their total size is bounded by the file size.
  std::string block(uint64_t address, uint64_t size, uint64_t more) {
    if (size > file_.size() || (total_ += size) > file_.size()) file_.damaged("an array of chunks longer than the file", address);
    return file_.read(address, kHead + size + more);
  }

  // Skips elements beyond the dataset's number of chunks.
  void add(Hdf5Cursor& entries, uint64_t some) {
    add_entries(entries, first_, first_ < count_ ? std::min(some, count_ - first_) : 0, entry_, grid_, chunks_);
    first_ += some;
  }

  void super_block(uint64_t address, uint64_t u) {
    const uint64_t page = uint64_t{1} << page_bits_, pages = elements(u) > page ? elements(u) / page : 0,
                   bitmap = (pages + 7) / 8;
    if (address == kHdf5Undefined) {
      first_ += data_blocks(u) * elements(u);
      return;
    }
    const std::string bytes = block(address, data_blocks(u) * (bitmap + 8), offset_size());
    Hdf5Cursor cursor(file_, bytes, address);
    cursor.expect("EASB");
    cursor.skip(kHead - 4 + offset_size());
    const std::string_view written = cursor.take(data_blocks(u) * bitmap);
    for (uint64_t i = 0; i < data_blocks(u); ++i) data_block(cursor.number(8), elements(u), written.substr(i * bitmap, bitmap));
  }

  // `written`: one bit for each page of a long block; each page ends with a checksum.
  void data_block(uint64_t address, uint64_t some, std::string_view written) {
    if (address == kHdf5Undefined || first_ >= count_) {
      first_ += some;
      return;
    }
    const uint64_t page = uint64_t{1} << page_bits_, pages = written.empty() ? 0 : some / page;
    const std::string bytes = block(address, some * entry_, offset_size() + (pages == 0 ? 0 : 4 + 4 * pages));
    Hdf5Cursor cursor(file_, bytes, address);
    cursor.expect("EADB");
    cursor.skip(kHead - 4 + offset_size() + (pages == 0 ? 0 : 4));
    if (pages == 0) add(cursor, some);
    for (uint64_t i = 0; i < pages; ++i) {
      Hdf5Cursor entries(file_, cursor.take(page * entry_ + 4), address);
      if ((static_cast<unsigned char>(written[i / 8]) & (0x80u >> (i % 8))) != 0)
        add(entries, page);
      else
        first_ += page;
    }
  }

  const Hdf5Bytes& file_;
  const Hdf5ChunkGrid& grid_;
  uint64_t count_, first_ = 0, total_ = 0;  // chunks of the dataset; index of the next element; bytes read
  uint64_t entry_ = 0, bits_ = 0, in_index_ = 0, least_ = 0, pointers_ = 0, page_bits_ = 0, index_ = 0, blocks_ = 0;
  std::vector<Hdf5Chunk> chunks_;
};

}  // namespace

// Specification III.F. Long arrays are stored in pages, each with a checksum.
std::vector<Hdf5Chunk> fixed_array(const Hdf5Bytes& file, uint64_t address, const Hdf5ChunkGrid& grid) {
  const std::string head = file.read(address, 28);
  Hdf5Cursor cursor(file, head, address);
  cursor.expect("FAHD");
  cursor.skip(2);
  const size_t entry = cursor.byte();
  const unsigned page_bits = cursor.byte();
  const uint64_t count = cursor.number(8), block = cursor.number(8);
  if (page_bits > 32 || !is_entry(entry, grid) || count != grid.count(grid.most, cursor))
    cursor.damaged("an array of chunks of another shape than its dataset");
  std::vector<Hdf5Chunk> chunks;
  if (block == kHdf5Undefined) return chunks;
  if (count > file.size() / entry) cursor.damaged("an array of chunks longer than the file");
  const uint64_t page = uint64_t{1} << page_bits, pages = count > page ? (count + page - 1) / page : 0, begin = block + 14;
  const std::string bitmap = file.read(begin, (pages + 7) / 8);
  const uint64_t bytes = pages == 0 ? count * entry : 4 + count * entry + 4 * pages;
  const std::string body = file.read(begin + bitmap.size(), bytes);
  Hdf5Cursor entries(file, body, begin + bitmap.size());
  if (pages == 0)
    add_entries(entries, 0, count, entry, grid, chunks);
  else
    entries.skip(4);
  for (uint64_t i = 0; i < pages; ++i) {
    const uint64_t first = i * page, some = std::min(page, count - first);
    const bool written = (static_cast<unsigned char>(bitmap[i / 8]) & (0x80u >> (i % 8))) != 0;
    if (written)
      add_entries(entries, first, some, entry, grid, chunks);
    else
      entries.skip(some * entry);
    entries.skip(4);
  }
  return chunks;
}

std::vector<Hdf5Chunk> extensible_array(const Hdf5Cursor& layout, uint64_t address, const Hdf5ChunkGrid& grid) {
  std::vector<int64_t> within = grid.most;
  if (grid.most[0] >= 0) layout.unsupported("a dataset that may grow along an axis other than the first");
  within[0] = grid.sizes[0];
  return ExtensibleArray(layout.file(), address, grid, grid.count(within, layout)).read();
}

}  // namespace interprior
