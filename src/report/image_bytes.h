#pragma once
#include <string>

namespace interprior {

// A JPEG or PNG of more than `most` bytes as a JPEG of fewer pixels that is not larger, but at least 64 pixels wide. Other bytes,
// also those that are no image, are returned as they are.
std::string smaller_image(const std::string& image, size_t most);
// Width / height of the upright image; 1 of bytes that are no image.
double aspect_of(const std::string& image);

}  // namespace interprior
