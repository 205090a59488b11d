#include "picture_format.h"

#include "interprior/base/error.h"

namespace interprior {
namespace {

[[noreturn]] void throw_truncated(const std::string& where) {
  throw Error("the picture is cut off before its end", where, "copy or download it again");
}

// Big-endian numbers out of bytes; every read is checked against the end.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  uint32_t number(size_t at, size_t count) const {
    if (at + count > bytes_.size()) throw_truncated(where_);
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }

 private:
  std::string_view bytes_;
  const std::string& where_;
};

// ITU-T T.81 annex B: FF xx markers, all but a few followed by a length; after SOS entropy-coded data in which FF is
// followed by 00 or a restart marker.
PictureSize jpeg_size(std::string_view bytes, const std::string& where) {
  const ByteReader read(bytes, where);
  PictureSize size;
  size_t at = 2;
  while (true) {
    at = bytes.find('\xFF', at);
    if (at == std::string_view::npos) throw_truncated(where);
    const uint32_t marker = read.number(at + 1, 1);
    if (marker == 0xFF) {   // fill byte
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xD9) break;                                                        // end of image
    if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) continue;   // stuffing, restart: no length
    const bool start_of_frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (start_of_frame) size = {read.number(at + 5, 2), read.number(at + 3, 2)};
    at += read.number(at, 2);
  }
  return size;
}

// PNG (ISO/IEC 15948), clause 5: chunks of length, type, data, CRC; IHDR first, IEND last.
PictureSize png_size(std::string_view bytes, const std::string& where) {
  const ByteReader read(bytes, where);
  constexpr size_t kSignature = 8;
  const PictureSize size = {read.number(kSignature + 8, 4), read.number(kSignature + 12, 4)};
  size_t at = kSignature;
  while (true) {
    const size_t length = read.number(at, 4), crc = at + 8 + length;
    read.number(crc, 4);
    if (bytes.substr(at + 4, 4) == "IEND") break;
    at = crc + 4;
  }
  return size;
}

}  // namespace

PictureSize picture_size(std::string_view bytes, const std::string& where) {
  constexpr std::string_view kJpeg = "\xFF\xD8\xFF", kPng = "\x89PNG\r\n\x1A\n";
  require(!bytes.empty(), "the picture file is empty", where);
  const bool jpeg = bytes.substr(0, kJpeg.size()) == kJpeg, png = bytes.substr(0, kPng.size()) == kPng;
  require(jpeg || png, "the file is neither JPEG nor PNG", where, "convert it to one of them");
  return jpeg ? jpeg_size(bytes, where) : png_size(bytes, where);
}

}  // namespace interprior
