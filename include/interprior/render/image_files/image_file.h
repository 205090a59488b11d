#pragma once
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace interprior {

// A JPEG, PNG, BMP, WebP or TIFF as 8-bit RGB (H,W,3), turned upright (render/image_files/orientation.h).
// Throws Error with path and reason: missing, not a picture, truncated, damaged, above 200 megapixels.
cv::Mat read_image(const std::filesystem::path& path);
// The same of a file's bytes; `where` names them in errors.
cv::Mat decode_image(std::string_view bytes, const std::string& where);
// Throws Error where a picture claims more than 200 megapixels, or more than its bytes can hold: memory is taken for no damaged
// header.
void check_picture_size(int64_t width, int64_t height, size_t bytes, const std::string& where);
// JPEG (quality 95) or PNG by extension, atomic. Throws Error.
void write_image(const std::filesystem::path& path, const cv::Mat& rgb);
// PNG bytes, for pages.
std::string png_bytes(const cv::Mat& rgb);

}  // namespace interprior
