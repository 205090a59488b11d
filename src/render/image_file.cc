#include "interprior/render/image_file.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/render/orientation.h"
#include "interprior/render/picture_kind.h"
#include "picture_format.h"
#include "tiff_fields.h"

namespace interprior {
namespace {

constexpr int64_t kLargestPixels = 200'000'000;
constexpr int kJpegQuality = 95;

// A TIFF whose orientation field says 1.
std::string with_plain_orientation(std::string_view tiff) {
  std::string plain(tiff);
  const TiffField field = tiff_fields(tiff).at(kOrientationTag);
  std::fill_n(plain.begin() + static_cast<std::ptrdiff_t>(field.offset), field.width, '\0');
  plain[field.offset + (field.big_endian ? field.width - 1 : 0)] = 1;
  return plain;
}

std::string encoded(const cv::Mat& rgb, const std::string& extension, const std::string& where) {
  require(!rgb.empty() && rgb.type() == CV_8UC3, "only an 8-bit RGB picture can be written", where);
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<uint8_t> bytes;
  std::vector<int> options;
  if (extension != ".png") options = {cv::IMWRITE_JPEG_QUALITY, kJpegQuality};
  try {
    cv::imencode(extension, bgr, bytes, options);
  } catch (const cv::Exception& error) {
    throw Error(c10::str("the picture cannot be encoded: ", error.err), where);
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace

cv::Mat read_image(const std::filesystem::path& path) { return decode_image(read_file(path), path.string()); }

cv::Mat decode_image(std::string_view bytes, const std::string& where) {
  const PictureSize size = picture_size(bytes, where);
  require(size.width > 0 && size.height > 0, "the picture has no pixels", where);
  if (std::max(size.width, size.height) > kLargestPixels || size.width * size.height > kLargestPixels)
    throw Error(c10::str("the picture has ", size.width, " x ", size.height, " px, more than 200 megapixels"), where,
                "scale it down");
  const auto kind = picture_kind(bytes.substr(0, kKindBytes));
  const bool bounded = kind == PictureKind::jpeg || kind == PictureKind::png;  // WebP and TIFF hold blank pictures in some bytes
  if (bounded && size.width * size.height > kMostPixelsPerByte * static_cast<int64_t>(bytes.size()))
    throw Error(c10::str("the picture is damaged: it claims ", size.width, " x ", size.height, " px in ", bytes.size(), " bytes"), where,
                "copy or download it again");
  require(bytes.size() <= INT_MAX, "the picture file has more than 2 GB", where, "scale it down");
  // Turning is never left to OpenCV, whose versions differ in the formats they turn. Its TIFF decoder knows no flag against it.
  const int orientation = exif_orientation(bytes);
  const bool turned_tiff = orientation != 1 && kind == PictureKind::tiff;
  const std::string stored_tiff = turned_tiff ? with_plain_orientation(bytes) : std::string();
  if (turned_tiff) bytes = stored_tiff;
  cv::Mat picture;
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    picture = cv::imdecode(buffer, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& error) {
    throw Error(c10::str("the picture is damaged and cannot be decoded: ", error.err), where, "copy or download it again");
  }
  require(!picture.empty(), "the picture is damaged and cannot be decoded", where, "copy or download it again");
  cv::cvtColor(picture, picture, cv::COLOR_BGR2RGB);
  return upright(picture, orientation);
}

void write_image(const std::filesystem::path& path, const cv::Mat& rgb) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  require(extension == ".jpg" || extension == ".jpeg" || extension == ".png", "a picture is written as JPEG or PNG",
          path.string(), "let its name end in .jpg or .png");
  write_file(path, encoded(rgb, extension, path.string()));
}

std::string png_bytes(const cv::Mat& rgb) { return encoded(rgb, ".png", ""); }

}  // namespace interprior
