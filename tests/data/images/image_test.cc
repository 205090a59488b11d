#include "interprior/data/images/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/seed.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/render/image_files/orientation.h"
#include "support/exif_bytes.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

// The loader of data sets and the reader of photographs give identical pixels.
namespace interprior {
namespace {

using ::testing::HasSubstr;

void expect_same(const cv::Mat& a, const cv::Mat& b, const std::string& where) {
  ASSERT_EQ(a.size(), b.size()) << where;
  ASSERT_EQ(a.type(), b.type()) << where;
  EXPECT_EQ(cv::norm(a, b, cv::NORM_INF), 0) << where;
}

TEST(Image, LoaderAndReaderAgreeOnEveryFormatAndOrientation) {
  const TemporaryDirectory folder;
  for (const char* format : {".jpg", ".png", ".bmp", ".webp", ".tiff"}) {
    const std::string plain = encoded_image(marked_image(52, 37), format);
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const std::string bytes =
          std::string(format) == ".bmp" ? plain : with_orientation(plain, orientation, orientation % 2 == 0);
      write_file(folder / "image", bytes);
      const std::string where = format + std::to_string(orientation);
      const cv::Mat image = decode_rgb(bytes, where);
      expect_same(image, read_image(folder / "image"), where);
      if (std::string(format) != ".bmp") expect_same(image, upright(decode_rgb(plain, where), orientation), where);
      const ImageFacts facts = image_facts(bytes, where);
      EXPECT_EQ(facts.width, image.cols) << where;
      EXPECT_EQ(facts.height, image.rows) << where;
    }
  }
}

TEST(Image, ReducedImagesAreMeansOfTheUprightOne) {
  for (const int reduction : {1, 2, 4, 8})
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const std::string bytes = with_orientation(encoded_image(marked_image(61, 45), ".jpg"), orientation, false);
      const cv::Mat whole = decode_rgb(bytes, "whole");
      const ReducedImage reduced = decode_reduced(bytes, "reduced", reduction);
      EXPECT_EQ(reduced.width, whole.cols);
      EXPECT_EQ(reduced.height, whole.rows);
      ASSERT_EQ(reduced.rgb.cols, (whole.cols + reduction - 1) / reduction);
      ASSERT_EQ(reduced.rgb.rows, (whole.rows + reduction - 1) / reduction);
      const cv::Rect cell(8, 0, reduction, reduction);
      const cv::Scalar mean = cv::mean(whole(cell));
      for (int channel = 0; channel < 3; ++channel)
        EXPECT_NEAR(reduced.rgb.at<cv::Vec3b>(0, 8 / reduction)[channel], mean[channel], 25)
            << "reduction " << reduction << ", orientation " << orientation;
    }
}

TEST(Image, ImagesBeyondOpenCvsLimitAreNotCropped) {
  const Crop crop = crop_camera({500, 500, 20, 20, 40000, 40}, {10, 10, 20, 20}, 32);
  EXPECT_THAT([&] { cropped(cv::Mat(40, 40000, CV_8UC3, cv::Scalar(1, 2, 3)), crop, 500); },
              ThrowsError(HasSubstr("40000 x 40")));
  EXPECT_EQ(cropped(cv::Mat(40, kLongestCropped, CV_8UC3, cv::Scalar(1, 2, 3)), crop, 500).cols, 32);
}

TEST(Image, OtherThanTheFiveFormatsIsRefusedByBoth) {
  const TemporaryDirectory folder;
  const std::string heic = std::string("\0\0\0\x18", 4) + "ftypheic" + std::string(200, 'x');
  for (const std::string& bytes :
       {heic, std::string("GIF89a") + std::string(100, 'x'), std::string("P6\n2 2\n255\nabcdefghijkl")}) {
    write_file(folder / "image", bytes);
    EXPECT_THAT([&] { decode_rgb(bytes, "x"); }, ThrowsError(HasSubstr("not JPEG, PNG, BMP, WebP or TIFF")));
    EXPECT_THAT([&] { read_image(folder / "image"); }, ThrowsError(HasSubstr("not JPEG, PNG, BMP, WebP or TIFF")));
  }
  EXPECT_THAT([&] { decode_rgb(heic, "x"); }, ThrowsError(HasSubstr("HEIC")));
}

}  // namespace
}  // namespace interprior
