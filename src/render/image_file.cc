#include "interprior/render/image_file.h"

#include <algorithm>
#include <c10/util/StringUtil.h>
#include <cctype>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "picture_format.h"

namespace interprior {
namespace {

constexpr int64_t kLargestPixels = 100'000'000;
constexpr int kJpegQuality = 95;

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

cv::Mat read_image(const std::filesystem::path& path) {
  const std::string bytes = read_file(path), where = path.string();
  const PictureSize size = picture_size(bytes, where);
  require(size.width > 0 && size.height > 0, "the picture has no pixels", where);
  require(size.width * size.height <= kLargestPixels,
          c10::str("the picture has ", size.width, " x ", size.height, " px, more than 100 megapixels"), where, "scale it down");
  cv::Mat picture;
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    picture = cv::imdecode(buffer, cv::IMREAD_COLOR);
  } catch (const cv::Exception& error) {
    throw Error(c10::str("the picture cannot be decoded: ", error.err), where);
  }
  require(!picture.empty(), "the picture is damaged and cannot be decoded", where, "copy or download it again");
  cv::cvtColor(picture, picture, cv::COLOR_BGR2RGB);
  return picture;
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
