#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace interprior {

// The supported image formats, detected by a file's first bytes. All commands and the data loader read these five.
enum class ImageKind { jpeg, png, bmp, webp, tiff };
inline constexpr const char* kImageKinds = "JPEG, PNG, BMP, WebP or TIFF";

inline constexpr size_t kKindBytes = 32;  // bytes from the start of a file that determine its format

std::optional<ImageKind> image_kind(std::string_view head);
// The name of a recognised but unsupported image or video format, such as "HEIC"; empty for anything else.
std::string foreign_kind(std::string_view head);

}  // namespace interprior
