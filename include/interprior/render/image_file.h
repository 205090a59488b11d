#pragma once
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace interprior {

// A JPEG or PNG as 8-bit RGB (H,W,3), turned as its EXIF orientation says, so it lies as a viewer shows it.
// Throws Error with path and reason: missing, not a picture, truncated, damaged, above 100 megapixels.
cv::Mat read_image(const std::filesystem::path& path);
// JPEG (quality 95) or PNG by extension, atomic. Throws Error.
void write_image(const std::filesystem::path& path, const cv::Mat& rgb);
// PNG bytes, for pages.
std::string png_bytes(const cv::Mat& rgb);

}  // namespace interprior
