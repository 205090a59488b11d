#include "interprior/infer/video_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/videoio.hpp>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

cv::Mat grey(int width, int height, int value) { return {height, width, CV_8UC3, cv::Scalar::all(value)}; }

bool has_encoder() {
  try {
    require_video_encoder();
    return true;
  } catch (const Error&) {
    return false;
  }
}

TEST(VideoFiles, FilesAppearAtCloseAndAreComplete) {
  if (!has_encoder()) GTEST_SKIP() << "this OpenCV writes no mp4";
  const TemporaryDirectory folder;
  const std::filesystem::path out = folder / "a:b";  // FFmpeg would take `a` for a protocol
  VideoFiles files(out, "clip", 1e6, true);
  for (int i = 0; i < 20; ++i) {
    files.add("{\"frame\": " + std::to_string(i) + "}");
    files.add_image(i == 7 ? grey(50, 40, 10 * i) : grey(61, 43, 10 * i));
  }
  for (const std::string& name : names_in(out)) EXPECT_EQ(name.rfind(".interprior-", 0), 0u) << name;
  files.close();
  EXPECT_THAT(names_in(out), UnorderedElementsAre("clip.jsonl", "clip_overlay.mp4"));
  EXPECT_THAT(read_file(out / "clip.jsonl"), HasSubstr("{\"frame\": 18}\n{\"frame\": 19}\n"));
  cv::VideoCapture capture(std::filesystem::absolute(out / "clip_overlay.mp4").string());
  EXPECT_NEAR(capture.get(cv::CAP_PROP_FPS), 30, 0.01);  // not a million
  int frames = 0;
  for (cv::Mat frame; capture.read(frame); ++frames) {
    EXPECT_EQ(frame.size(), cv::Size(62, 44));
    EXPECT_NEAR(cv::mean(frame)[1], 10 * frames, 6);
  }
  EXPECT_EQ(frames, 20);
}

TEST(VideoFiles, WithoutCloseNothingIsLeft) {
  if (!has_encoder()) GTEST_SKIP() << "this OpenCV writes no mp4";
  const TemporaryDirectory folder;
  {
    VideoFiles files(folder.path(), "clip", 25, true);
    files.add("{}");
    files.add_image(grey(32, 32, 9));
  }
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

// An earlier clip.jsonl is replaced even if no frame has hands.
TEST(VideoFiles, LinesAreWrittenEvenIfThereAreNone) {
  const TemporaryDirectory folder;
  write_file(folder / "clip.jsonl", "old");
  VideoFiles(folder.path(), "clip", 25, true).close();
  EXPECT_EQ(read_file(folder / "clip.jsonl"), "");
  VideoFiles(folder.path(), "other", 25, false).close();
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("clip.jsonl"));
}

TEST(VideoFiles, AFolderThatCannotBeMadeIsAnError) {
  const TemporaryDirectory folder;
  write_file(folder / "file", "");
  EXPECT_THAT([&] { VideoFiles(folder / "file", "clip", 25, true); }, ThrowsError(HasSubstr("file")));
}

}  // namespace
}  // namespace interprior
