#pragma once
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

// Writes images with an EXIF orientation.
namespace interprior {

// RGB image with distinct corners and edges, so that any wrong rotation is detected.
inline cv::Mat marked_image(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column)
      image.at<cv::Vec3b>(row, column) = {static_cast<uint8_t>(255 * row / height), static_cast<uint8_t>(255 * column / width),
                                          static_cast<uint8_t>(row < height / 3 && column < width / 3 ? 250 : 20)};
  return image;
}

// An RGB image encoded as a file; WebP is lossless.
inline std::string encoded_image(const cv::Mat& rgb, const std::string& extension) {
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  std::vector<uint8_t> bytes;
  std::vector<int> options;
  if (extension == ".webp") options = {cv::IMWRITE_WEBP_QUALITY, 101};
  if (extension == ".jpg") options = {cv::IMWRITE_JPEG_QUALITY, 95};
  if (!cv::imencode(extension, bgr, bytes, options)) throw std::runtime_error("cannot encode " + extension);
  return {bytes.begin(), bytes.end()};
}

inline std::string number_bytes(uint64_t value, size_t count, bool big_endian) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    const size_t place = big_endian ? count - 1 - i : i;
    bytes += static_cast<char>(value >> (8 * place) & 0xFF);
  }
  return bytes;
}

// A TIFF structure with the one field 274, a short.
inline std::string exif_structure(int orientation, bool big_endian) {
  const auto n = [&](uint64_t value, size_t count) { return number_bytes(value, count, big_endian); };
  return std::string(big_endian ? "MM" : "II") + n(42, 2) + n(8, 4) + n(1, 2) + n(274, 2) + n(3, 2) + n(1, 4) +
         n(static_cast<uint64_t>(orientation), 2) + n(0, 2) + n(0, 4);
}

inline uint32_t crc32_of(const std::string& bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

// A TIFF's directory, copied to its end with field 274 set.
inline std::string tiff_with_orientation(std::string bytes, int orientation) {
  const bool big = bytes[0] == 'M';
  const auto read = [&](size_t at, size_t count) {
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i)
      value |= uint64_t{static_cast<unsigned char>(bytes[at + (big ? count - 1 - i : i)])} << (8 * i);
    return value;
  };
  const auto directory = static_cast<size_t>(read(4, 4)), count = static_cast<size_t>(read(directory, 2));
  const std::string entry = number_bytes(274, 2, big) + number_bytes(3, 2, big) + number_bytes(1, 4, big) +
                            number_bytes(static_cast<uint64_t>(orientation), 2, big) + number_bytes(0, 2, big);
  std::vector<std::string> entries;
  for (size_t i = 0; i < count; ++i)
    if (read(directory + 2 + 12 * i, 2) != 274) entries.push_back(bytes.substr(directory + 2 + 12 * i, 12));
  const auto tag_of = [&](const std::string& one) {
    const auto a = static_cast<unsigned char>(one[0]), b = static_cast<unsigned char>(one[1]);
    return big ? a << 8 | b : b << 8 | a;
  };
  size_t place = 0;
  while (place < entries.size() && tag_of(entries[place]) < 274) ++place;
  entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(place), entry);
  if (bytes.size() % 2 == 1) bytes += '\0';
  bytes.replace(4, 4, number_bytes(bytes.size(), 4, big));
  bytes += number_bytes(entries.size(), 2, big);
  for (const std::string& one : entries) bytes += one;
  return bytes + number_bytes(0, 4, big);
}

// The same image with an orientation, in the format's own place for it. big_endian: of the EXIF data; a TIFF keeps its own
// order.
inline std::string with_orientation(std::string bytes, int orientation, bool big_endian) {
  const std::string exif = exif_structure(orientation, big_endian);
  if (bytes.substr(0, 2) == "\xFF\xD8") {
    const std::string content = std::string("Exif\0\0", 6) + exif;
    return bytes.insert(2, "\xFF\xE1" + number_bytes(content.size() + 2, 2, true) + content);
  }
  if (bytes.substr(1, 3) == "PNG") {
    const size_t after_header = 8 + 12 + 13;
    const std::string chunk = "eXIf" + exif;
    return bytes.insert(after_header, number_bytes(exif.size(), 4, true) + chunk + number_bytes(crc32_of(chunk), 4, true));
  }
  if (bytes.substr(0, 4) == "RIFF") {  // an extended header (RFC 9649) must announce EXIF data
    const cv::Mat image = cv::imdecode(std::vector<uint8_t>(bytes.begin(), bytes.end()), cv::IMREAD_COLOR);
    const std::string size = number_bytes(static_cast<uint64_t>(image.cols - 1), 3, false) +
                             number_bytes(static_cast<uint64_t>(image.rows - 1), 3, false);
    const std::string extended = "VP8X" + number_bytes(10, 4, false) + number_bytes(8, 4, false) + size;
    const std::string body = "WEBP" + extended + bytes.substr(12) + "EXIF" + number_bytes(exif.size(), 4, false) + exif;
    return "RIFF" + number_bytes(body.size(), 4, false) + body;
  }
  return tiff_with_orientation(std::move(bytes), orientation);
}

}  // namespace interprior
