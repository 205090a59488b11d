#include "interprior/render/image_files/image_file.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/seed.h"
#include "support/exif_bytes.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Smooth colours with a red corner at the top left and a blue one at the bottom right.
cv::Mat sample_image(int width = 120, int height = 80) {
  cv::Mat image(height, width, CV_8UC3);
  for (int v = 0; v < height; ++v)
    for (int u = 0; u < width; ++u)
      image.at<cv::Vec3b>(v, u) = {static_cast<uint8_t>(255 - 255 * u / width), static_cast<uint8_t>(200 * v / height),
                                   static_cast<uint8_t>(255 * u / width)};
  return image;
}

std::filesystem::path real_frame() {
  return std::filesystem::path(INTERPRIOR_SOURCE_DIR) /
         "../shared/real_interhand/images/test/Capture3/0390_dh_touchROM/cam400026/image69148.jpg";
}

TEST(ImageFile, PngIsExactAndRgb) {
  const TemporaryDirectory folder;
  write_image(folder / "a.png", sample_image());
  const cv::Mat back = read_image(folder / "a.png");
  ASSERT_EQ(back.size(), cv::Size(120, 80));
  EXPECT_EQ(cv::norm(back, sample_image(), cv::NORM_INF), 0);
  write_file(folder / "b.png", png_bytes(sample_image()));
  EXPECT_EQ(cv::norm(read_image(folder / "b.png"), back, cv::NORM_INF), 0);
}

TEST(ImageFile, JpegIsNear) {
  const TemporaryDirectory folder;
  for (const char* name : {"a.jpg", "b.JPEG", "deep/er/c.jpg"}) {
    write_image(folder / name, sample_image());
    EXPECT_LE(cv::norm(read_image(folder / name), sample_image(), cv::NORM_INF), 12) << name;
  }
}

TEST(ImageFile, EveryFormatReads) {
  const TemporaryDirectory folder;
  for (const char* format : {".png", ".bmp", ".webp", ".tiff"}) {
    write_file(folder / "image", encoded_image(marked_image(61, 43), format));  // no file extension
    EXPECT_EQ(cv::norm(read_image(folder / "image"), marked_image(61, 43), cv::NORM_INF), 0) << format;
  }
}

TEST(ImageFile, ARealFrameReads) {
  if (!std::filesystem::exists(real_frame())) GTEST_SKIP() << "no shared folder with real frames beside the project";
  const cv::Mat frame = read_image(real_frame());
  EXPECT_EQ(std::min(frame.cols, frame.rows), 334);
  EXPECT_EQ(std::max(frame.cols, frame.rows), 512);
  EXPECT_GT(cv::mean(frame)[0], cv::mean(frame)[2]);  // skin before black: more red than blue
}

TEST(ImageFile, TruncatedImagesAreErrors) {
  const TemporaryDirectory folder;
  std::vector<std::string> whole;
  for (const char* name : {"a.jpg", "a.png"}) {
    write_image(folder / name, sample_image());
    whole.push_back(read_file(folder / name));
  }
  if (std::filesystem::exists(real_frame())) whole.push_back(read_file(real_frame()));
  for (const std::string& bytes : whole) {
    for (size_t part = 1; part < 40; ++part) {
      write_file(folder / "cut", bytes.substr(0, bytes.size() * part / 40));
      EXPECT_THAT([&] { read_image(folder / "cut"); }, ThrowsError(AllOf(HasSubstr("truncated"), HasSubstr("cut"))));
    }
    for (size_t missing = 1; missing <= 2; ++missing) {
      write_file(folder / "cut", bytes.substr(0, bytes.size() - missing));
      EXPECT_THAT([&] { read_image(folder / "cut"); }, ThrowsError(HasSubstr("truncated")));
    }
    write_file(folder / "longer", bytes + "trailing bytes, as some cameras append");
    EXPECT_NO_THROW(read_image(folder / "longer"));
  }
}

TEST(ImageFile, TruncatedImagesOfTheOtherFormatsAreErrors) {
  const TemporaryDirectory folder;
  for (const char* format : {".bmp", ".webp", ".tiff"}) {
    const std::string bytes = encoded_image(marked_image(61, 43), format);
    for (size_t length = 0; length < bytes.size(); length += length < 100 || length + 20 > bytes.size() ? 1 : 97) {
      write_file(folder / "cut", bytes.substr(0, length));
      EXPECT_THAT([&] { read_image(folder / "cut"); }, ThrowsError(HasSubstr("/cut"))) << format << " of " << length << " bytes";
    }
    for (const size_t part : {2, 3, 4}) {
      write_file(folder / "cut", bytes.substr(0, bytes.size() * part / 5));
      EXPECT_THAT([&] { read_image(folder / "cut"); }, ThrowsError(HasSubstr("truncated"))) << format;
    }
    write_file(folder / "longer", bytes + "trailing bytes, as some cameras append");
    EXPECT_NO_THROW(read_image(folder / "longer"));
  }
}

