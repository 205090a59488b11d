#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace interprior {

struct PictureSize {
  int64_t width = 0, height = 0;   // px
};

// The size of a JPEG or PNG, read from its markers or chunks without decoding it, after walking to its last one.
// Throws Error naming `where` when the bytes are neither, or end too early.
PictureSize picture_size(std::string_view bytes, const std::string& where);

}  // namespace interprior
