#include "hdf5_dense.h"

#include <bit>
#include <set>
#include <vector>

namespace interprior {
namespace {

// Number of bytes that hold numbers up to `limit`.
size_t bytes_for(uint64_t limit) { return limit == 0 ? 1 : (static_cast<size_t>(std::bit_width(limit)) - 1) / 8 + 1; }

// HDF5 File Format Specification 3.0, III.G: objects are stored in blocks, indexed by a doubling table.
class FractalHeap {
 public:
  FractalHeap(const Hdf5Bytes& file, uint64_t address) : file_(file) {
    constexpr size_t kHead = 146;
    const std::string head = file.read(address, kHead);
    Hdf5Cursor cursor(file, head, address);
    cursor.expect("FRHP");
    cursor.skip(1);
    id_size_ = cursor.number(2);
    if (cursor.number(2) != 0) cursor.unsupported("names that are compressed");
    cursor.skip(1);
    const uint64_t largest_object = cursor.number(4);
    cursor.skip(12 * 8);
    width_ = cursor.number(2);
    first_block_ = cursor.number(8);
    largest_block_ = cursor.number(8);
    const uint64_t bits = cursor.number(2);
    cursor.skip(2);
    root_ = cursor.number(8);
    rows_ = cursor.number(2);
    if (width_ == 0 || !std::has_single_bit(first_block_) || !std::has_single_bit(largest_block_) ||
        first_block_ > largest_block_ || largest_block_ > uint64_t{1} << 32 || bits == 0 || bits > 64 || rows_ > 64)
      cursor.damaged("a heap of impossible blocks");
    offset_size_ = (bits + 7) / 8;
    length_size_ = std::min((static_cast<size_t>(std::bit_width(largest_block_)) - 1 + 7) / 8, bytes_for(largest_object));
  }

  // Address and length of the object with this identifier.
  std::pair<uint64_t, uint64_t> object(Hdf5Cursor id) const {
    if (id.left() < id_size_) id.damaged("an identifier that is too short");
    if ((id.byte() & 0x30) != 0) id.unsupported("names or attributes of more than 64 kB");
    const uint64_t offset = id.number(offset_size_), length = id.number(length_size_);
    if (rows_ == 0) return {inside(root_, offset, 0, first_block_, length, id), length};
    return {indirect(root_, rows_, offset, 0, length, id), length};
  }

 private:
  uint64_t inside(uint64_t block, uint64_t offset, uint64_t begin, uint64_t size, uint64_t length, const Hdf5Cursor& id) const {
    if (block == kHdf5Undefined || offset - begin > size || length > size - (offset - begin))
      id.damaged("an object outside its block");
    return block + (offset - begin);
  }

  uint64_t block_size(uint64_t row) const { return row < 2 ? first_block_ : first_block_ << (row - 1); }

  // The table has rows of `width_` blocks; a block larger than the largest direct block is itself a table.
  uint64_t indirect(uint64_t table, uint64_t rows, uint64_t offset, uint64_t begin, uint64_t length, const Hdf5Cursor& id) const {
    for (int depth = 0; depth < 64; ++depth) {
      uint64_t place = table + 4 + 1 + 8 + offset_size_, row = 0;
      for (; row < rows && row < 48 && offset - begin >= width_ * block_size(row); ++row) {
        begin += width_ * block_size(row);
        place += width_ * 8;
      }
      if (row >= rows || row >= 48) break;
      const uint64_t size = block_size(row), column = (offset - begin) / size;
      begin += column * size;
      const std::string address = file_.read(place + column * 8, 8);
      const uint64_t child = Hdf5Cursor(file_, address, place).number(8);
      if (size <= largest_block_) return inside(child, offset, begin, size, length, id);
      if (child == kHdf5Undefined) break;
      // Number of rows of the child table: row sizes are 1 1 2 4 ... times the width.
      table = child;
      rows = static_cast<uint64_t>(std::bit_width(size / first_block_ / width_));
    }
    id.damaged("an object outside its heap");
  }

