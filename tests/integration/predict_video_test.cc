#include <gmock/gmock.h>
#include <sys/resource.h>

#include <chrono>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "interprior/render/overlay.h"
#include "predict_command.h"

// `predict` on videos and sequences.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(PredictCommand, AVideoBecomesOneFileOfLinesAndOneVideo) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 4)) GTEST_SKIP() << "this OpenCV writes no video";
  const Outcome outcome = predict({"clip.avi"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(files_of("out"), ::testing::UnorderedElementsAre("clip.jsonl", "clip_overlay.mp4"));
  std::istringstream lines(bytes_of(folder_ / "out/clip.jsonl"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const json hands = json::parse(line, nullptr, false);
    ASSERT_FALSE(hands.is_discarded());
    EXPECT_EQ(hands["sample"], "clip_00000" + std::to_string(count));
    EXPECT_EQ(hands["right"]["joints"].size(), 21u);
  }
  EXPECT_EQ(count, 4);
  double rate = 0, ignored = 0;
  const std::vector<cv::Mat> overlays = frames_of(folder_ / "out/clip_overlay.mp4", rate);
  const std::vector<cv::Mat> frames = frames_of(folder_ / "clip.avi", ignored);
  ASSERT_EQ(overlays.size(), 4u);
  EXPECT_NEAR(rate, 12, 0.01);
  const cv::Size side = side_view_size({300, 280});
  EXPECT_EQ(overlays[0].size(), cv::Size(300 + side.width, 280));
  for (size_t i = 0; i < 4; ++i) {  // a video compresses; hands cover a part of the frame
    cv::Mat difference;
    cv::absdiff(overlays[i](cv::Rect(0, 0, 300, 280)), frames[i], difference);
    const double changed = cv::mean(difference > 60)[0] / 255;
    EXPECT_LT(changed, 0.6);
    EXPECT_LT(cv::mean(difference(cv::Rect(0, 0, 20, 20)))[0], 12) << "a corner without hands";
  }
}

// The names of samples change with the number of pairs, the numbers of frame and pair do not.
TEST_F(PredictCommand, EveryLineOfAVideoHasItsFrameAndPair) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 3)) GTEST_SKIP() << "this OpenCV writes no video";
  file("boxes.json", R"({"clip": [40, 30, 250, 250], "clip_000001": [[40, 30, 250, 250], [20, 10, 200, 200]]})");
  photo("a.jpg");
  const Outcome outcome = predict({"clip.avi", "a.jpg", "--write", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_FALSE(result("a").contains("frame"));
  EXPECT_EQ(result("a")["pair"], 1);
  ASSERT_EQ(predict({"clip.avi", "--boxes", "boxes.json", "--write", "json"}).exit_code, 0);
  std::vector<std::string> found;
  for (const json& line : lines_of(folder_ / "out/clip.jsonl"))
    found.push_back(line["sample"].get<std::string>() + " " + line["frame"].dump() + " " + line["pair"].dump());
  EXPECT_THAT(found, ::testing::ElementsAre("clip_000000 0 1", "clip_000001_1 1 1", "clip_000001_2 1 2", "clip_000002 2 1"));
}

TEST_F(PredictCommand, TheLinesOfAVideoHaveItsHypotheses) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 3)) GTEST_SKIP() << "this OpenCV writes no video";
  const Outcome outcome =
      predict({"clip.avi", "--write", "json,hypotheses", "--hypotheses", "3", "--one-shape", "--presence", "0"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::vector<nlohmann::json> lines = lines_of(folder_ / "out/clip.jsonl");
  ASSERT_EQ(lines.size(), 3u);
  for (const nlohmann::json& line : lines) EXPECT_EQ(line.at("hypotheses").size(), 3u);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/hypotheses"));
}

TEST_F(PredictCommand, AStoppedVideoIsCompleteUpToThere) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 15)) GTEST_SKIP() << "this OpenCV writes no video";
  for (const int signal : {SIGTERM, SIGHUP}) {
    const std::string out = "out" + std::to_string(signal);
    const Words command = {"clip.avi", "clip.avi", "--write", "json,overlay,obj", "--batch", "2", "--presence",
                           "0",        "--out",    out};
    Program program(words(command), folder_.path(), [] { ::signal(SIGHUP, SIG_DFL); });  // ignored if the tests run under nohup
    ASSERT_TRUE(program.wait_for([&] { return std::filesystem::exists(folder_ / out / "clip_000003_left.obj"); }));
    program.send(signal);
    const Outcome outcome = program.finish();
    EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
    const std::string text = bytes_of(folder_ / out / "clip.jsonl");
    const auto lines = std::count(text.begin(), text.end(), '\n');
    EXPECT_GE(lines, 4);
    double rate = 0;
    EXPECT_EQ(frames_of(folder_ / out / "clip_overlay.mp4", rate).size(), static_cast<size_t>(lines));
  }
}

