#include "image_format.h"

#include <algorithm>
#include <cstdlib>

#include "interprior/base/error.h"
#include "interprior/render/image_files/image_kind.h"
#include "tiff_fields.h"

namespace interprior {
namespace {

[[noreturn]] void throw_truncated(const std::string& where) {
  throw Error("the image file is truncated", where, "copy or download it again");
}

// Reads numbers from bytes; every read is bounds-checked.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  uint32_t number(size_t at, size_t count) const {  // big-endian
    require_bytes(at + count);
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }
  uint32_t little(size_t at, size_t count) const {
    require_bytes(at + count);
    uint32_t value = 0;
    for (size_t i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }
  void require_bytes(uint64_t count) const {
    if (count > bytes_.size()) throw_truncated(where_);
  }

 private:
  std::string_view bytes_;
  const std::string& where_;
};

// ITU-T T.81 annex B: FF xx markers, all but a few followed by a length; after SOS entropy-coded data in which FF is
// followed by 00 or a restart marker.
ImageSize jpeg_size(std::string_view bytes, const std::string& where) {
  const ByteReader read(bytes, where);
  ImageSize size;
  size_t at = 2;
  while (true) {
    at = bytes.find('\xFF', at);
    if (at == std::string_view::npos) throw_truncated(where);
    const uint32_t marker = read.number(at + 1, 1);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xD9) break;                                                             // end of image
    if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) continue;  // stuffing, restart: no length
    const bool start_of_frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    // With two frames, decoders differ in whose size they use.
    require(!start_of_frame || size.width == 0, "the image is damaged: it has two frames", where, "copy or download it again");
    if (start_of_frame) size = {read.number(at + 5, 2), read.number(at + 3, 2)};
    at += read.number(at, 2);
  }
  return size;
}

// PNG (ISO/IEC 15948), clause 5: chunks of length, type, data, CRC; IHDR first, IEND last.
ImageSize png_size(std::string_view bytes, const std::string& where) {
  const ByteReader read(bytes, where);
  constexpr size_t kSignature = 8;
  const ImageSize size = {read.number(kSignature + 8, 4), read.number(kSignature + 12, 4)};
  size_t at = kSignature;
  while (true) {
    const size_t length = read.number(at, 4), crc = at + 8 + length;
    read.number(crc, 4);
    if (bytes.substr(at + 4, 4) == "IEND") break;
    at = crc + 4;
  }
  return size;
}

// Windows bitmap: a file header of 14 bytes, then a header whose size determines its version.
ImageSize bmp_size(std::string_view bytes, const std::string& where) {
  const ByteReader read(bytes, where);
  const bool oldest = read.little(14, 4) == 12;
  const auto magnitude = [](uint32_t number) { return std::abs(static_cast<int64_t>(static_cast<int32_t>(number))); };
  const ImageSize size = oldest ? ImageSize{read.little(18, 2), read.little(20, 2)}
                                : ImageSize{magnitude(read.little(18, 4)), magnitude(read.little(22, 4))};
  const int64_t bits = read.little(oldest ? 24 : 28, 2);
  const uint32_t compression = oldest ? 0 : read.little(30, 4);
  const bool plain = compression == 0 || compression == 3;
  constexpr int64_t kLongest = 1 << 20;  // larger images are rejected by check_image_size
  if (plain && std::min(size.width, size.height) > 0 && std::max(size.width, size.height) < kLongest) {
    const int64_t row = (size.width * bits + 31) / 32 * 4;  // padded to 4 bytes
    read.require_bytes(read.little(10, 4) + static_cast<uint64_t>(row * size.height));
  }
  return size;
}

// RFC 9649: a RIFF container of VP8X, VP8L or VP8 chunks.
ImageSize webp_size(std::string_view bytes, const std::string& where) {
  const ByteReader read(bytes, where);
  read.require_bytes(uint64_t{8} + read.little(4, 4));
  const std::string_view first = bytes.substr(12, 4);
  if (first == "VP8X") return {read.little(24, 3) + int64_t{1}, read.little(27, 3) + int64_t{1}};
  if (first == "VP8L") {
    const uint32_t packed = read.little(21, 4);
    return {(packed & 0x3FFF) + int64_t{1}, (packed >> 14 & 0x3FFF) + int64_t{1}};
  }
  require(first == "VP8 ", "the WebP image has no image data", where);
  return {read.little(26, 2) & 0x3FFF, read.little(28, 2) & 0x3FFF};
}

// Checks the memory that a decoder allocates: all pixels or one tile, in their stored bit depth.
void check_tiff_memory(const std::map<uint16_t, TiffField>& fields, size_t bytes, const std::string& where) {
  constexpr uint16_t kWidth = 256, kHeight = 257, kBits = 258, kSamples = 277, kTileWidth = 322, kTileHeight = 323;
  constexpr double kBesides = 12e6, kMaxForOne = 400;  // bytes; a uniform image compresses to a thousandth
  const auto number = [&](uint16_t tag, double otherwise) {
    const auto found = fields.find(tag);
    return found == fields.end() ? otherwise : static_cast<double>(found->second.values.front());
  };
  const double depth = std::max(1., number(kBits, 1) / 8) * std::max(1., number(kSamples, 1));
  const double most = std::max(number(kWidth, 0) * number(kHeight, 0), number(kTileWidth, 0) * number(kTileHeight, 0)) * depth;
  require(most <= kBesides + kMaxForOne * static_cast<double>(bytes), "the TIFF claims more than its bytes can hold", where,
          "it is damaged, or a uniform image");
}

// TIFF 6.0: the directory gives the positions of strips or tiles.
ImageSize tiff_size(std::string_view bytes, const std::string& where) {
  constexpr uint16_t kWidth = 256, kHeight = 257;
  const auto fields = tiff_fields(bytes);
  const auto first = [&](uint16_t tag) { return fields.count(tag) > 0 ? int64_t{fields.at(tag).values.front()} : int64_t{0}; };
  if (fields.count(kWidth) == 0 || fields.count(kHeight) == 0) throw_truncated(where);
  bool anywhere = false;
  for (const auto& [offset_tag, count_tag] : {std::pair<uint16_t, uint16_t>{273, 279}, {324, 325}}) {
    if (fields.count(offset_tag) == 0 || fields.count(count_tag) == 0) continue;
    anywhere = true;
    const auto &offsets = fields.at(offset_tag).values, &counts = fields.at(count_tag).values;
    for (size_t i = 0; i < std::min(offsets.size(), counts.size()); ++i)
      ByteReader(bytes, where).require_bytes(uint64_t{offsets[i]} + counts[i]);
  }
  if (!anywhere) throw_truncated(where);
  check_tiff_memory(fields, bytes.size(), where);
  return {first(kWidth), first(kHeight)};
}

}  // namespace

ImageSize image_size(std::string_view bytes, const std::string& where) {
  require(!bytes.empty(), "the image file is empty", where);
  const std::string_view head = bytes.substr(0, kKindBytes);
  const std::string foreign = foreign_kind(head);
  const auto kind = image_kind(head);
  if (!kind)
    throw Error("the file is " + (foreign.empty() ? "" : foreign + ", ") + "not " + kImageKinds, where,
                "convert it to one of them");
  switch (*kind) {
    case ImageKind::jpeg:
      return jpeg_size(bytes, where);
    case ImageKind::png:
      return png_size(bytes, where);
    case ImageKind::bmp:
      return bmp_size(bytes, where);
    case ImageKind::webp:
      return webp_size(bytes, where);
    case ImageKind::tiff:
      return tiff_size(bytes, where);
  }
  return {};
}

}  // namespace interprior
