#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include "fixture.h"
#include "interprior/base/files/tensor_file.h"

// `predict` on folders with other files, unusual names, full disks.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class PredictCommand : public ::testing::Test {
 protected:
  Words words(const Words& more) const {
    const bool elsewhere = std::find(more.begin(), more.end(), "--out") != more.end();
    return Words{"predict", fixture_.sampler().string(), "--hand", fixture_.hand().string(), "--device", "cpu"} +
           (elsewhere ? Words{} : Words{"--out", "out"}) + more;
  }
  Outcome predict(const Words& more, const std::function<void()>& prepare = {}) const {
    return Program(words(more), folder_.path(), prepare).finish();
  }
  void photo(const std::string& name) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::filesystem::copy_file(fixture_.image(), folder_ / name);
  }
  void file(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  json result(const std::string& name) const {
    return json::parse(bytes_of(folder_ / ("out/" + name + ".json")), nullptr, false);
  }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / ("out/" + name + ".json")); }
  std::vector<std::string> files_of(const std::string& folder) const {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / folder, none))
      names.push_back(entry.path().filename());
    return names;
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

const Words kBox = {"--box", "40,100,250,250"};

TEST_F(PredictCommand, SkippedInputsAreListedAndExitWithOne) {
  photo("photos/a.jpg");
  photo("photos/z.jpg");
  file("photos/broken.jpg", bytes_of(fixture_.image()).substr(0, 3000));
  for (const char* name : {"b.heic", "c.heic", "d.HEIC", "e.gif", "notes.txt", ".hidden"})
    file(std::string("photos/") + name, "x");
  const Outcome outcome = predict(Words{"photos"} + kBox);
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  ASSERT_THAT(outcome.errors(), SizeIs(1));
  EXPECT_THAT(outcome.errors()[0], AllOf(HasSubstr("damaged: 1"), HasSubstr("unknown_format: 4 (.gif: 1, .heic: 3)")));
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("broken.jpg"), HasSubstr(".txt: 1"), HasSubstr("hidden: 1")));
  EXPECT_THAT(outcome.out, HasSubstr("2 reconstruction(s) in out, 5 left out"));
  EXPECT_TRUE(has("a"));
  EXPECT_TRUE(has("z"));
  EXPECT_FALSE(has("broken"));
}

TEST_F(PredictCommand, ADamagedImageAmongNamedOnesDoesNotStopTheOthers) {
  file("broken.jpg", "no image");
  photo("good.jpg");
  const Outcome outcome = predict(Words{"broken.jpg", "good.jpg"} + kBox);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(has("good"));
  // A missing input is detected before any work.
  const Outcome missing = predict(Words{"good.jpg", "missing.jpg", "--out", "never"} + kBox);
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("missing.jpg"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "never"));
}

TEST_F(PredictCommand, BoxesAndCamerasOfAFile) {
  photo("x/a.jpg");
  photo("y/a.jpg");
  photo("y/b.jpg");
  file("boxes.json", R"({"x/a.jpg": [40, 100, 250, 250],
                         "y/a.jpg": {"box": [30, 90, 260, 260], "camera": [800, 810, 170, 250]},
                         "b": [[40, 100, 250, 250], {"box": [50, 110, 240, 240], "camera": [900, 900, 160, 240]}],
                         "nobody.jpg": [1, 2, 3, 4]})");
  const Outcome outcome = predict({"x", "y", "--boxes", "boxes.json", "--camera", "700,701,160,255"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("1 name(s) of boxes.json match no input: nobody.jpg"));
  EXPECT_EQ(result("a")["source"], "x/a.jpg");
  EXPECT_EQ(result("a")["box"], json({40., 100., 250., 250.}));
  EXPECT_EQ(result("a")["box_source"], "file");
  EXPECT_EQ(result("a")["camera_source"], "given");
  EXPECT_EQ(result("a")["camera"]["fy"], 701.);
  EXPECT_EQ(result("a_2")["source"], "y/a.jpg");
  EXPECT_EQ(result("a_2")["box"], json({30., 90., 260., 260.}));
  EXPECT_EQ(result("a_2")["camera_source"], "file");
  EXPECT_EQ(result("a_2")["camera"]["fy"], 810.);
  EXPECT_EQ(result("b_1")["camera_source"], "given");
  EXPECT_EQ(result("b_2")["camera"]["cx"], 160.);
  EXPECT_EQ(result("b_2")["box"], json({50., 110., 240., 240.}));
  EXPECT_FALSE(has("b"));

  file("plain.json", R"({"a.jpg": [40, 100, 250, 250]})");
  const Outcome ambiguous = predict({"x", "y", "--boxes", "plain.json"});
  EXPECT_EQ(ambiguous.exit_code, 1);
  ASSERT_THAT(ambiguous.errors(), SizeIs(1));
  EXPECT_THAT(ambiguous.errors()[0], AllOf(HasSubstr("x/a.jpg"), HasSubstr("y/a.jpg")));
  EXPECT_EQ(predict({"x", "--camera", "1,1,1,1", "--focal", "5"}).exit_code, 2);
}

