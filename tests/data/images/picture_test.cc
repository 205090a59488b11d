#include "interprior/data/images/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/seed.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/render/image_files/orientation.h"
#include "support/exif_bytes.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

// One rule for every reader of pictures: the loader of data sets and the reader of photographs give the very same pixels.
namespace interprior {
namespace {

using ::testing::HasSubstr;

void expect_same(const cv::Mat& a, const cv::Mat& b, const std::string& where) {
  ASSERT_EQ(a.size(), b.size()) << where;
  ASSERT_EQ(a.type(), b.type()) << where;
  EXPECT_EQ(cv::norm(a, b, cv::NORM_INF), 0) << where;
}

TEST(Picture, LoaderAndReaderAgreeOnEveryFormatAndOrientation) {
  const TemporaryDirectory folder;
  for (const char* format : {".jpg", ".png", ".bmp", ".webp", ".tiff"}) {
    const std::string plain = encoded_picture(marked_picture(52, 37), format);
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const std::string bytes =
          std::string(format) == ".bmp" ? plain : with_orientation(plain, orientation, orientation % 2 == 0);
      write_file(folder / "picture", bytes);
      const std::string where = format + std::to_string(orientation);
      const cv::Mat picture = decode_picture(bytes, where);
      expect_same(picture, read_image(folder / "picture"), where);
      if (std::string(format) != ".bmp") expect_same(picture, upright(decode_picture(plain, where), orientation), where);
      const PictureFacts facts = picture_facts(bytes, where);
      EXPECT_EQ(facts.width, picture.cols) << where;
      EXPECT_EQ(facts.height, picture.rows) << where;
    }
  }
}

TEST(Picture, ReducedPicturesAreMeansOfTheUprightOne) {
  for (const int reduction : {1, 2, 4, 8})
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const std::string bytes = with_orientation(encoded_picture(marked_picture(61, 45), ".jpg"), orientation, false);
      const cv::Mat whole = decode_picture(bytes, "whole");
      const ReducedPicture reduced = decode_reduced(bytes, "reduced", reduction);
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

TEST(Picture, WhatIsNoneOfTheFiveFormatsIsRefusedByBoth) {
  const TemporaryDirectory folder;
  const std::string heic = std::string("\0\0\0\x18", 4) + "ftypheic" + std::string(200, 'x');
  for (const std::string& bytes :
       {heic, std::string("GIF89a") + std::string(100, 'x'), std::string("P6\n2 2\n255\nabcdefghijkl")}) {
    write_file(folder / "picture", bytes);
    EXPECT_THAT([&] { decode_picture(bytes, "x"); }, ThrowsError(HasSubstr("not JPEG, PNG, BMP, WebP or TIFF")));
    EXPECT_THAT([&] { read_image(folder / "picture"); }, ThrowsError(HasSubstr("not JPEG, PNG, BMP, WebP or TIFF")));
  }
  EXPECT_THAT([&] { decode_picture(heic, "x"); }, ThrowsError(HasSubstr("HEIC")));
}

}  // namespace
}  // namespace interprior