  const Hdf5Bytes& file_;
  size_t id_size_ = 0, offset_size_ = 0, length_size_ = 0;
  uint64_t width_ = 0, first_block_ = 0, largest_block_ = 0, root_ = 0, rows_ = 0;
};

// Specification III.A.2. The byte widths of the counts in an inner node depend on how many records a node can hold.
class NameTree {
 public:
  NameTree(const Hdf5Bytes& file, uint64_t address) : file_(file) {
    const std::string head = file.read(address, 34);
    Hdf5Cursor cursor(file, head, address);
    cursor.expect("BTHD");
    cursor.skip(1);
    kind_ = cursor.byte();
    node_size_ = cursor.number(4);
    record_size_ = cursor.number(2);
    depth_ = cursor.number(2);
    cursor.skip(2);
    root_ = cursor.number(8);
    records_ = cursor.number(2);
    if ((kind_ != 5 && kind_ != 8) || record_size_ < 8 || node_size_ < kNodeHead + record_size_ || depth_ > 8)
      cursor.damaged("a tree of names of an unknown kind");
    uint64_t most = (node_size_ - kNodeHead) / record_size_, total = most;
    count_size_ = bytes_for(most);
    total_sizes_ = {0};
    for (uint64_t level = 1; level <= depth_; ++level) {
      const uint64_t pointer = 8 + count_size_ + total_sizes_.back();
      if (node_size_ < kNodeHead + pointer + record_size_) cursor.damaged("a tree of nodes that are too small");
      most = (node_size_ - kNodeHead - pointer) / (record_size_ + pointer);
      if (__builtin_mul_overflow(most + 1, total, &total) || __builtin_add_overflow(total, most, &total))
        cursor.damaged("a tree of impossible size");
      total_sizes_.push_back(bytes_for(total));
    }
  }

  // A link record is a hash followed by the heap identifier; an attribute record begins with the identifier.
  void walk(const std::function<void(Hdf5Cursor identifier)>& visit) const {
    struct Node {
      uint64_t address, records, level;
    };
    std::set<uint64_t> seen;
    std::vector<Node> waiting;
    if (root_ != kHdf5Undefined) waiting.push_back({root_, records_, depth_});
    while (!waiting.empty()) {
      const Node node = waiting.back();
      waiting.pop_back();
      if (!seen.insert(node.address).second) file_.damaged("a tree names the same node twice", node.address);
      if (seen.size() * node_size_ > file_.size())
        file_.damaged("a tree longer than the file", node.address);  // nodes do not overlap
      const std::string bytes = file_.read(node.address, node_size_);
      Hdf5Cursor cursor(file_, bytes, node.address);
      cursor.expect(node.level == 0 ? "BTLF" : "BTIN");
      cursor.skip(2);
      for (uint64_t i = 0; i < node.records; ++i) {
        const uint64_t begin = cursor.address();
        std::string_view record = cursor.take(record_size_);
        if (kind_ == 5) record.remove_prefix(4);
        visit(Hdf5Cursor(file_, record, begin));
      }
      for (uint64_t i = 0; node.level > 0 && i <= node.records; ++i) {
        const uint64_t child = cursor.number(8), records = cursor.number(count_size_);
        cursor.skip(total_sizes_[node.level - 1]);
        waiting.push_back({child, records, node.level - 1});
      }
    }
  }

 private:
  static constexpr size_t kNodeHead = 10;  // signature, version, kind; checksum
  const Hdf5Bytes& file_;
  uint64_t kind_ = 0, node_size_ = 0, record_size_ = 0, depth_ = 0, root_ = 0, records_ = 0;
  size_t count_size_ = 0;
  std::vector<size_t> total_sizes_;  // by level: byte width of the total record count below a child
};

}  // namespace

void walk_hdf5_dense(const Hdf5Bytes& file, uint64_t heap, uint64_t names, const std::function<void(const Hdf5Cursor&)>& visit) {
  const FractalHeap objects(file, heap);
  uint64_t total = 0;  // objects do not overlap, so their total size is bounded by the file size
  NameTree(file, names).walk([&](const Hdf5Cursor& identifier) {
    const auto [address, length] = objects.object(identifier);
    if ((total += length) > file.size()) identifier.damaged("names longer than the file");
    const std::string body = file.read(address, length);
    visit(Hdf5Cursor(file, body, address));
  });
}

}  // namespace interprior
