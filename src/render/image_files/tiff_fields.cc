#include "tiff_fields.h"

namespace interprior {
namespace {

uint32_t number(std::string_view bytes, size_t at, size_t count, bool big_endian) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t place = big_endian ? at + i : at + count - 1 - i;
    value = value << 8 | static_cast<unsigned char>(bytes[place]);
  }
  return value;
}

constexpr uint32_t kByte = 1, kShort = 3, kLong = 4;

}  // namespace

std::map<uint16_t, TiffField> tiff_fields(std::string_view bytes) {
  std::map<uint16_t, TiffField> fields;
  constexpr size_t kHeader = 8, kEntry = 12;
  if (bytes.size() < kHeader) return fields;
  const bool big = bytes.starts_with("MM");
  if (!big && !bytes.starts_with("II")) return fields;
  const size_t directory = number(bytes, 4, 4, big);
  if (number(bytes, 2, 2, big) != 42 || directory + 2 > bytes.size()) return fields;
  const size_t count = number(bytes, directory, 2, big);
  size_t total = 0;  // fields do not overlap, so their total size is bounded by the file size
  for (size_t i = 0; i < count; ++i) {
    const size_t entry = directory + 2 + i * kEntry;
    if (entry + kEntry > bytes.size()) break;
    const uint32_t type = number(bytes, entry + 2, 2, big), values = number(bytes, entry + 4, 4, big);
    const size_t width = type == kByte ? 1 : type == kShort ? 2 : type == kLong ? 4 : 0;
    if (width == 0 || values == 0 || values > kMaxTiffValues) continue;
    TiffField field;
    field.width = width;
    field.big_endian = big;
    field.offset = values * width <= 4 ? entry + 8 : number(bytes, entry + 8, 4, big);
    if (field.offset + values * width > bytes.size()) continue;
    if ((total += values * width) > bytes.size()) break;
    for (uint32_t k = 0; k < values; ++k) field.values.push_back(number(bytes, field.offset + k * width, width, big));
    fields.emplace(static_cast<uint16_t>(number(bytes, entry, 2, big)), std::move(field));
  }
  return fields;
}

}  // namespace interprior
