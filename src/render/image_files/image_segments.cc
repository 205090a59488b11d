#include "image_segments.h"

#include <cstdint>

#include "interprior/render/image_files/image_kind.h"

namespace interprior {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMark = "Exif\0\0"sv;

uint32_t big_endian(std::string_view bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

uint32_t little_endian(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Segments before the first scan (ITU-T T.81, annex B); EXIF data are in APP1.
std::string_view of_jpeg(std::string_view bytes) {
  for (size_t at = 2; at + 4 <= bytes.size();) {
    const uint32_t mark = big_endian(bytes, at, 1), kind = big_endian(bytes, at + 1, 1);
    if (mark != 0xFF || kind == 0xDA || kind == 0xD9) break;
    if (kind == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (kind == 0x01 || (kind >= 0xD0 && kind <= 0xD8)) {  // no length
      at += 2;
      continue;
    }
    const size_t length = big_endian(bytes, at + 2, 2);
    if (length < 2) break;
    const std::string_view content = bytes.substr(at + 4, length - 2);
    if (kind == 0xE1 && content.starts_with(kMark)) return content.substr(kMark.size());
    at += 2 + length;
  }
  return {};
}

// PNG, third edition, 11.3.4.2: chunk eXIf.
std::string_view of_png(std::string_view bytes) {
  for (size_t at = 8; at + 8 <= bytes.size();) {
    const size_t length = big_endian(bytes, at, 4);
    const std::string_view type = bytes.substr(at + 4, 4);
    if (type == "eXIf") return bytes.substr(at + 8, length);
    if (type == "IEND") break;
    at += 12 + length;
  }
  return {};
}

// RFC 9649: chunk EXIF of the RIFF container, lengths little-endian, padded to even.
std::string_view of_webp(std::string_view bytes) {
  for (size_t at = 12; at + 8 <= bytes.size();) {
    const size_t length = little_endian(bytes, at + 4);
    if (bytes.substr(at, 4) == "EXIF") {
      const std::string_view content = bytes.substr(at + 8, length);
      return content.starts_with(kMark) ? content.substr(kMark.size()) : content;
    }
    at += 8 + length + length % 2;
  }
  return {};
}

}  // namespace

std::string_view exif_block(std::string_view bytes) {
  const auto kind = image_kind(bytes.substr(0, kKindBytes));
  if (!kind) return {};
  switch (*kind) {
    case ImageKind::jpeg:
      return of_jpeg(bytes);
    case ImageKind::png:
      return of_png(bytes);
    case ImageKind::webp:
      return of_webp(bytes);
    case ImageKind::tiff:
      return bytes;
    case ImageKind::bmp:
      break;
  }
  return {};
}

}  // namespace interprior
