#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace interprior {

struct ImageSize {
  int64_t width = 0, height = 0;  // px
};

// Width and height of the stored pixels of a JPEG, PNG, BMP, WebP or TIFF, read from the headers without decoding; the file's
// structure is checked to its end. Throws Error naming `where` if the bytes are of another format or truncated.
ImageSize image_size(std::string_view bytes, const std::string& where);

}  // namespace interprior
