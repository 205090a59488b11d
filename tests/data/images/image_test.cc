#include "interprior/data/images/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <Eigen/LU>

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

// Large images are averaged before they are filtered: neither position nor brightness may change.
TEST(Image, AStronglyReducedCropShowsTheSameImage) {
  constexpr int kWidth = 3001, kHeight = 1503;  // no multiples of a square's side
  cv::Mat image(kHeight, kWidth, CV_8UC3);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      image.at<cv::Vec3b>(y, x) = {cv::saturate_cast<uchar>(x / 12.0), cv::saturate_cast<uchar>(y / 6.0), 77};
  const Pinhole camera{1e5, 1e5, 1500, 751, kWidth, kHeight};  // long: the crop is hardly rotated
  for (const double box : {2400.0, 7000.0}) {
    const Crop crop = crop_camera(camera, {1500 - box / 2, 751 - box / 2, box, box}, 64);
    const double shrink = camera.fx / crop.camera.fx;
    ASSERT_GT(shrink, 16);
    const cv::Mat small = cropped(image, crop, camera.fx);
    for (int row = 0; row < 64; ++row)
      for (int column = 0; column < 64; ++column) {
        const Vector3 place = crop.crop_pixel_from_original_pixel.inverse() * Vector3(column, row, 1);
        const double x = place[0] / place[2], y = place[1] / place[2];
        if (x < 3 * shrink || y < 3 * shrink || x > kWidth - 3 * shrink || y > kHeight - 3 * shrink) continue;
        EXPECT_NEAR(small.at<cv::Vec3b>(row, column)[0], x / 12, 2) << row << " " << column;
        EXPECT_NEAR(small.at<cv::Vec3b>(row, column)[1], y / 6, 2) << row << " " << column;
        EXPECT_EQ(small.at<cv::Vec3b>(row, column)[2], 77);
      }
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

// Its reader would wait for a writer, and no signal would end a training.
TEST(Image, APipeIsNotOpened) {
  const TemporaryDirectory folder;
  ImageRecord record;
  record.sample = "train/a.jpg";
  record.file = folder / "a.jpg";
  ASSERT_EQ(mkfifo(record.file.c_str(), 0600), 0);
  EXPECT_THAT([&] { read_image_bytes(record); }, ThrowsError(AllOf(HasSubstr("a pipe"), HasSubstr("train/a.jpg"))));
}

}  // namespace
}  // namespace interprior
