#pragma once
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace interprior {

// A JPEG, PNG, BMP, WebP or TIFF as 8-bit RGB (H,W,3), turned upright (render/image_files/orientation.h).
// Throws Error with path and reason: missing, not an image, truncated, damaged, above 200 megapixels.
cv::Mat read_image(const std::filesystem::path& path);
// Decodes an image file's bytes; `where` names the file in errors.
cv::Mat decode_image(std::string_view bytes, const std::string& where);
// Throws Error if an image claims more than 200 megapixels, or more than its bytes can hold. To be called before memory is
// allocated, as headers may be damaged.
void check_image_size(int64_t width, int64_t height, size_t bytes, const std::string& where);
// JPEG (quality 95) or PNG by extension, atomic. Throws Error.
void write_image(const std::filesystem::path& path, const cv::Mat& rgb);
// PNG bytes, for web pages.
std::string png_bytes(const cv::Mat& rgb);

}  // namespace interprior
