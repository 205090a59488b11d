#pragma once
#include <string_view>

namespace interprior {

// The TIFF structure in which a JPEG, PNG or WebP keeps its EXIF data, or the whole of a TIFF; empty where there is none. Never
// throws.
std::string_view exif_block(std::string_view bytes);

}  // namespace interprior
