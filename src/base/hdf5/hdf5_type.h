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
  size_t size = 0;         // bytes of one value; for a variable-length string, of its reference to the heap
  bool is_signed = false;  // integers, and base types of enumerations
  bool big_endian = false;
  Padding padding = Padding::zero_ended;

  bool is_string() const { return kind == Kind::fixed_string || kind == Kind::variable_string; }
  bool is_unsigned_64() const { return kind == Kind::integer && size == 8 && !is_signed; }
  std::string text() const;  // "float32"
};

// The shape of a dataset. No sizes: a scalar.
struct Hdf5Space {
  bool is_null = false;
  std::vector<int64_t> sizes, most;  // current and maximum size per axis (-1: unlimited)
  int64_t count = 1;                 // number of values
};

// Parse the bodies of a datatype and of a dataspace message. Both throw Error on damage and on unsupported versions.
Hdf5Type read_hdf5_type(Hdf5Cursor& cursor);
Hdf5Space read_hdf5_space(Hdf5Cursor& cursor);

}  // namespace interprior
