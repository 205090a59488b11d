#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace interprior {

// What a picture file is by its first bytes. These five are read, by every command and by the loader of data sets alike.
enum class PictureKind { jpeg, png, bmp, webp, tiff };
inline constexpr const char* kPictureKinds = "JPEG, PNG, BMP, WebP or TIFF";

inline constexpr size_t kKindBytes = 32;  // bytes of a file's head that tell its kind

std::optional<PictureKind> picture_kind(std::string_view head);
// The name of a picture or video format that is recognised and not read as a picture, such as "HEIC"; empty for anything else.
std::string foreign_kind(std::string_view head);

}  // namespace interprior
