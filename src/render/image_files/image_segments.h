#pragma once
#include <string_view>

namespace interprior {

// The TIFF structure with the EXIF data of a JPEG, PNG or WebP, or the whole of a TIFF; empty if there is none. Never throws.
std::string_view exif_block(std::string_view bytes);

}  // namespace interprior
