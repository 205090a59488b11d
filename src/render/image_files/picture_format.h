#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace interprior {

struct PictureSize {
  int64_t width = 0, height = 0;  // px
};

// Width and height of the stored pixels of a JPEG, PNG, BMP, WebP or TIFF, read from its headers without decoding it, after a
// walk to its end. Throws Error naming `where` when the bytes are none of them, or end too early.
PictureSize picture_size(std::string_view bytes, const std::string& where);

}  // namespace interprior