TEST_F(PredictCommand, UnderNohupAHangUpIsIgnored) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 15)) GTEST_SKIP() << "this OpenCV writes no video";
  Program program(words({"clip.avi", "--write", "json,obj", "--batch", "2", "--presence", "0"}), folder_.path(),
                  [] { ::signal(SIGHUP, SIG_IGN); });
  ASSERT_TRUE(program.wait_for([&] { return std::filesystem::exists(folder_ / "out/clip_000003_left.obj"); }));
  program.send(SIGHUP);
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(lines_of(folder_ / "out/clip.jsonl").size(), 15u);
}

TEST_F(PredictCommand, AnMp4IsTheOverlayOfVideosOnly) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 3)) GTEST_SKIP() << "this OpenCV writes no video";
  photo("a.jpg");
  const auto written = [&](const std::string& kinds) {
    EXPECT_EQ(predict({"clip.avi", "a.jpg", "--write", kinds, "--out", kinds}).exit_code, 0) << kinds;
    return files_of(kinds);
  };
  EXPECT_THAT(written("mp4"), ::testing::ElementsAre("clip_overlay.mp4"));
  for (const char* kinds : {"overlay", "overlay,mp4"})
    EXPECT_THAT(written(kinds), ::testing::UnorderedElementsAre("clip_overlay.mp4", "a_overlay.jpg"));
  double rate = 0;
  EXPECT_EQ(frames_of(folder_ / "mp4/clip_overlay.mp4", rate).size(), 3u);

  const Outcome images = predict({"a.jpg", "--write", "json,mp4", "--out", "never"});
  EXPECT_EQ(images.exit_code, 1);
  EXPECT_THAT(images.errors().at(0), AllOf(HasSubstr("there is no video"), HasSubstr("--write")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "never"));
}

TEST_F(PredictCommand, AFullDiskDuringAVideoIsAnError) {
  photo("a.jpg");
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 12)) GTEST_SKIP() << "this OpenCV writes no video";
  const Outcome outcome = predict({"a.jpg", "clip.avi", "--write", "json"}, [] {
    const rlimit small{40000, 40000};
    setrlimit(RLIMIT_FSIZE, &small);
  });
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  ASSERT_THAT(outcome.errors(), SizeIs(1)) << outcome.err;
  EXPECT_THAT(outcome.errors()[0], AllOf(HasSubstr("clip.jsonl"), HasSubstr("disk may be full")));
  EXPECT_THAT(files_of("out"), ::testing::ElementsAre("a.json"));
}

TEST_F(PredictCommand, AVideoIsSmoothedOnRequestAndItsMeshesMove) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 6)) GTEST_SKIP() << "this OpenCV writes no video";
  ASSERT_EQ(predict({"clip.avi", "--write", "json", "--out", "plain", "--presence", "0"}).exit_code, 0);
  const Outcome outcome = predict({"clip.avi", "--write", "json,glb", "--smooth", "--max-frames", "5", "--presence", "0"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, ::testing::ContainsRegex("clip.avi: jitter [0-9.]+ mm per frame\\^2, smoothed [0-9.]+"));
  EXPECT_THAT(files_of("out"), ::testing::UnorderedElementsAre("clip.jsonl", "clip_animated.glb"));
  const std::vector<json> plain = lines_of(folder_ / "plain/clip.jsonl"), smooth = lines_of(folder_ / "out/clip.jsonl");
  ASSERT_EQ(plain.size(), 6u);
  ASSERT_EQ(smooth.size(), 5u);
  EXPECT_FALSE(plain[1].contains("smoothed"));
  EXPECT_EQ(smooth[1]["smoothed"], true);
  EXPECT_NEAR(smooth[0]["right"]["joints"][4][2].get<double>(), plain[0]["right"]["joints"][4][2].get<double>(), 1e-5);
  EXPECT_NE(smooth[4]["right"]["joints"][4], plain[4]["right"]["joints"][4]);

  photo("a.jpg");
  const Outcome images = predict({"a.jpg", "--smooth", "--out", "never"});
  EXPECT_EQ(images.exit_code, 1);
  EXPECT_THAT(images.errors().at(0), HasSubstr("no video to smooth"));
}