TEST(ImageFile, FilesThatAreNoImagesAreErrors) {
  const TemporaryDirectory folder;
  write_file(folder / "empty.jpg", "");
  write_file(folder / "text.jpg", "Dear Sir or Madam,\n");
  write_file(folder / "only_start.jpg", "\xFF\xD8\xFF");
  write_file(folder / "no_frame.jpg", "\xFF\xD8\xFF\xD9");
  EXPECT_THAT([&] { read_image(folder / "empty.jpg"); }, ThrowsError(HasSubstr("empty.jpg")));
  EXPECT_THAT([&] { read_image(folder / "text.jpg"); }, ThrowsError(HasSubstr("not JPEG, PNG, BMP, WebP or TIFF")));
  EXPECT_THAT([&] { read_image(folder / "only_start.jpg"); }, ThrowsError(HasSubstr("truncated")));
  EXPECT_THAT([&] { read_image(folder / "no_frame.jpg"); }, ThrowsError(HasSubstr("no pixels")));
  EXPECT_THAT([&] { read_image(folder / "missing.jpg"); }, ThrowsError(HasSubstr("missing.jpg")));
  EXPECT_THROW(read_image(folder.path()), Error);
}

TEST(ImageFile, EnormousImagesAreRefusedBeforeDecoding) {
  const TemporaryDirectory folder;
  std::string bytes = png_bytes(sample_image());
  const std::string enormous("\x00\x01\x00\x00\x00\x01\x00\x00", 8);  // 65,536 x 65,536
  bytes.replace(16, 8, enormous);
  write_file(folder / "bomb.png", bytes);
  EXPECT_THAT([&] { read_image(folder / "bomb.png"); }, ThrowsError(HasSubstr("65536 x 65536 px, more than 200 megapixels")));
  bytes.replace(16, 8, std::string("\x00\x00\x27\x10\x00\x00\x27\x10", 8));  // 10,000 x 10,000 in some hundred bytes
  EXPECT_THAT([&] { decode_image(bytes, "claims.png"); }, ThrowsError(HasSubstr("claims 10000 x 10000 px")));
  // A uniform image is accepted, however well it is compressed.
  const std::string even = png_bytes(cv::Mat(2000, 3000, CV_8UC3, cv::Scalar(1, 2, 3)));
  EXPECT_EQ(decode_image(even, "even.png").size(), cv::Size(3000, 2000));
}

TEST(ImageFile, MorePixelsThanTheBytesCanHoldAreRefused) {
  const TemporaryDirectory folder;
  std::string bytes = png_bytes(sample_image());
  const std::string large("\x00\x00\x30\x00\x00\x00\x30\x00", 8);  // 12,288 x 12,288
  bytes.replace(16, 8, large);
  write_file(folder / "claims.png", bytes);
  EXPECT_THAT([&] { read_image(folder / "claims.png"); }, ThrowsError(HasSubstr("claims 12288 x 12288 px in")));
  write_file(folder / "blank.png", png_bytes(cv::Mat::zeros(1500, 2000, CV_8UC3)));
  EXPECT_EQ(read_image(folder / "blank.png").size(), cv::Size(2000, 1500));
}

TEST(ImageFile, DamagedImagesReadOrAreErrors) {
  const TemporaryDirectory folder;
  Random random(Seed{1});
  int refused = 0;
  for (const char* format : {".jpg", ".png", ".bmp", ".webp", ".tiff"}) {
    const std::string whole = encoded_image(sample_image(60, 40), format);
    for (int trial = 0; trial < 150; ++trial) {
      std::string bytes = whole;
      for (int64_t change = 0; change <= random.integer(6); ++change)
        bytes[static_cast<size_t>(random.integer(static_cast<int64_t>(bytes.size())))] = static_cast<char>(random.bits());
      write_file(folder / "damaged", bytes);
      try {
        EXPECT_EQ(read_image(folder / "damaged").type(), CV_8UC3);
      } catch (const Error& error) {
        ++refused;
        EXPECT_THAT(error.what(), HasSubstr("damaged"));  // the file's name
      }
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(ImageFile, OnlyRgbImagesInKnownFormatsAreWritten) {
  const TemporaryDirectory folder;
  EXPECT_THAT([&] { write_image(folder / "a.bmp", sample_image()); }, ThrowsError(HasSubstr(".jpg or .png")));
  EXPECT_THAT([&] { write_image(folder / "a", sample_image()); }, ThrowsError(HasSubstr(".jpg or .png")));
  EXPECT_THAT([&] { write_image(folder / "a.png", cv::Mat()); }, ThrowsError(HasSubstr("8-bit RGB")));
  EXPECT_THAT([&] { write_image(folder / "a.png", cv::Mat(4, 4, CV_32FC3)); }, ThrowsError(HasSubstr("8-bit RGB")));
  EXPECT_THAT([] { png_bytes(cv::Mat(4, 4, CV_8UC1)); }, ThrowsError(HasSubstr("8-bit RGB")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace interprior
