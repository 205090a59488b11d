#include "interprior/data/images/image.h"

#include <c10/util/StringUtil.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "interprior/base/error.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/render/image_files/orientation.h"

namespace interprior {
namespace {

#ifdef TJFLAG_LIMITSCANS
constexpr int kFlags = TJFLAG_LIMITSCANS;  // a small file with thousands of scans would take hours
#else
constexpr int kFlags = 0;
#endif

struct HandleEnd {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, HandleEnd>;

bool is_jpeg(const std::string& bytes) { return bytes.size() > 3 && std::memcmp(bytes.data(), "\xff\xd8\xff", 3) == 0; }

[[noreturn]] void fail(const std::string& what, const std::string& name) {
  throw Error("the image cannot be decoded: " + what, name, "fetch or write this file again");
}

void* decompressor() {
  thread_local const Handle handle(tjInitDecompress());
  return handle.get();
}

// The header of a JPEG, before turning it upright.
struct JpegHeader {
  int width = 0, height = 0;
  bool rgb = false;  // whether TurboJPEG can convert it to RGB; false for CMYK and YCCK
};

JpegHeader jpeg_header(const std::string& bytes, const std::string& name) {
  JpegHeader header;
  int sampling = 0, colour = 0;
  if (tjDecompressHeader3(decompressor(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), &header.width,
                          &header.height, &sampling, &colour) != 0)
    fail(tjGetErrorStr2(decompressor()), name);
  header.rgb = colour != TJCS_CMYK && colour != TJCS_YCCK;
  return header;
}

// Whether TurboJPEG decodes these bytes; others are decoded by decode_image.
bool is_turbo_jpeg(const std::string& bytes, const std::string& name) { return is_jpeg(bytes) && jpeg_header(bytes, name).rgb; }

// Width and height of the upright image.
std::pair<int, int> jpeg_size(const std::string& bytes, const std::string& name) {
  const JpegHeader header = jpeg_header(bytes, name);
  return turns_sideways(exif_orientation(bytes)) ? std::pair(header.height, header.width)
                                                 : std::pair(header.width, header.height);
}

// Stored pixels at 1 / reduction of the size. Extraneous bytes are tolerated; other warnings, such as missing data, are errors.
cv::Mat decode_jpeg(const std::string& bytes, const std::string& name, int format, int type, int reduction) {
  void* const handle = decompressor();
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto [width, height, rgb] = jpeg_header(bytes, name);
  check_image_size(width, height, bytes.size(), name);
  const tjscalingfactor factor{1, reduction};
  cv::Mat image(TJSCALED(height, factor), TJSCALED(width, factor), type);
  const int status =
      tjDecompress2(handle, data, bytes.size(), image.data, image.cols, static_cast<int>(image.step), image.rows, format, kFlags);
  if (status != 0) {
    const std::string message = tjGetErrorStr2(handle);
    if (tjGetErrorCode(handle) != TJERR_WARNING || message.find("xtraneous") == std::string::npos) fail(message, name);
  }
  return image;
}

// Side of the squares of pixels to be averaged before an image is filtered, at least 1.
int cell_before_filter(double shrink, const cv::Size& image) {
  constexpr double kMostShrink = 16, kThen = 8;
  if (!(shrink > kMostShrink)) return 1;
  return static_cast<int>(std::min<double>(shrink / kThen, std::max(image.width, image.height)));
}

// One pixel for each square of `side` pixels; padded to whole squares, like JPEG.
cv::Mat means_of_cells(const cv::Mat& whole, int side) {
  cv::Mat padded, small;
  const int right = (side - whole.cols % side) % side, below = (side - whole.rows % side) % side;
  cv::copyMakeBorder(whole, padded, 0, below, 0, right, cv::BORDER_REPLICATE);
  cv::resize(padded, small, padded.size() / side, 0, 0, cv::INTER_AREA);
  return small;
}

}  // namespace

std::string read_image_bytes(const ImageRecord& record) {
  const std::string where = record.sample + ", " + record.file.string();
  std::error_code unknown;
  require(!std::filesystem::is_fifo(record.file, unknown), "the image is a pipe", where, "write it as a file");
  std::ifstream file(record.file, std::ios::binary | std::ios::ate);
  require(file.good(), "the image cannot be opened", where, "check that the file is there and readable");
  const auto size = static_cast<int64_t>(file.tellg());
  const int64_t bytes = record.bytes > 0 ? record.bytes : size - record.offset;
  require(record.offset >= 0 && bytes > 0 && record.offset <= size - bytes, "the image is empty or lies outside its file", where);
  std::string text(static_cast<size_t>(bytes), '\0');
  file.seekg(record.offset);
  file.read(text.data(), bytes);
  require(file.gcount() == bytes, "the image cannot be read whole", where);
  return text;
}

cv::Mat decode_rgb(const std::string& bytes, const std::string& name) {
  if (is_turbo_jpeg(bytes, name)) return upright(decode_jpeg(bytes, name, TJPF_RGB, CV_8UC3, 1), exif_orientation(bytes));
  return decode_image(bytes, name);
}

ReducedImage decode_reduced(const std::string& bytes, const std::string& name, int reduction) {
  // Not for turned images: the partial cells at the stored image's edges would be at other edges.
  if (exif_orientation(bytes) == 1 && is_turbo_jpeg(bytes, name)) {
    const auto [width, height] = jpeg_size(bytes, name);
    return {decode_jpeg(bytes, name, TJPF_RGB, CV_8UC3, reduction), width, height};
  }
  const cv::Mat whole = decode_rgb(bytes, name);
  return {reduction == 1 ? whole : means_of_cells(whole, reduction), whole.cols, whole.rows};
}

ImageFacts image_facts(const std::string& bytes, const std::string& name) {
  const cv::Mat rgb = decode_rgb(bytes, name);
  const cv::Scalar mean = cv::mean(rgb);
  return {rgb.cols, rgb.rows, (mean[0] + mean[1] + mean[2]) / 3};
}

std::string encode_jpeg(const cv::Mat& rgb, int quality) {
  require(rgb.type() == CV_8UC3 && !rgb.empty(), "only an 8-bit RGB image can be written as JPEG");
  thread_local const Handle handle(tjInitCompress());
  unsigned char* data = nullptr;
  unsigned long size = 0;
  const int status = tjCompress2(handle.get(), rgb.data, rgb.cols, static_cast<int>(rgb.step), rgb.rows, TJPF_RGB, &data, &size,
                                 TJSAMP_420, quality, 0);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owner(data, &tjFree);
  require(status == 0, std::string("an image cannot be written as JPEG: ") + tjGetErrorStr2(handle.get()));
  return {reinterpret_cast<const char*>(data), size};
}

int reduction_for(const Crop& crop, double original_focal) {
  const double shrink = original_focal / crop.camera.fx;
  int reduction = 1;
  while (reduction < 8 && 2 * reduction <= shrink) reduction *= 2;
  return reduction;
}

cv::Mat cropped(const cv::Mat& rgb, const Crop& crop, double original_focal, int reduction) {
  require(std::max(rgb.cols, rgb.rows) <= kLongestCropped,
          c10::str("an image of ", rgb.cols, " x ", rgb.rows, " px cannot be cropped"), "image",
          c10::str("reduce it to sides of at most ", kLongestCropped, " px"));
  const double shrink = original_focal / crop.camera.fx / reduction;
  // The time of the filter grows with the shrinkage: minutes for a large image of which the crop shows little more than a point.
  if (const int cell = cell_before_filter(shrink, rgb.size()); cell > 1)
    return cropped(means_of_cells(rgb, cell), crop, original_focal, reduction * cell);
  const auto size = static_cast<int>(crop.camera.width);
  // Pixel u of the reduced image is the mean of pixels reduction u .. reduction (u + 1) - 1.
  const double centre = 0.5 * (reduction - 1), scale = reduction;
  const Matrix3 original_from_reduced{{scale, 0, centre}, {0, scale, centre}, {0, 0, 1}};
  const Matrix3 crop_from_reduced = crop.crop_pixel_from_original_pixel * original_from_reduced;
  const cv::Mat homography(3, 3, CV_64F, const_cast<double*>(crop_from_reduced.data()));
  cv::Mat smooth = rgb, out;
  if (shrink > 1.5) cv::GaussianBlur(rgb, smooth, {}, 0.4 * shrink);
  cv::warpPerspective(smooth, out, homography, {size, size}, cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar());
  return out;
}

}  // namespace interprior
