#include "interprior/infer/frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>

#include "interprior/base/files/atomic_file.h"
#include "interprior/render/image_files/image_file.h"
#include "support/exif_bytes.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"
#include "tiny_sampler.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Input image(const std::filesystem::path& file) { return {file, file.stem().string(), false}; }
Input video(const std::filesystem::path& file) { return {file, file.stem().string(), true}; }

std::vector<std::string> names_of(const Input& input) {
  std::vector<std::string> names;
  for_each_frame(input, [&](const Frame& frame) {
    EXPECT_EQ(frame.bgr.type(), CV_8UC3);
    EXPECT_EQ(frame.index, static_cast<int64_t>(names.size()));
    names.push_back(frame.name);
    return true;
  });
  return names;
}

// The reason for which an input is skipped, and the number of frames before that.
std::pair<std::string, int> reason_of(const Input& input) {
  int frames = 0;
  try {
    for_each_frame(input, [&](const Frame&) { return ++frames > 0; });
  } catch (const LeftOut& error) {
    EXPECT_THAT(error.what(), HasSubstr(input.file.filename().string()));
    return {error.reason(), frames};
  }
  return {"", frames};
}

TEST(Frames, AnImageIsReadInOpenCvsOrder) {
  const TemporaryDirectory folder;
  cv::imwrite((folder / "blue.png").string(), cv::Mat(20, 30, CV_8UC3, cv::Scalar(200, 100, 5)));
  int seen = 0;
  for_each_frame(image(folder / "blue.png"), [&](const Frame& frame) {
    EXPECT_EQ(frame.name, "blue");
    EXPECT_EQ(frame.source, (folder / "blue.png").string());
    EXPECT_EQ(frame.bgr.at<cv::Vec3b>(3, 4), cv::Vec3b(200, 100, 5));
    return ++seen > 0;
  });
  EXPECT_EQ(seen, 1);
}

TEST(Frames, AnImageIsRotatedByItsExifOrientation) {
  const TemporaryDirectory folder;
  const std::string plain = encoded_image(marked_image(40, 24), ".jpg");
  for (int orientation = 1; orientation <= 8; ++orientation) {
    write_file(folder / "turned.jpg", with_orientation(plain, orientation, false));
    for_each_frame(image(folder / "turned.jpg"), [&](const Frame& frame) {
      cv::Mat expected;
      cv::cvtColor(read_image(folder / "turned.jpg"), expected, cv::COLOR_RGB2BGR);
      EXPECT_EQ(frame.bgr.size(), expected.size());
      EXPECT_EQ(cv::norm(frame.bgr, expected, cv::NORM_INF), 0) << orientation;
      return true;
    });
  }
}

