#include "interprior/render/image_files/image_kind.h"

namespace interprior {
namespace {

struct Signature {
  std::string_view bytes;
  const char* name;
};

constexpr Signature kForeign[] = {{"GIF8", "GIF"},
                                  {"8BPS", "Photoshop"},
                                  {"\xFF\x0A", "JPEG XL"},
                                  {"\x76\x2F\x31\x01", "OpenEXR"},
                                  {"#?RADIANCE", "Radiance HDR"},
                                  {"FUJIFILMCCD-RAW", "raw"}};

// ISO/IEC 14496-12: a box of type ftyp holds the brand of the file.
std::string brand_kind(std::string_view brand) {
  for (const std::string_view heic : {"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"})
    if (brand == heic) return "HEIC";
  if (brand == "avif" || brand == "avis") return "AVIF";
  if (brand == "crx ") return "raw";
  return "video";
}

}  // namespace

std::optional<ImageKind> image_kind(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\xFF\xD8\xFF")) return ImageKind::jpeg;
  if (head.starts_with("\x89PNG\r\n\x1A\n")) return ImageKind::png;
  if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP") return ImageKind::webp;
  // Canon's raw files are TIFF with an additional signature.
  const bool canon_raw = head.size() >= 10 && head.substr(8, 2) == "CR";
  if ((head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv)) && !canon_raw) return ImageKind::tiff;
  // Two letters are a weak signature: the reserved fields and the size of the second header are checked too.
  if (head.starts_with("BM") && head.size() >= 18 && head.substr(6, 4) == "\0\0\0\0"sv && head.substr(15, 3) == "\0\0\0"sv)
    return ImageKind::bmp;
  return std::nullopt;
}

std::string foreign_kind(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.size() >= 12 && head.substr(4, 4) == "ftyp") return brand_kind(head.substr(8, 4));
  if (head.size() >= 12 && head.substr(4, 4) == "JXL ") return "JPEG XL";
  if (head.starts_with("\0\0\0\x0CjP  "sv)) return "JPEG 2000";
  if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 4) == "AVI ") return "video";
  if (head.starts_with("\x1A\x45\xDF\xA3")) return "video";
  if (head.size() >= 10 && (head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv)) && head.substr(8, 2) == "CR")
    return "raw";
  for (const Signature& signature : kForeign)
    if (head.starts_with(signature.bytes)) return signature.name;
  const bool portable =
      head.size() >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' && (head[2] == '\n' || head[2] == ' ');
  return portable ? "PPM" : "";
}

}  // namespace interprior
