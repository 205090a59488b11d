#include "interprior/infer/frames.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>

#include "interprior/base/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"
#include "tiny_sampler.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names_of(const std::filesystem::path& input, std::map<std::string, std::string>& skipped) {
  std::vector<std::string> names;
  for_each_frame(
      input,
      [&](const Frame& frame) {
        EXPECT_EQ(frame.bgr.type(), CV_8UC3);
        names.push_back(frame.name);
      },
      skipped);
  return names;
}

TEST(Frames, APictureIsReadInOpenCvsOrder) {
  const TemporaryDirectory folder;
  cv::imwrite((folder / "blue.png").string(), cv::Mat(20, 30, CV_8UC3, cv::Scalar(200, 100, 5)));
  std::map<std::string, std::string> skipped;
  int seen = 0;
  for_each_frame(
      folder / "blue.png",
      [&](const Frame& frame) {
        ++seen;
        EXPECT_EQ(frame.name, "blue");
        EXPECT_EQ(frame.bgr.at<cv::Vec3b>(3, 4), cv::Vec3b(200, 100, 5));
      },
      skipped);
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(skipped.empty());
}

TEST(Frames, AFolderIsSortedAndDamagedPicturesAreNamed) {
  const TemporaryDirectory folder;
  for (const char* name : {"c.png", "a.JPG", "b.png", "b.jpg"}) cv::imwrite((folder / name).string(), random_picture(30, 20));
  write_file(folder / "bad.jpg", "this is no picture");
  write_file(folder / "notes.txt", "nor is this, and nobody asked");
  std::filesystem::create_directory(folder / "inside.png");
  std::map<std::string, std::string> skipped;
  EXPECT_THAT(names_of(folder.path(), skipped), ElementsAre("a", "b_jpg", "b_png", "c"));
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_THAT(skipped["bad"], HasSubstr("bad.jpg"));
}

TEST(Frames, NothingToReadIsAnError) {
  const TemporaryDirectory folder;
  std::map<std::string, std::string> skipped;
  EXPECT_THAT([&] { names_of(folder.path(), skipped); }, ThrowsError(HasSubstr("no pictures")));
  EXPECT_THAT([&] { names_of(folder / "missing.png", skipped); }, ThrowsError(HasSubstr("missing.png")));
  write_file(folder / "bad.png", "x");
  EXPECT_THAT([&] { names_of(folder / "bad.png", skipped); }, ThrowsError(HasSubstr("bad.png")));
  EXPECT_THAT([&] { names_of(folder.path(), skipped); }, ThrowsError(HasSubstr("no picture of this folder")));
}

TEST(Frames, WhatTheVisitorThrowsPassesThrough) {
  const TemporaryDirectory folder;
  cv::imwrite((folder / "a.png").string(), random_picture(30, 20));
  std::map<std::string, std::string> skipped;
  const auto visit = [](const Frame&) { throw Error("the visitor's own"); };
  EXPECT_THAT([&] { for_each_frame(folder.path(), visit, skipped); }, ThrowsError(HasSubstr("own")));
  EXPECT_TRUE(skipped.empty());
}

bool write_video(const std::filesystem::path& path, int frames) {
  cv::VideoWriter video(path.string(), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 10, {64, 48});
  if (!video.isOpened()) return false;
  for (int i = 0; i < frames; ++i) video.write(random_picture(64, 48, static_cast<uint64_t>(i)));
  return true;
}

TEST(Frames, AVideoIsNumbered) {
  const TemporaryDirectory folder;
  if (!write_video(folder / "clip.avi", 3)) GTEST_SKIP() << "this OpenCV writes no video";
  std::map<std::string, std::string> skipped;
  EXPECT_THAT(names_of(folder / "clip.avi", skipped), ElementsAre("clip_000000", "clip_000001", "clip_000002"));
  EXPECT_TRUE(skipped.empty());
}

