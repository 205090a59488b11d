#include "interprior/render/image_files/orientation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/seed.h"
#include "interprior/render/image_files/image_file.h"
#include "support/exif_bytes.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

// EXIF's definition of each orientation: the position of row 0 and column 0 of the stored pixels (EXIF 2.32, tag 274).
cv::Vec3b stored_pixel(const cv::Mat& stored, int orientation, int row, int column) {
  const int bottom = stored.rows - 1, right = stored.cols - 1;
  switch (orientation) {
    case 1:
      return stored.at<cv::Vec3b>(row, column);
    case 2:
      return stored.at<cv::Vec3b>(row, right - column);
    case 3:
      return stored.at<cv::Vec3b>(bottom - row, right - column);
    case 4:
      return stored.at<cv::Vec3b>(bottom - row, column);
    case 5:
      return stored.at<cv::Vec3b>(column, row);
    case 6:
      return stored.at<cv::Vec3b>(bottom - column, row);
    case 7:
      return stored.at<cv::Vec3b>(bottom - column, right - row);
    default:
      return stored.at<cv::Vec3b>(column, right - row);
  }
}

TEST(Orientation, AllEightAreRotatedUpright) {
  const cv::Mat stored = marked_image(7, 5);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const cv::Mat image = upright(stored, orientation);
    EXPECT_EQ(image.cols, turns_sideways(orientation) ? 5 : 7);
    for (int row = 0; row < image.rows; ++row)
      for (int column = 0; column < image.cols; ++column)
        ASSERT_EQ(image.at<cv::Vec3b>(row, column), stored_pixel(stored, orientation, row, column)) << orientation;
  }
}

TEST(Orientation, IsReadFromEveryFormatAndByteOrder) {
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const bool big_endian : {false, true})
      for (const char* format : {".jpg", ".png", ".webp", ".tiff"}) {
        const std::string bytes = with_orientation(encoded_image(marked_image(40, 24), format), orientation, big_endian);
        EXPECT_EQ(exif_orientation(bytes), orientation) << format << " " << big_endian;
      }
}

TEST(Orientation, ImagesOfEveryFormatAreUpright) {
  const TemporaryDirectory folder;
  const cv::Mat stored = marked_image(40, 24);
  for (const char* format : {".jpg", ".png", ".webp", ".tiff"}) {
    const std::string plain = encoded_image(stored, format);
    write_file(folder / "plain", plain);
    const cv::Mat as_stored = read_image(folder / "plain");
    if (std::string(format) != ".jpg") EXPECT_EQ(cv::norm(as_stored, stored, cv::NORM_INF), 0) << format;
    for (int orientation = 1; orientation <= 8; ++orientation)
      for (const bool big_endian : {false, true}) {
        write_file(folder / "turned", with_orientation(plain, orientation, big_endian));
        const cv::Mat image = read_image(folder / "turned"), expected = upright(as_stored, orientation);
        ASSERT_EQ(image.size(), expected.size()) << format << orientation;
        EXPECT_EQ(cv::norm(image, expected, cv::NORM_INF), 0) << format << orientation;
      }
  }
}

TEST(Orientation, IsOneWhereMissingOrInvalid) {
  const std::string plain = encoded_image(marked_image(40, 24), ".jpg");
  EXPECT_EQ(exif_orientation(plain), 1);
  EXPECT_EQ(exif_orientation(""), 1);
  EXPECT_EQ(exif_orientation(encoded_image(marked_image(40, 24), ".bmp")), 1);
  for (const int wrong : {0, 9, 77}) EXPECT_EQ(exif_orientation(with_orientation(plain, wrong, false)), 1);
  const std::string turned = with_orientation(plain, 6, false);
  for (size_t length = 0; length < 60; ++length) {
    const int found = exif_orientation(turned.substr(0, length));
    EXPECT_TRUE(found == 1 || found == 6) << length;
  }
}

TEST(Orientation, AnyBytesAreReadWithoutACrash) {
  Random random(Seed{5});
  for (const char* format : {".jpg", ".png", ".webp", ".tiff"}) {
    const std::string whole = with_orientation(encoded_image(marked_image(20, 12), format), 6, true);
    for (int trial = 0; trial < 500; ++trial) {
      std::string bytes = whole;
      for (int64_t change = 0; change <= random.integer(6); ++change)
        bytes[static_cast<size_t>(random.integer(std::min<int64_t>(200, static_cast<int64_t>(bytes.size()))))] =
            static_cast<char>(random.bits());
      const int found = exif_orientation(bytes);
      EXPECT_GE(found, 1);
      EXPECT_LE(found, 8);
    }
  }
}

}  // namespace
}  // namespace interprior
