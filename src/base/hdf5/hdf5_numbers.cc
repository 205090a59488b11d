#include "hdf5_numbers.h"

#include <c10/util/Half.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace interprior {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class Stored, class Number>
bool convert(const Hdf5Type& type, std::string_view from, Number* to) {
  bool fits = true;
  for (size_t i = 0; i < from.size() / sizeof(Stored); ++i) {
    char bytes[sizeof(Stored)];
    std::memcpy(bytes, from.data() + i * sizeof(Stored), sizeof(Stored));
    if (type.big_endian) std::reverse(bytes, bytes + sizeof(Stored));
    Stored value;
    std::memcpy(static_cast<void*>(&value), bytes, sizeof(Stored));
    if constexpr (std::is_integral_v<Stored> && std::is_integral_v<Number>) fits = fits && std::in_range<Number>(value);
    to[i] = static_cast<Number>(value);
  }
  return fits;
}

}  // namespace

template <class Number>
bool convert_hdf5_numbers(const Hdf5Type& type, std::string_view from, Number* to) {
  if (type.kind == Hdf5Type::Kind::real) {
    if (type.size == 2) return convert<c10::Half>(type, from, to);
    return type.size == 4 ? convert<float>(type, from, to) : convert<double>(type, from, to);
  }
  switch (type.size) {
    case 1:
      return type.is_signed ? convert<int8_t>(type, from, to) : convert<uint8_t>(type, from, to);
    case 2:
      return type.is_signed ? convert<int16_t>(type, from, to) : convert<uint16_t>(type, from, to);
    case 4:
      return type.is_signed ? convert<int32_t>(type, from, to) : convert<uint32_t>(type, from, to);
    default:
      return type.is_signed ? convert<int64_t>(type, from, to) : convert<uint64_t>(type, from, to);
  }
}

template bool convert_hdf5_numbers(const Hdf5Type&, std::string_view, float*);
template bool convert_hdf5_numbers(const Hdf5Type&, std::string_view, double*);
template bool convert_hdf5_numbers(const Hdf5Type&, std::string_view, int64_t*);
template bool convert_hdf5_numbers(const Hdf5Type&, std::string_view, int32_t*);
template bool convert_hdf5_numbers(const Hdf5Type&, std::string_view, uint8_t*);

}  // namespace interprior
