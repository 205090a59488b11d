#include "numpy_array.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "interprior/base/error.h"
#include "pickle_bytes.h"

namespace interprior {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read in the order of this machine");

struct NumberType {
  char kind = 0;  // numpy's: f, i, u, b
  size_t size = 0;
  bool swapped = false;
};

// numpy writes a type as dtype('f8', 0, 1) with the state (3, '<', ...).
NumberType number_type(const PickleValue& dtype, const PickleArrayPlace& place) {
  if (!dtype.is(PickleName::dtype)) fail_at("an array has no dtype", dtype, place);
  std::string_view name = dtype.items.at(0)->text;
  NumberType type;
  char order = '=';
  if (name.size() == 3) {
    order = name[0];
    name.remove_prefix(1);
  }
  if (dtype.state != nullptr && dtype.state->items.size() >= 2 && dtype.state->items[1]->text.size() == 1)
    order = dtype.state->items[1]->text[0];
  if (name.size() == 2) type = {name[0], static_cast<size_t>(name[1] - '0'), order == '>'};
  constexpr std::array<std::string_view, 11> kRead = {"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"};
  const bool known_order = order == '<' || order == '>' || order == '=' || order == '|';
  if (!known_order || std::find(kRead.begin(), kRead.end(), name) == kRead.end())
    fail_at("an array is of type `" + printable(dtype.items[0]->text) + "`, which MANO's files do not contain", dtype, place);
  return type;
}

template <class Stored, class Number>
void convert(std::string_view data, bool swapped, Number* out) {
  std::array<char, sizeof(Stored)> bytes;
  for (size_t at = 0; at < data.size(); at += sizeof(Stored)) {
    std::memcpy(bytes.data(), data.data() + at, sizeof(Stored));
    if (swapped) std::reverse(bytes.begin(), bytes.end());
    *out++ = static_cast<Number>(std::bit_cast<Stored>(bytes));
  }
}

// Unsigned 64-bit numbers beyond int64 become negative; every use as an index rejects negative values.
torch::Tensor numbers(std::string_view data, const NumberType& type) {
  const auto count = static_cast<int64_t>(data.size() / type.size);
  const torch::Tensor out = torch::empty({count}, type.kind == 'f' ? torch::kFloat64 : torch::kInt64);
  if (count == 0) return out;
  if (type.kind == 'f') {
    auto* to = out.data_ptr<double>();
    type.size == 4 ? convert<float>(data, type.swapped, to) : convert<double>(data, type.swapped, to);
    return out;
  }
  auto* to = out.data_ptr<int64_t>();
  const bool is_signed = type.kind == 'i';
  switch (type.size) {
    case 1:
      is_signed ? convert<int8_t>(data, false, to) : convert<uint8_t>(data, false, to);
      break;
    case 2:
      is_signed ? convert<int16_t>(data, type.swapped, to) : convert<uint16_t>(data, type.swapped, to);
      break;
    case 4:
      is_signed ? convert<int32_t>(data, type.swapped, to) : convert<uint32_t>(data, type.swapped, to);
      break;
    default:
      is_signed ? convert<int64_t>(data, type.swapped, to) : convert<uint64_t>(data, type.swapped, to);
  }
  return out;
}

std::vector<int64_t> shape_of(const PickleValue& tuple, const PickleArrayPlace& place) {
  if (tuple.kind != PickleKind::tuple) fail_at("an array's shape is not a tuple", tuple, place);
  std::vector<int64_t> sizes;
  for (const PickleValue* item : tuple.items) {
    if (item->kind != PickleKind::integer) fail_at("an array's shape contains a value that is not an integer", *item, place);
    sizes.push_back(item->integer);
  }
  return array_shape(sizes, tuple, place);
}

torch::Tensor scalar(const PickleValue& value, const PickleArrayPlace& place) {
  const NumberType type = number_type(*value.items.at(0), place);
  if (value.items.at(1)->text.size() != type.size) fail_at("a number does not have the size of its dtype", value, place);
  return numbers(value.items[1]->text, type).squeeze(0);
}

torch::Tensor filled(const PickleValue& shape_value, const PickleValue& dtype, bool by_columns, const PickleValue& data_value,
                     const PickleArrayPlace& place) {
  const std::vector<int64_t> shape = shape_of(shape_value, place);
  const NumberType type = number_type(dtype, place);
  if (data_value.kind != PickleKind::bytes) fail_at("an array has no data", data_value, place);
  size_t bytes = type.size;
  for (const int64_t size : shape) bytes *= static_cast<size_t>(size);
  const std::string_view data = data_value.text;
  if (data.size() != bytes)
    fail_at(c10::str("an array of shape ", c10::IntArrayRef(shape), " needs ", bytes, " bytes and has ", data.size()), data_value,
            place);
  const torch::Tensor flat = numbers(data, type);
  if (!by_columns) return flat.view(shape);
  const std::vector<int64_t> reversed(shape.rbegin(), shape.rend());
  std::vector<int64_t> axes;
  for (auto axis = static_cast<int64_t>(shape.size()) - 1; axis >= 0; --axis) axes.push_back(axis);
  return flat.view(reversed).permute(axes).contiguous();
}

}  // namespace

void fail_at(const std::string& what, const PickleValue& value, const PickleArrayPlace& place) {
  throw Error(what, c10::str(place.file, ": ", place.key, ", byte ", value.byte), kPickleAdvice);
}

std::vector<int64_t> array_shape(const std::vector<int64_t>& sizes, const PickleValue& value, const PickleArrayPlace& place) {
  constexpr size_t kMaxDimensions = 8;
  bool fits = sizes.size() <= kMaxDimensions;
  size_t numbers = 1;
  for (const int64_t size : sizes) {
    fits = fits && size >= 0 && static_cast<uint64_t>(size) <= place.most_numbers;
    // Zero sizes count as one, so that the product also bounds the strides.
    const size_t factor = fits ? std::max<size_t>(static_cast<size_t>(size), 1) : 1;
    fits = fits && numbers <= place.most_numbers / factor;
    numbers *= fits ? factor : 1;
  }
  if (!fits) fail_at("a shape with more elements than the file can hold", value, place);
  return sizes;
}

torch::Tensor numpy_array(const PickleValue& value, const PickleArrayPlace& place) {
  if (value.is(PickleName::make_scalar)) return scalar(value, place);
  if (value.is(PickleName::from_buffer))  // (bytes, type, shape, "C" or "F")
    return filled(*value.items[2], *value.items[1], value.items[3]->text == "F", *value.items[0], place);
  // (version, shape, dtype, column-major?, bytes)
  if (!value.is(PickleName::ndarray) || value.state == nullptr || value.state->items.size() != 5)
    fail_at("this is not a numeric array", value, place);
  const auto& state = value.state->items;
  if (state[3]->kind != PickleKind::boolean && state[3]->kind != PickleKind::integer)
    fail_at("an array does not specify its memory order", *state[3], place);
  return filled(*state[1], *state[2], state[3]->integer != 0, *state[4], place);
}

}  // namespace interprior