TEST(Frames, ABrokenVideoIsAnError) {
  const TemporaryDirectory folder;
  std::map<std::string, std::string> skipped;
  write_file(folder / "noise.mp4", std::string(5000, 'q'));
  EXPECT_THAT([&] { names_of(folder / "noise.mp4", skipped); }, ThrowsError(HasSubstr("noise.mp4")));
  write_file(folder / "empty.avi", "");
  EXPECT_THAT([&] { names_of(folder / "empty.avi", skipped); }, ThrowsError(HasSubstr("empty.avi")));
}

TEST(Frames, AVideoThatEndsEarlyIsTold) {
  const TemporaryDirectory folder;
  if (!write_video(folder / "clip.avi", 40)) GTEST_SKIP() << "this OpenCV writes no video";
  const std::string whole = read_file(folder / "clip.avi");
  write_file(folder / "cut.avi", whole.substr(0, whole.size() * 3 / 4));
  std::map<std::string, std::string> skipped;
  const std::vector<std::string> names = names_of(folder / "cut.avi", skipped);
  EXPECT_GT(names.size(), 5u);
  EXPECT_LT(names.size(), 40u);
  EXPECT_THAT(skipped["cut"], HasSubstr("40 frames"));
}

TEST(Boxes, AreReadByName) {
  const TemporaryDirectory folder;
  write_file(folder / "boxes.json", R"({"a": [1, 2.5, 30, 40], "clip_000001": [-3, 0, 10, 10]})");
  const auto boxes = read_boxes(folder / "boxes.json");
  ASSERT_EQ(boxes.size(), 2u);
  EXPECT_DOUBLE_EQ(boxes.at("a").y, 2.5);
  EXPECT_DOUBLE_EQ(boxes.at("clip_000001").x, -3);
}

TEST(Boxes, MistakesAreNamedWithFileAndKey) {
  const TemporaryDirectory folder;
  const auto read = [&](const std::string& text) {
    write_file(folder / "boxes.json", text);
    read_boxes(folder / "boxes.json");
  };
  EXPECT_THAT([&] { read("[1, 2, 3, 4]"); }, ThrowsError(HasSubstr("object")));
  EXPECT_THAT([&] { read("{\"a\": [1, 2, 3"); }, ThrowsError(AllOf(HasSubstr("boxes.json"), HasSubstr("JSON"))));
  EXPECT_THAT([&] { read(R"({"a": [1, 2, 3]})"); }, ThrowsError(AllOf(HasSubstr("boxes.json, a"), HasSubstr("3 numbers"))));
  EXPECT_THAT([&] { read(R"({"a": [1, 2, 3, "4"]})"); }, ThrowsError(HasSubstr("four numbers")));
  EXPECT_THAT([&] { read(R"({"a": {"x": 1}})"); }, ThrowsError(HasSubstr("four numbers")));
  EXPECT_THAT([&] { read(R"({"a": [1, 2, 0, 4]})"); }, ThrowsError(HasSubstr("empty")));
  EXPECT_THAT([&] { read(R"({"a": [1, 2, 3, 4], "a": [1, 2, 3, 4]})"); }, ThrowsError(HasSubstr("twice")));
  EXPECT_THAT([&] { read(R"({"a": [1e999, 2, 3, 4]})"); }, ThrowsError(HasSubstr("boxes.json")));
  EXPECT_THAT([&] { read_boxes(folder / "none.json"); }, ThrowsError(HasSubstr("none.json")));
}

TEST(Boxes, AreParsedFromText) {
  const Box box = parse_box("120,80.5,400,300");
  EXPECT_DOUBLE_EQ(box.y, 80.5);
  EXPECT_DOUBLE_EQ(box.height, 300);
  for (const char* text :
       {"", "1,2,3", "1,2,3,4,5", "1,2,3,x", "1;2;3;4", "1,2,3,4 px", "1,,3,4", "1,2,nan,4", "1,2,-3,4", "1,2,3,4,"})
    EXPECT_THAT([&] { parse_box(text); }, ThrowsError(HasSubstr("width and height above 0"))) << text;
}

}  // namespace
}  // namespace interprior
