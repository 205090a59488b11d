#pragma once
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace interprior {

// A field of the first directory of a TIFF structure (TIFF 6.0, section 2; also used for EXIF data). Integers only.
struct TiffField {
  std::vector<uint32_t> values;  // at most kMaxTiffValues
  size_t offset = 0;             // byte of the first value
  size_t width = 0;              // bytes of one value
  bool big_endian = false;
};
inline constexpr uint32_t kMaxTiffValues = 1 << 20;
inline constexpr uint16_t kOrientationTag = 274;

// Fields by tag. Never throws: fields that point outside the bytes are left out; empty if there is no directory.
std::map<uint16_t, TiffField> tiff_fields(std::string_view bytes);

}  // namespace interprior
