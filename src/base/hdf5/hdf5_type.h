#pragma once
#include <string>
#include <vector>

#include "hdf5_bytes.h"

namespace interprior {

// The type of one value on disk.
struct Hdf5Type {
  enum class Kind { integer, real, enumeration, fixed_string, variable_string, other };
  enum class Padding { zero_ended, zeros, spaces };

  Kind kind = Kind::other;
  size_t size = 0;         // bytes of one value; of a variable string, of its reference to the heap
  bool is_signed = false;  // integers, and what an enumeration is made of
  bool big_endian = false;
  Padding padding = Padding::zero_ended;

  bool is_string() const { return kind == Kind::fixed_string || kind == Kind::variable_string; }
  bool is_unsigned_64() const { return kind == Kind::integer && size == 8 && !is_signed; }
  std::string text() const;  // "float32"
};

// How many values there are. No sizes: a single one.
struct Hdf5Space {
  bool is_null = false;
  std::vector<int64_t> sizes, most;  // now, and as large as they may grow (-1: without end)
  int64_t count = 1;                 // of all values
};

// The bodies of a datatype and of a dataspace message. Both throw Error on what no writer writes.
Hdf5Type read_hdf5_type(Hdf5Cursor& cursor);
Hdf5Space read_hdf5_space(Hdf5Cursor& cursor);

}  // namespace interprior
