#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace interprior {

enum class PickleKind { none, boolean, integer, real, bytes, text, tuple, list, dict, set, global, object };

// The names that a pickle may ask for (pickle_globals.cc). Each is only a word here: no code stands behind it.
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
  make_object,  // copy_reg's _reconstructor: what NEWOBJ is before protocol 2
  base_object   // the `object` that make_object is told
};

// One value of a pickle. Values point at each other as the file says, circles included: walk only what you know the shape of.
struct PickleValue {
  PickleKind kind = PickleKind::none;
  PickleName name = PickleName::base_object;  // of a global; of an object, its class (make_scalar for a number of numpy's)
  size_t byte = 0;                            // where its opcode stands in the file
  int64_t integer = 0;                        // integer and boolean
  double real = 0;
  std::string_view text = {};                  // bytes (Python 2's str too) and text
  std::vector<const PickleValue*> items = {};  // tuple, list, set; dict: key, value, key, ...; object: its arguments
  const PickleValue* state = nullptr;          // of an object: what BUILD gave it

  bool is_words() const { return kind == PickleKind::bytes || kind == PickleKind::text; }
  bool is(PickleName wanted) const { return kind == PickleKind::object && name == wanted; }
  // The value under a key of a dict, the last of equal ones as in Python; null where there is none or this is no dict.
  const PickleValue* find(std::string_view key) const;
};

}  // namespace interprior