TEST_F(PredictCommand, BoxesOfCocoBelongToImagesOfTheirSize) {
  photo("a.jpg");
  photo("b.jpg");
  ASSERT_EQ(predict(Words{"a.jpg"} + kBox).exit_code, 0);
  const json camera = result("a")["camera"];
  const int64_t width = camera["width"], height = camera["height"];
  const auto coco = [height](int64_t claimed) {
    return R"({"images": [{"id": 1, "file_name": "a.jpg", "width": )" + std::to_string(claimed) + R"(, "height": )" +
           std::to_string(height) + R"(}, {"id": 2, "file_name": "b.jpg"}],
           "annotations": [{"image_id": 1, "bbox": [40, 100, 250, 250]}]})";
  };
  file("boxes.json", coco(width));
  const Outcome outcome = predict({"a.jpg", "b.jpg", "--boxes", "boxes.json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no_box: 1"));
  EXPECT_THAT(outcome.out, HasSubstr("1 reconstruction(s)"));
  file("other.json", coco(width - 1));
  EXPECT_THAT(predict({"a.jpg", "b.jpg", "--boxes", "other.json"}).err,
              AllOf(HasSubstr("no_box: 1"), HasSubstr("size_differs: 1")));
}

TEST_F(PredictCommand, ReportsSuspiciousInputs) {
  photo("a.jpg");
  const Outcome far = predict({"a.jpg", "--box", "40,100,250,250", "--focal", "25000"});
  EXPECT_EQ(far.exit_code, 0) << far.err;
  EXPECT_THAT(far.err, HasSubstr("depth_implausible: 1 of 1, first a"));
  EXPECT_THAT(result("a")["warnings"].dump(), HasSubstr("depth_implausible"));
  EXPECT_EQ(result("a")["camera_source"], "focal");
  EXPECT_THAT(predict({"a.jpg", "--box", "150,200,0.4,0.4"}).err, AllOf(HasSubstr("box_small"), HasSubstr("crop_enlarged")));
  const Outcome near = predict({"a.jpg", "--box", "40,100,250,250", "--focal", "1", "--out", "near"});
  EXPECT_EQ(near.exit_code, 1);
  EXPECT_THAT(near.err, HasSubstr("behind_camera: 1"));
  EXPECT_THAT(files_of("near"), SizeIs(0));
  EXPECT_EQ(predict({"a.jpg"}).exit_code, 0);
  EXPECT_EQ(result("a")["box_source"], "whole_image");
}

TEST_F(PredictCommand, AnAbsentHandIsReportedBelowTheThreshold) {
  photo("a.jpg");
  EXPECT_EQ(predict(Words{"a.jpg", "--presence", "0"} + kBox).exit_code, 0);
  for (const char* side : {"right", "left"}) EXPECT_EQ(result("a")[side]["present"], true);
  const double right = result("a")["right"]["presence"], left = result("a")["left"]["presence"];
  const Outcome strict = predict(Words{"a.jpg", "--presence", "1"} + kBox);
  EXPECT_EQ(strict.exit_code, 0);
  EXPECT_EQ(result("a")["right"]["present"], right >= 1);
  EXPECT_EQ(result("a")["left"]["present"], left >= 1);
  if (right < 1) EXPECT_THAT(strict.err, HasSubstr("right_hand_absent: 1 of 1"));
  EXPECT_EQ(predict({"a.jpg", "--presence", "2"}).exit_code, 2);
}

TEST_F(PredictCommand, OutputsAreNotWrittenAmongThePhotographs) {
  photo("photos/a.jpg");
  for (const Words& inputs : {Words{"photos"}, Words{"photos/a.jpg"}, Words{"./photos/../photos"}}) {
    const Outcome outcome = predict(inputs + Words{"--out", "photos"});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("the output folder holds the input images"));
  }
  EXPECT_THAT(files_of("photos"), SizeIs(1));
}

TEST_F(PredictCommand, NamesNeedNotBeText) {
  photo("photos/caf\xE9.jpg");
  photo("photos/b.jpg");
  file("photos/br\xF6ken.jpg", "no image");
  const Outcome outcome = predict(Words{"photos", "--features", "features.h5"} + kBox);
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_EQ(result("caf%E9")["source"], "photos/caf%E9.jpg");
  EXPECT_TRUE(has("b"));
  EXPECT_THAT(outcome.err, HasSubstr("br%F6ken.jpg"));
  EXPECT_EQ(TensorFileReader(folder_ / "features.h5", "interprior.features", 1).read_strings("sample"), (Words{"b", "caf%E9"}));
}

