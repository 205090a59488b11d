#include "report/image_bytes.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

namespace interprior {
namespace {

// Noise, which JPEG hardly compresses.
std::string noise(int width, int height, const char* type) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG(7).fill(image, cv::RNG::UNIFORM, 0, 256);
  std::vector<uchar> bytes;
  cv::imencode(type, image, bytes);
  return {bytes.begin(), bytes.end()};
}

cv::Mat decoded(const std::string& image) {
  return cv::imdecode(std::vector<uchar>(image.begin(), image.end()), cv::IMREAD_UNCHANGED);
}

TEST(ImageBytes, ALargeImageBecomesASmallerJpegOfTheSameShape) {
  for (const char* type : {".jpg", ".png"}) {
    const std::string small = smaller_image(noise(800, 400, type), 30'000);
    EXPECT_LE(small.size(), 30'000u) << type;
    EXPECT_GT(small.size(), 10'000u) << type;
    EXPECT_EQ(small.substr(0, 2), "\xFF\xD8") << type;
    const cv::Mat image = decoded(small);
    EXPECT_LT(image.cols, 800);
    EXPECT_NEAR(image.cols, 2 * image.rows, 2);
  }
}

TEST(ImageBytes, ASmallImageAndOtherBytesStay) {
  const std::string image = noise(40, 30, ".png");
  EXPECT_EQ(smaller_image(image, image.size()), image);
  const std::string text(1000, 'x');
  EXPECT_EQ(smaller_image(text, 10), text);
}

TEST(ImageBytes, TheAspectIsThatOfTheImageOrOne) {
  EXPECT_EQ(aspect_of(noise(80, 40, ".png")), 2);
  EXPECT_EQ(aspect_of(noise(30, 40, ".jpg")), 0.75);
  EXPECT_EQ(aspect_of("text"), 1);
  EXPECT_EQ(aspect_of(""), 1);
}

TEST(ImageBytes, AnImpossibleLimitEndsAtSixtyFourPixels) {
  const cv::Mat image = decoded(smaller_image(noise(300, 300, ".jpg"), 1));
  EXPECT_GE(image.cols, 64);
  EXPECT_LT(image.cols, 80);
  EXPECT_FALSE(decoded(smaller_image(noise(3, 900, ".png"), 1)).empty());
}

}  // namespace
}  // namespace interprior
