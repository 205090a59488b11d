#pragma once
#include <string>
#include <vector>

#include "hdf5_bytes.h"

namespace interprior {

// Types of object header messages.
enum class Hdf5MessageType : uint16_t {
  nothing = 0x00,
  dataspace = 0x01,
  link_info = 0x02,
  datatype = 0x03,
  fill = 0x05,
  link = 0x06,
  external_files = 0x07,
  layout = 0x08,
  filters = 0x0b,
  attribute = 0x0c,
  continuation = 0x10,
  symbol_table = 0x11,
  attribute_info = 0x15
};

struct Hdf5Message {
  Hdf5MessageType type{};
  bool shared = false;  // the body is stored elsewhere
  std::string body;
  uint64_t address = 0;  // of the body

  Hdf5Cursor cursor(const Hdf5Bytes& file) const;  // throws Error if shared
};

// A dataset or group: all messages of its object header, versions 1 and 2.
class Hdf5Object {
 public:
  Hdf5Object(const Hdf5Bytes& file, uint64_t address);
  // The first message of this type, or null.
  const Hdf5Message* find(Hdf5MessageType type) const;
  bool is_dataset() const { return find(Hdf5MessageType::layout) != nullptr; }
  const std::vector<Hdf5Message>& messages() const { return messages_; }
  uint64_t address() const { return address_; }

 private:
  uint64_t address_;
  std::vector<Hdf5Message> messages_;
};

// The address of the root group, from the superblock (versions 0 to 3). Throws Error if the file is truncated or was not closed.
uint64_t hdf5_root_address(const Hdf5Bytes& file);

}  // namespace interprior