TEST(Frames, UnreadableFilesHaveAReason) {
  const TemporaryDirectory folder;
  write_file(folder / "text.jpg", "this is no image");
  write_file(folder / "phone.jpg", std::string("\0\0\0\x18", 4) + "ftypheic" + std::string(200, 'x'));
  write_file(folder / "empty.jpg", "");
  const std::string whole = encoded_image(marked_image(40, 24), ".jpg");
  write_file(folder / "cut.jpg", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(reason_of(image(folder / "text.jpg")).first, "unknown_format");
  EXPECT_EQ(reason_of(image(folder / "phone.jpg")).first, "unknown_format");
  EXPECT_EQ(reason_of(image(folder / "empty.jpg")).first, "damaged");
  EXPECT_EQ(reason_of(image(folder / "cut.jpg")).first, "damaged");
  EXPECT_EQ(reason_of(image(folder / "missing.jpg")).first, "unreadable");
}

TEST(Frames, ExceptionsOfTheVisitorAreRethrown) {
  const TemporaryDirectory folder;
  cv::imwrite((folder / "a.png").string(), random_image(30, 20));
  const auto visit = [](const Frame&) -> bool { throw Error("the visitor's own"); };
  EXPECT_THAT([&] { for_each_frame(image(folder / "a.png"), visit); }, ThrowsError(::testing::StrEq("the visitor's own")));
}

bool write_video(const std::filesystem::path& path, int frames) {
  cv::VideoWriter writer(path.string(), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 10, {64, 48});
  if (!writer.isOpened()) return false;
  for (int i = 0; i < frames; ++i) writer.write(random_image(64, 48, static_cast<uint64_t>(i)));
  return true;
}

TEST(Frames, AVideoIsNumberedAndCanBeStopped) {
  const TemporaryDirectory folder;
  if (!write_video(folder / "clip.avi", 3)) GTEST_SKIP() << "this OpenCV writes no video";
  EXPECT_THAT(names_of(video(folder / "clip.avi")), ElementsAre("clip_000000", "clip_000001", "clip_000002"));
  int seen = 0;
  for_each_frame(video(folder / "clip.avi"), [&](const Frame&) { return ++seen < 2; });
  EXPECT_EQ(seen, 2);
}

TEST(Frames, ADamagedVideoHasAReason) {
  const TemporaryDirectory folder;
  write_file(folder / "noise.mp4", std::string(5000, 'q'));
  EXPECT_EQ(reason_of(video(folder / "noise.mp4")).first, "unreadable");
  write_file(folder / "empty.avi", "");
  EXPECT_EQ(reason_of(video(folder / "empty.avi")).first, "unreadable");
}

TEST(Frames, AVideoThatEndsEarlyKeepsTheFramesBefore) {
  const TemporaryDirectory folder;
  if (!write_video(folder / "clip.avi", 40)) GTEST_SKIP() << "this OpenCV writes no video";
  const std::string whole = read_file(folder / "clip.avi");
  write_file(folder / "cut.avi", whole.substr(0, whole.size() * 3 / 4));
  const auto [reason, frames] = reason_of(video(folder / "cut.avi"));
  EXPECT_EQ(reason, "video_ends_early");
  EXPECT_GT(frames, 5);
  EXPECT_LT(frames, 39);
}

// Quadrants of four colours, BGR: blue and green above, red and white below.
cv::Mat quarters() {
  cv::Mat image(96, 128, CV_8UC3);
  image(cv::Rect(0, 0, 64, 48)).setTo(cv::Scalar(255, 0, 0));
  image(cv::Rect(64, 0, 64, 48)).setTo(cv::Scalar(0, 255, 0));
  image(cv::Rect(0, 48, 64, 48)).setTo(cv::Scalar(0, 0, 255));
  image(cv::Rect(64, 48, 64, 48)).setTo(cv::Scalar(255, 255, 255));
  return image;
}

// The display matrix of the video track (ISO/IEC 14496-12, 8.3.2): (p, q) of a stored pixel is shown at (a p + c q, b p + d q).
std::string with_matrix(std::string mp4, int a, int b, int c, int d) {
  const size_t header = mp4.find("tkhd");
  if (header == std::string::npos) throw std::runtime_error("the video has no track header");
  const size_t matrix = header + 4 + (mp4[header + 4] == 1 ? 52 : 40);
  const auto put = [&](size_t place, int value) {
    mp4.replace(matrix + 4 * place, 4, number_bytes(static_cast<uint32_t>(value * 65536), 4, true));
  };
  put(0, a);
  put(1, b);
  put(3, c);
  put(4, d);
  return mp4;
}

TEST(Frames, APhonesVideoIsUprightForAllFourRotations) {
  const TemporaryDirectory folder;
  cv::VideoWriter writer((folder / "clip.mp4").string(), cv::VideoWriter::fourcc('m', 'p', '4', 'v'), 10, {128, 96});
  if (!writer.isOpened()) GTEST_SKIP() << "this OpenCV writes no MP4";
  for (int i = 0; i < 3; ++i) writer.write(quarters());
  writer.release();
  const std::string stored = read_file(folder / "clip.mp4");
  struct Turn {
    int a, b, c, d;
    std::optional<cv::RotateFlags> expected;
  };
  for (const Turn& turn : {Turn{1, 0, 0, 1, std::nullopt}, Turn{0, 1, -1, 0, cv::ROTATE_90_CLOCKWISE},
                           Turn{-1, 0, 0, -1, cv::ROTATE_180}, Turn{0, -1, 1, 0, cv::ROTATE_90_COUNTERCLOCKWISE}}) {
    write_file(folder / "turned.mp4", with_matrix(stored, turn.a, turn.b, turn.c, turn.d));
    cv::Mat expected = quarters();
    if (turn.expected) cv::rotate(quarters(), expected, *turn.expected);
    int frames = 0;
    for_each_frame(video(folder / "turned.mp4"), [&](const Frame& frame) {
      EXPECT_EQ(frame.bgr.size(), expected.size());
      if (frame.bgr.size() != expected.size()) return false;
      // Away from the edges, which compression blurs.
      for (const double x : {0.25, 0.75})
        for (const double y : {0.25, 0.75}) {
          const cv::Point at(static_cast<int>(x * expected.cols), static_cast<int>(y * expected.rows));
          EXPECT_LT(cv::norm(frame.bgr.at<cv::Vec3b>(at), expected.at<cv::Vec3b>(at), cv::NORM_INF), 60)
              << turn.a << turn.b << turn.c << turn.d << " at " << at;
        }
      return ++frames > 0;
    });
    EXPECT_EQ(frames, 3);
  }
}

}  // namespace
}  // namespace interprior
