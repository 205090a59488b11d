#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace interprior {

enum class PickleKind { none, boolean, integer, real, bytes, text, tuple, list, dict, set, global, object };

// The names that a pickle may import (pickle_globals.cc). They are labels only and never resolved to code.
enum class PickleName {
  ndarray,
  dtype,
  set,
  chumpy_ch,
  chumpy_select,
  csc_matrix,
  make_array,   // numpy's _reconstruct
  make_scalar,  // numpy's scalar
  from_buffer,  // numpy's _frombuffer: an array of protocol 5
  encode,       // _codecs.encode: bytes as Python 3 writes them below protocol 3
  make_object,  // copy_reg's _reconstructor: equivalent of NEWOBJ before protocol 2
  base_object   // `object`, the base class argument of make_object
};

// One value of a pickle. Values reference each other as in the file, possibly in cycles: traverse only known structures.
struct PickleValue {
  PickleKind kind = PickleKind::none;
  PickleName name = PickleName::base_object;  // of a global; of an object, its class (make_scalar for a numpy scalar)
  size_t byte = 0;                            // position of its opcode in the file
  int64_t integer = 0;                        // integer and boolean
  double real = 0;
  std::string_view text = {};                  // bytes (Python 2's str too) and text
  std::vector<const PickleValue*> items = {};  // tuple, list, set; dict: key, value, key, ...; object: its arguments
  const PickleValue* state = nullptr;          // of an object: the argument of BUILD

  bool is_words() const { return kind == PickleKind::bytes || kind == PickleKind::text; }
  bool is(PickleName wanted) const { return kind == PickleKind::object && name == wanted; }
  // The value of a key of a dict, the last of equal keys as in Python; null if there is none or this is not a dict.
  const PickleValue* find(std::string_view key) const;
};

}  // namespace interprior
