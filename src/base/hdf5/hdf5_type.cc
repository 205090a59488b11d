#include "hdf5_type.h"

#include <c10/util/StringUtil.h>

#include <algorithm>

namespace interprior {
namespace {

constexpr size_t kMaxAxes = 32;  // limit of libhdf5
constexpr uint64_t kUnlimited = UINT64_MAX;

// Datatype classes of the file format.
enum Class : unsigned { kFixedPoint = 0, kFloatingPoint = 1, kString = 3, kEnumeration = 8, kVariableLength = 9 };

// Reads bit offset and precision; true if the value uses all bits of its bytes.
bool fills_its_bytes(Hdf5Cursor& cursor, size_t size) {
  const uint64_t offset = cursor.number(2), bits = cursor.number(2);
  return offset == 0 && bits == 8 * size && (size == 1 || size == 2 || size == 4 || size == 8);
}

// Whether the floating-point properties are those of an IEEE 754 format of 2, 4 or 8 bytes.
bool is_ieee(Hdf5Cursor& cursor, size_t size, unsigned sign) {
  struct Layout {
    size_t size;
    uint64_t sign, exponent, exponent_bits, mantissa_bits, bias;
  };
  constexpr Layout kLayouts[] = {{2, 15, 10, 5, 10, 15}, {4, 31, 23, 8, 23, 127}, {8, 63, 52, 11, 52, 1023}};
  const uint64_t offset = cursor.number(2), bits = cursor.number(2), exponent = cursor.byte(), exponent_bits = cursor.byte(),
                 mantissa = cursor.byte(), mantissa_bits = cursor.byte(), bias = cursor.number(4);
  return std::any_of(std::begin(kLayouts), std::end(kLayouts), [&](const Layout& layout) {
    return layout.size == size && layout.sign == sign && offset == 0 && bits == 8 * size && layout.exponent == exponent &&
           layout.exponent_bits == exponent_bits && mantissa == 0 && layout.mantissa_bits == mantissa_bits && layout.bias == bias;
  });
}

}  // namespace

Hdf5Type read_hdf5_type(Hdf5Cursor& cursor) {
  using Kind = Hdf5Type::Kind;
  Hdf5Type type;
  const unsigned kind = cursor.byte() & 15u;
  const auto bits = static_cast<unsigned>(cursor.number(3));
  type.size = cursor.number(4);
  if (type.size == 0) cursor.damaged("a type of no bytes");
  switch (kind) {
    case kFixedPoint:
      type.big_endian = (bits & 1) != 0;
      type.is_signed = (bits & 8) != 0;
      if (fills_its_bytes(cursor, type.size)) type.kind = Kind::integer;
      break;
    case kFloatingPoint:
      type.big_endian = (bits & 1) != 0;
      if ((bits & 0x40) == 0 && is_ieee(cursor, type.size, bits >> 8 & 255)) type.kind = Kind::real;
      break;
    case kString:
      type.kind = Kind::fixed_string;
      type.padding = static_cast<Hdf5Type::Padding>(std::min(bits & 15, 2u));
      break;
    case kEnumeration: {  // followed by the base type
      const Hdf5Cursor before = cursor;
      const unsigned base = cursor.byte() & 15u;
      const auto base_bits = static_cast<unsigned>(cursor.number(3));
      const uint64_t size = cursor.number(4);
      if (base != kFixedPoint || size != type.size || !fills_its_bytes(cursor, size))
        before.damaged("an enumeration whose base type is not an integer");
      type.kind = Kind::enumeration;
      type.big_endian = (base_bits & 1) != 0;
      type.is_signed = (base_bits & 8) != 0;
      break;
    }
    case kVariableLength:
      if ((bits & 15) != 1) break;  // sequences, not strings
      if (type.size != 16) cursor.damaged("a variable-length string whose reference does not have 16 bytes");
      type.kind = Kind::variable_string;
      break;
    default:
      break;
  }
  return type;
}

std::string Hdf5Type::text() const {
  switch (kind) {
    case Kind::real:
      return c10::str("float", 8 * size);
    case Kind::integer:
      return c10::str(is_signed ? "int" : "uint", 8 * size);
    case Kind::enumeration:
      return "an enumeration";
    case Kind::fixed_string:
    case Kind::variable_string:
      return "strings";
    default:
      return "another type";
  }
}

Hdf5Space read_hdf5_space(Hdf5Cursor& cursor) {
  const unsigned version = cursor.byte(), rank = cursor.byte(), flags = cursor.byte(), kind = cursor.byte();
  if (version != 1 && version != 2) cursor.damaged("a dataspace of an unknown version");
  if (rank > kMaxAxes) cursor.damaged(c10::str("a shape of ", rank, " axes"));
  if (version == 1) cursor.skip(4);
  Hdf5Space space;
  space.is_null = version == 2 && kind == 2;
  for (unsigned axis = 0; axis < rank; ++axis) {
    const uint64_t size = cursor.number(8);
    if (size > INT64_MAX || __builtin_mul_overflow(space.count, static_cast<int64_t>(size), &space.count))
      cursor.damaged("a dataset claims an impossible size");
    space.sizes.push_back(static_cast<int64_t>(size));
  }
  space.most = space.sizes;
  if ((flags & 1) != 0) {
    for (unsigned axis = 0; axis < rank; ++axis) {
      const uint64_t most = cursor.number(8);
      if (most != kUnlimited && (most > INT64_MAX || static_cast<int64_t>(most) < space.sizes[axis]))
        cursor.damaged("a dataset is larger than it may grow");
      space.most[axis] = most == kUnlimited ? -1 : static_cast<int64_t>(most);
    }
  }
  return space;
}

}  // namespace interprior
