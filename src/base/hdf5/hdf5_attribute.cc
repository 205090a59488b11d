#include "hdf5_attribute.h"

#include "hdf5_dense.h"
#include "hdf5_numbers.h"
#include "hdf5_strings.h"

namespace interprior {
namespace {

// Parses the body of an attribute message; nullopt if the attribute has another name.
std::optional<Hdf5Attribute> attribute_named(const std::string& name, Hdf5Cursor cursor) {
  const unsigned version = cursor.byte();
  if (version < 1 || version > 3) cursor.damaged("an attribute of an unknown version");
  const unsigned flags = cursor.byte();
  const uint64_t name_size = cursor.number(2), type_size = cursor.number(2), space_size = cursor.number(2);
  cursor.skip(version == 3 ? 1 : 0);  // UTF-8 or ASCII
  const auto take = [&](uint64_t size) {
    const std::string_view part = cursor.take(size);
    if (version == 1) cursor.skip((8 - size % 8) % 8);
    return part;
  };
  const std::string_view found = take(name_size);
  if (found.substr(0, found.find('\0')) != name) return std::nullopt;
  if (version > 1 && flags != 0) cursor.unsupported("a shared or named type");
  const Hdf5Bytes& file = cursor.file();
  const uint64_t at = cursor.address();
  Hdf5Cursor type(file, take(type_size), at);
  Hdf5Attribute attribute{read_hdf5_type(type), {}, {}};
  const uint64_t space_at = cursor.address();
  Hdf5Cursor space(file, take(space_size), space_at);
  attribute.space = read_hdf5_space(space);
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(attribute.space.count), attribute.type.size, &bytes))
    cursor.damaged("an attribute of an impossible size");
  if (!attribute.space.is_null) attribute.values = cursor.take(bytes);
  return attribute;
}

}  // namespace

std::optional<Hdf5Attribute> find_hdf5_attribute(const Hdf5Bytes& file, const Hdf5Object& object, const std::string& name) {
  for (const Hdf5Message& message : object.messages()) {
    if (message.type != Hdf5MessageType::attribute) continue;
    if (auto attribute = attribute_named(name, message.cursor(file))) return attribute;
  }
  std::optional<Hdf5Attribute> attribute;
  if (const Hdf5Message* info = object.find(Hdf5MessageType::attribute_info)) {
    Hdf5Cursor cursor = info->cursor(file);
    cursor.skip(1);
    cursor.skip((cursor.byte() & 1) != 0 ? 2 : 0);
    const uint64_t heap = cursor.number(8), names = cursor.number(8);
    if (heap == kHdf5Undefined) return attribute;
    walk_hdf5_dense(file, heap, names, [&](const Hdf5Cursor& body) {
      if (!attribute) attribute = attribute_named(name, body);
    });
  }
  return attribute;
}

std::optional<std::string> hdf5_text(const Hdf5Bytes& file, const Hdf5Attribute& attribute) {
  if (!attribute.type.is_string() || attribute.space.is_null || attribute.space.count != 1) return std::nullopt;
  return hdf5_strings(file, attribute.type, attribute.values).front();
}

std::optional<int64_t> hdf5_integer(const Hdf5Attribute& attribute) {
  if (attribute.type.kind != Hdf5Type::Kind::integer || attribute.space.is_null || attribute.space.count != 1)
    return std::nullopt;
  int64_t value = 0;
  return convert_hdf5_numbers(attribute.type, attribute.values, &value) ? std::optional(value) : std::nullopt;
}

}  // namespace interprior