TEST_F(PredictCommand, CtrlCFinishesTheImageInProgress) {
  constexpr size_t kImages = 300;
  photo("photos/000.jpg");
  for (size_t i = 1; i < kImages; ++i)
    std::filesystem::create_hard_link(folder_ / "photos/000.jpg", folder_ / ("photos/" + std::to_string(1000 + i) + ".jpg"));
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string out = "out" + std::to_string(signal), features = out + ".h5";
    Program program(words(Words{"photos", "--out", out, "--features", features} + kBox), folder_.path());
    ASSERT_TRUE(program.wait_for([&] { return std::filesystem::exists(folder_ / out / "1002.json"); }));
    program.send(signal);
    const Outcome outcome = program.finish();
    EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
    size_t whole = 0;
    for (const std::string& name : files_of(out)) whole += name.ends_with(".json");
    EXPECT_GE(whole, 3u);
    EXPECT_LT(whole, kImages);
    EXPECT_EQ(files_of(out).size(), 2 * whole);
    EXPECT_THAT(outcome.err, HasSubstr("interrupted: " + std::to_string(whole) + " of 300 inputs done"));
    EXPECT_THAT(outcome.out, HasSubstr(std::to_string(whole) + " reconstruction(s) in " + out));
    EXPECT_EQ(TensorFileReader(folder_ / features, "interprior.features", 1).read_strings("sample").size(), whole);
  }
}

TEST_F(PredictCommand, AFullDiskStopsAtOnce) {
  for (const char* name : {"a", "b", "c"}) photo(std::string("photos/") + name + ".jpg");
  for (const rlim_t limit : {rlim_t{1000}, rlim_t{70000}}) {
    const Outcome outcome = predict(Words{"photos", "--write", "json,overlay,obj,ply,glb"} + kBox, [limit] {
      const rlimit small{limit, limit};
      setrlimit(RLIMIT_FSIZE, &small);
    });
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    ASSERT_THAT(outcome.errors(), SizeIs(1));
    EXPECT_THAT(outcome.errors()[0], AllOf(HasSubstr("cannot write the file (out/a"), HasSubstr("File too large")));
    EXPECT_THAT(outcome.err, AllOf(Not(HasSubstr("/b")), Not(HasSubstr(".interprior-")), Not(HasSubstr("left out"))));
    EXPECT_THAT(files_of("out"), SizeIs(0));
  }
}

// A video of `frames` shifted copies of the photograph; false if this OpenCV writes none.
bool write_video(const std::filesystem::path& file, const std::filesystem::path& photo, int frames) {
  const cv::Mat image = cv::imread(photo.string());
  cv::VideoWriter writer(file.string(), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 12, {300, 280});
  for (int i = 0; writer.isOpened() && i < frames; ++i) writer.write(image(cv::Rect(i, 2 * i, 300, 280)).clone());
  return writer.isOpened();
}

std::vector<cv::Mat> frames_of(const std::filesystem::path& file, double& rate) {
  cv::VideoCapture capture(file.string());
  rate = capture.get(cv::CAP_PROP_FPS);
  std::vector<cv::Mat> frames;
  for (cv::Mat frame; capture.read(frame);) frames.push_back(frame.clone());
  return frames;
}

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
  EXPECT_EQ(overlays[0].size(), cv::Size(300, 280));
  for (size_t i = 0; i < 4; ++i) {  // a video compresses; hands cover a part of the frame
    cv::Mat difference;
    cv::absdiff(overlays[i], frames[i], difference);
    const double changed = cv::mean(difference > 60)[0] / 255;
    EXPECT_LT(changed, 0.6);
    EXPECT_LT(cv::mean(difference(cv::Rect(0, 0, 20, 20)))[0], 12) << "a corner without hands";
  }
}

TEST_F(PredictCommand, AStoppedVideoIsCompleteUpToThere) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 15)) GTEST_SKIP() << "this OpenCV writes no video";
  Program program(words({"clip.avi", "clip.avi", "--write", "json,overlay,glb"}), folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return std::filesystem::exists(folder_ / "out/clip_000003.glb"); }));
  program.send(SIGTERM);
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  const std::string text = bytes_of(folder_ / "out/clip.jsonl");
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_GE(lines, 4);
  double rate = 0;
  EXPECT_EQ(frames_of(folder_ / "out/clip_overlay.mp4", rate).size(), static_cast<size_t>(lines));
}

// A full disk during a video: its files are not published, the earlier image's stay.
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

TEST_F(PredictCommand, UnknownKindsOfOutputAreRefusedBeforeAnyWork) {
  photo("photo.jpg");
  const Outcome outcome = predict(Words{"photo.jpg", "--write", "json,fbx"} + kBox);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.errors().at(0), AllOf(HasSubstr("'fbx'"), HasSubstr("json, overlay, obj, ply and glb")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

}  // namespace
}  // namespace interprior