TEST_F(PredictCommand, ASequenceHasOneShapeOnRequest) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 5)) GTEST_SKIP() << "this OpenCV writes no video";
  photo("a.jpg");
  photo("b.jpg");
  file("boxes.json", R"({"a": [40, 100, 250, 250], "b": [60, 90, 200, 220], "clip": [40, 30, 250, 250]})");
  const Outcome outcome = predict({"a.jpg", "clip.avi", "b.jpg", "--boxes", "boxes.json", "--one-shape", "--presence", "0"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::vector<json> lines = lines_of(folder_ / "out/clip.jsonl");
  ASSERT_EQ(lines.size(), 5u);
  for (const json& line : lines) {
    EXPECT_EQ(line["one_shape"], true);
    EXPECT_EQ(line["left"]["shape"], lines[0]["left"]["shape"]);
  }
  EXPECT_EQ(result("a")["right"]["shape"], result("b")["right"]["shape"]);
  EXPECT_NE(result("a")["right"]["shape"], lines[0]["right"]["shape"]);
  EXPECT_NE(result("a")["right"]["joints"], result("b")["right"]["joints"]);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/a_overlay.jpg"));
}

TEST_F(PredictCommand, AVideoWithoutAPresentHandHasNoAnimationAndTheCommandSaysSo) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 2)) GTEST_SKIP() << "this OpenCV writes no video";
  const Outcome seen = predict({"clip.avi", "--write", "glb", "--presence", "0"});
  EXPECT_THAT(seen.err, Not(HasSubstr("no animated GLB")));
  std::filesystem::remove(folder_ / "out/clip_animated.glb");
  const Outcome outcome = predict({"clip.avi", "--write", "json,glb", "--presence", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(files_of("out"), ::testing::ElementsAre("clip.jsonl"));
  EXPECT_THAT(outcome.err, HasSubstr("clip: no animated GLB is written"));
}

// Names of outputs are given once, also those of animations.
TEST_F(PredictCommand, AnAnimationAndAnImageDoNotShareAName) {
  if (!write_video(folder_ / "a.avi", fixture_.image(), 2)) GTEST_SKIP() << "this OpenCV writes no video";
  photo("a_animated.jpg");
  const Outcome outcome = predict(Words{"a.avi", "a_animated.jpg", "--write", "glb", "--presence", "0"} + kBox);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(files_of("out"), ::testing::UnorderedElementsAre("a_animated.glb", "a_animated_2.glb"));
}

// Frames that are more than the gap of the filters apart are not smoothed, whatever rate the MP4 gets.
TEST_F(PredictCommand, ASlowVideoIsNotSmoothed) {
  if (!write_video(folder_ / "slow.avi", fixture_.image(), 4, 0.5)) GTEST_SKIP() << "this OpenCV writes no video";
  ASSERT_EQ(predict({"slow.avi", "--write", "json", "--out", "plain", "--presence", "0"}).exit_code, 0);
  ASSERT_EQ(predict({"slow.avi", "--write", "json", "--smooth", "--presence", "0"}).exit_code, 0);
  const std::vector<json> plain = lines_of(folder_ / "plain/slow.jsonl"), smooth = lines_of(folder_ / "out/slow.jsonl");
  ASSERT_EQ(plain.size(), 4u);
  for (size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(plain[i]["left"]["joints"][4][0].get<double>(), smooth[i]["left"]["joints"][4][0].get<double>(), 1e-5);
}

// Ctrl-C in the first of two passes: what was predicted is written.
TEST_F(PredictCommand, AStoppedSequenceIsWrittenUpToThere) {
  photo("a.jpg");
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 400)) GTEST_SKIP() << "this OpenCV writes no video";
  Program program(words({"a.jpg", "clip.avi", "--one-shape", "--write", "json", "--batch", "1", "--hypotheses", "64"}),
                  folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return std::filesystem::exists(folder_ / "out"); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  program.send(SIGINT);
  const Outcome outcome = program.finish();
  ASSERT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("interrupted: 1 of 2 inputs done"));
  EXPECT_TRUE(has("a"));
  const std::vector<json> lines = lines_of(folder_ / "out/clip.jsonl");
  EXPECT_GT(lines.size(), 0u);
  EXPECT_LT(lines.size(), 400u);
  for (const json& line : lines) EXPECT_EQ(line["one_shape"], true);
}

}  // namespace
}  // namespace interprior
