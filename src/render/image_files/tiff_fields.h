#pragma once
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace interprior {

// Fields of the first directory of a TIFF structure (TIFF 6.0, section 2), which EXIF data are too. Whole numbers only.
struct TiffField {
  std::vector<uint32_t> values;  // at most kMostTiffValues
  size_t offset = 0;             // byte of the first value
  size_t width = 0;              // bytes of one value
  bool big_endian = false;
};
inline constexpr uint32_t kMostTiffValues = 1 << 20;
inline constexpr uint16_t kOrientationTag = 274;

// By tag. Never throws: fields that point outside the bytes are left out, and so is everything where there is no directory.
std::map<uint16_t, TiffField> tiff_fields(std::string_view bytes);

}  // namespace interprior
