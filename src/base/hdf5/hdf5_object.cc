#include "hdf5_object.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <utility>

namespace interprior {
namespace {

constexpr uint64_t kMaxSuperblock = 128;

// A block of messages: the first block of the header or a continuation block.
struct Block {
  uint64_t address, size;
};

// Differences between versions 1 and 2 of the object header.
struct HeaderVersion {
  bool second = false, with_order = false;

  size_t message_head() const { return second ? 4 + (with_order ? 2 : 0) : 8; }

  // Reads the header of one message; returns the length of its body.
  uint64_t read_head(Hdf5Cursor& cursor, Hdf5Message& message) const {
    message.type = static_cast<Hdf5MessageType>(cursor.number(second ? 1 : 2));
    const uint64_t length = cursor.number(2);
    message.shared = (cursor.byte() & 2) != 0;
    cursor.skip(second ? (with_order ? 2 : 0) : 3);
    return length;
  }
};

Block first_block(const Hdf5Bytes& file, uint64_t address, HeaderVersion& version) {
  const std::string head = file.read_at_most(address, 64);
  Hdf5Cursor cursor(file, head, address);
  version.second = head.starts_with("OHDR");
  if (version.second) {
    cursor.skip(4);
    if (cursor.byte() != 2) cursor.damaged("an object header of an unknown version");
    const unsigned flags = cursor.byte();
    version.with_order = (flags & 4) != 0;
    cursor.skip(((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0));  // times; limits of attributes
    const uint64_t size = cursor.number(size_t{1} << (flags & 3));
    return {cursor.address(), size};
  }
  if (cursor.byte() != 1) cursor.damaged("no object header at a referenced address");
  cursor.skip(7);
  const uint64_t size = cursor.number(4);
  cursor.skip(4);
  return {cursor.address(), size};
}

}  // namespace

Hdf5Object::Hdf5Object(const Hdf5Bytes& file, uint64_t address) : address_(address) {
  HeaderVersion version;
  std::vector<Block> blocks = {first_block(file, address, version)};
  uint64_t total = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto [begin, size] = blocks[i];
    // Blocks do not overlap, so their total size is bounded by the file size; a cycle of continuations exceeds it.
    if (total > file.size() - std::min(size, file.size())) file.damaged("an object header without end", begin);
    total += size;
    const std::string bytes = file.read(begin, size);
    Hdf5Cursor cursor(file, bytes, begin);
    while (cursor.left() >= version.message_head()) {
      Hdf5Message message;
      const uint64_t length = version.read_head(cursor, message);
      message.address = cursor.address();
      message.body = cursor.take(length);
      if (message.type != Hdf5MessageType::continuation) {
        if (message.type != Hdf5MessageType::nothing) messages_.push_back(std::move(message));
        continue;
      }
      Hdf5Cursor place = message.cursor(file);
      Block next{place.number(8), 0};
      next.size = place.number(8);
      if (next.size == 0) file.damaged("an empty continuation", message.address);
      if (version.second) {  // "OCHK" before the messages, a checksum after them
        if (next.size < 8) file.damaged("a continuation that is too short", message.address);
        const std::string signature = file.read(next.address, 4);
        if (signature != "OCHK") file.damaged("expected OCHK", next.address);
        next = {next.address + 4, next.size - 8};
      }
      blocks.push_back(next);
    }
  }
}

const Hdf5Message* Hdf5Object::find(Hdf5MessageType type) const {
  for (const Hdf5Message& message : messages_)
    if (message.type == type) return &message;
  return nullptr;
}

Hdf5Cursor Hdf5Message::cursor(const Hdf5Bytes& file) const {
  if (shared) file.unsupported("a shared or named type", address);
  return {file, body, address};
}

uint64_t hdf5_root_address(const Hdf5Bytes& file) {
  const std::string bytes = file.read_at_most(0, kMaxSuperblock);
  Hdf5Cursor cursor(file, bytes, 0);
  cursor.skip(8);
  const unsigned version = cursor.byte();
  if (version > 3) cursor.unsupported(c10::str("a superblock of version ", version));
  const bool old = version < 2;
  if (old) cursor.skip(4);
  const unsigned offset_size = cursor.byte(), length_size = cursor.byte();
  if (offset_size != 8 || length_size != 8) cursor.unsupported("addresses of other than 8 bytes");
  if (old) {
    cursor.skip(1 + 4 + 4 + (version == 1 ? 4 : 0));
  } else if ((cursor.byte() & 1) != 0 && version == 3) {
    cursor.damaged("it was not closed by its writer");
  }
  cursor.skip(16);  // base address; free space or extension
  const uint64_t end = cursor.number(8);
  if (old) {
    if (cursor.number(8) != kHdf5Undefined) cursor.unsupported("a file in several parts");
    cursor.skip(8);  // the root group's name
  }
  const uint64_t root = cursor.number(8);
  if (end > file.whole_size()) file.damaged(c10::str("it should have ", end, " bytes and has ", file.whole_size()), 0);
  return root;
}

}  // namespace interprior
