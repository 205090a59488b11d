#include "interprior/render/image_files/image_file.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "image_format.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/render/image_files/image_kind.h"
#include "interprior/render/image_files/orientation.h"
#include "tiff_fields.h"

namespace interprior {
namespace {

constexpr int64_t kLargestPixels = 200'000'000;
// Maximum pixels per byte: a uniform image has about 170 pixels per byte as JPEG, about 340 as PNG.
constexpr int64_t kPixelsBesides = 4'000'000, kPixelsOfOneByte = 128;
constexpr int kJpegQuality = 95;

// The TIFF with its orientation field set to 1.
std::string with_plain_orientation(std::string_view tiff) {
  std::string plain(tiff);
  const TiffField field = tiff_fields(tiff).at(kOrientationTag);
  std::fill_n(plain.begin() + static_cast<std::ptrdiff_t>(field.offset), field.width, '\0');
  plain[field.offset + (field.big_endian ? field.width - 1 : 0)] = 1;
  return plain;
}

std::string encoded(const cv::Mat& rgb, const std::string& extension, const std::string& where) {
  require(!rgb.empty() && rgb.type() == CV_8UC3, "only an 8-bit RGB image can be written", where);
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<uint8_t> bytes;
  std::vector<int> options;
  if (extension != ".png") options = {cv::IMWRITE_JPEG_QUALITY, kJpegQuality};
  try {
    cv::imencode(extension, bgr, bytes, options);
  } catch (const cv::Exception& error) {
    throw Error(c10::str("the image cannot be encoded: ", error.err), where);
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace

cv::Mat read_image(const std::filesystem::path& path) { return decode_image(read_file(path), path.string()); }

void check_image_size(int64_t width, int64_t height, size_t bytes, const std::string& where) {
  require(width > 0 && height > 0, "the image has no pixels", where);
  if (std::max(width, height) > kLargestPixels || width * height > kLargestPixels)
    throw Error(c10::str("the image has ", width, " x ", height, " px, more than 200 megapixels"), where, "scale it down");
  if ((width * height - kPixelsBesides) / kPixelsOfOneByte > static_cast<int64_t>(bytes))
    throw Error(c10::str("the image claims ", width, " x ", height, " px in ", bytes, " bytes"), where,
                "it is damaged, or a uniform image");
}

cv::Mat decode_image(std::string_view bytes, const std::string& where) {
  const ImageSize size = image_size(bytes, where);
  check_image_size(size.width, size.height, bytes.size(), where);
  require(bytes.size() <= INT_MAX, "the image file has more than 2 GB", where, "scale it down");
  // OpenCV's versions differ in the formats they orient, so orientation is applied here. OpenCV's TIFF decoder has no flag to
  // disable it.
  const int orientation = exif_orientation(bytes);
  const bool turned_tiff = orientation != 1 && image_kind(bytes.substr(0, kKindBytes)) == ImageKind::tiff;
  const std::string stored_tiff = turned_tiff ? with_plain_orientation(bytes) : std::string();
  if (turned_tiff) bytes = stored_tiff;
  cv::Mat image;
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    image = cv::imdecode(buffer, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& error) {
    throw Error(c10::str("the image is damaged and cannot be decoded: ", error.err), where, "copy or download it again");
  }
  require(!image.empty(), "the image is damaged and cannot be decoded", where, "copy or download it again");
  cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
  return upright(image, orientation);
}

void write_image(const std::filesystem::path& path, const cv::Mat& rgb) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  require(extension == ".jpg" || extension == ".jpeg" || extension == ".png", "images are written as JPEG or PNG", path.string(),
          "use a file name that ends in .jpg or .png");
  write_file(path, encoded(rgb, extension, path.string()));
}

std::string png_bytes(const cv::Mat& rgb) { return encoded(rgb, ".png", ""); }

}  // namespace interprior
