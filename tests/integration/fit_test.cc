#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fixture.h"
#include "geometry/gltf_animation.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "keypoint_document.h"
#include "predict_command.h"

// `interprior fit` with relative names in its own folder.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

class FitCommand : public ::testing::Test {
 protected:
  FitCommand() {
    std::filesystem::copy_file(fixture_.prior(), folder_ / "prior.safetensors");
    std::filesystem::copy_file(fixture_.hand(), folder_ / "hand.h5");
    std::filesystem::copy_file(fixture_.image(), folder_ / "photo.jpg");
  }
  void write(const std::string& name, const json& document) const { std::ofstream(folder_ / name) << document.dump(); }
  Outcome fit(const Words& more) const {
    const bool elsewhere = std::find(more.begin(), more.end(), "--out") != more.end();
    return Program(Words{"fit", "prior.safetensors", "--hand", "hand.h5", "--device", "cpu"} +
                       (elsewhere ? Words{} : Words{"--out", "out"}) + more,
                   folder_.path())
        .finish();
  }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / ("out/" + name)); }
  json result(const std::string& name) const {
    return json::parse(bytes_of(folder_ / ("out/" + name + ".json")), nullptr, false);
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(FitCommand, ThePageNeedsNoOverlay) {
  write("keypoints.json", two_hands());
  const Outcome outcome = fit({"--keypoints", "keypoints.json", "photo.jpg", "--write", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 pair(s) fitted"));
  EXPECT_TRUE(has("report.html"));
  EXPECT_FALSE(has("photo_overlay.jpg"));
}

TEST_F(FitCommand, WritesTheFilesOfPredictAndThePageOfKeypoints) {
  write("keypoints.json", two_hands());
  const Outcome outcome = fit({"--keypoints", "keypoints.json", "photo.jpg", "--write", "json,overlay,obj,ply,glb"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* name : {"photo.json", "photo.glb", "photo_right.obj", "photo_left.ply", "photo_overlay.jpg",
                           "photo_keypoints.jpg", "photo_side.jpg", "hands.h5", "report.html"})
    EXPECT_TRUE(has(name)) << name;
  const json hands = result("photo");
  EXPECT_EQ(hands["camera_source"], "assumed");
  EXPECT_EQ(hands["box_source"], "keypoints");
  EXPECT_EQ(hands["pair"], 1);
  EXPECT_FALSE(hands.contains("frame"));
  EXPECT_EQ(hands["right"]["joints"].size(), 21u);
  EXPECT_EQ(hands["fit"]["prior"], "gaussian");
  EXPECT_LT(hands["fit"]["residual_of_box"].get<double>(), 0.2);
  EXPECT_EQ(hands["fit"]["keypoint_distance"]["left"].size(), 21u);
  const Outcome again = fit({"--keypoints", "keypoints.json", "photo.jpg", "--out", "again"});
  EXPECT_EQ(bytes_of(folder_ / "out/photo.json"), bytes_of(folder_ / "again/photo.json"));
}

TEST_F(FitCommand, TheHypothesesOfAFitAreItsMinima) {
  write("keypoints.json", two_hands());
  const Outcome outcome = fit({"--keypoints", "keypoints.json", "photo.jpg", "--write", "json,overlay,hypotheses"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(has("hypotheses/photo.glb"));
  EXPECT_FALSE(result("photo").contains("hypotheses"));
  const size_t shown = std::min<size_t>(4, result("photo")["fit"]["minima"].size());
  EXPECT_THAT(bytes_of(folder_ / "out/report.html"),
              HasSubstr("fitted skeletons; in 3D also " + std::to_string(shown) + " of its hypotheses"));
}

TEST_F(FitCommand, WithoutImagesNeedsTheirSize) {
  json document = two_hands();
  write("keypoints.json", document);
  const Outcome unknown = fit({"--keypoints", "keypoints.json"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("size_unknown"), HasSubstr("pass the images")));
  EXPECT_FALSE(has("")) << "the folder was empty";
  document["images"]["photo.jpg"]["size"] = {300, 300};
  write("keypoints.json", document);
  EXPECT_EQ(fit({"--keypoints", "keypoints.json", "--numbers"}).exit_code, 0);
  EXPECT_TRUE(has("hands.h5"));
  EXPECT_FALSE(has("photo.json"));
}

TEST_F(FitCommand, RefusesTheGaussianOfAPriorWithoutOne) {
  std::filesystem::copy_file(std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/golden/prior_format_2.safetensors",
                             folder_ / "prior.safetensors", std::filesystem::copy_options::overwrite_existing);
  write("keypoints.json", two_hands());
  const Outcome outcome = fit({"--keypoints", "keypoints.json", "photo.jpg"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("format 2"), HasSubstr("prior.safetensors"), HasSubstr("--prior code")));
}

TEST_F(FitCommand, CountsSkippedInputs) {
  json document = two_hands();
  document["images"]["photo.jpg"]["size"] = {10, 10};
  document["images"]["nowhere.jpg"] = two_hands()["images"]["photo.jpg"];
  write("keypoints.json", document);
  const Outcome outcome = fit({"--keypoints", "keypoints.json", "photo.jpg", "--accept", "keypoints_outside"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("size_differs"), HasSubstr("image_missing"), HasSubstr("nowhere.jpg")));
}

TEST_F(FitCommand, AnyKeyBecomesAFileNameInTheFolder) {
  json document = two_hands();
  json image = document["images"]["photo.jpg"];
  image["size"] = {300, 300};
  document["images"] = {{"..", image}, {"/etc/a.jpg", image}, {std::string(400, 'x'), image}};
  write("keypoints.json", document);
  const Outcome outcome = fit({"--keypoints", "keypoints.json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out")) files += entry.path().extension() == ".json";
  EXPECT_EQ(files, 3u);
  image["size"] = {30000, 30000};
  document["images"] = {{"huge.jpg", image}};
  write("keypoints.json", document);
  const Outcome huge = fit({"--keypoints", "keypoints.json", "--accept", "keypoints_normalised"});
  EXPECT_EQ(huge.exit_code, 1);
  EXPECT_THAT(huge.err, HasSubstr("size_too_large"));
}

TEST_F(FitCommand, FitsOneHandAndReportsTheAbsentOne) {
  json document = two_hands();
  document["images"]["photo.jpg"]["pairs"][0].erase("left");
  write("keypoints.json", document);
  const Outcome outcome = fit({"--keypoints", "keypoints.json", "photo.jpg"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("left_hand_absent"));
  EXPECT_EQ(result("photo")["left"]["presence"], 0);
  EXPECT_TRUE(result("photo")["fit"]["keypoint_distance"]["left"][0].is_null());
}

TEST_F(FitCommand, ASequenceHasOneShape) {
  json document = two_hands();
  const json pair = document["images"]["photo.jpg"]["pairs"][0];
  document["images"].clear();
  for (const std::string frame : {"frame_1", "frame_2", "frame_3"}) {
    json moved = pair;
    const double way = 4.0 * (frame.back() - '1');
    for (const char* side : {"right", "left"})
      for (json& joint : moved[side]) joint[0] = joint[0].get<double>() + way;
    document["images"][frame + ".jpg"]["pairs"] = json::array({moved});
    std::filesystem::copy_file(fixture_.image(), folder_ / (frame + ".jpg"));
  }
  write("keypoints.json", document);
  const Words frames = {"--keypoints", "keypoints.json", "frame_1.jpg", "frame_2.jpg", "frame_3.jpg"};
  const Outcome outcome = fit(frames + Words{"--sequence"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json first = result("frame_1"), last = result("frame_3");
  for (const char* side : {"right", "left"})
    for (size_t i = 0; i < 10; ++i)
      EXPECT_NEAR(first[side]["shape"][i].get<double>(), last[side]["shape"][i].get<double>(), 0.1) << side << i;
  EXPECT_EQ(fit(frames + Words{"--motion", "5"}).exit_code, 2);

  document["images"]["frame_2.jpg"]["pairs"].push_back(pair);
  write("keypoints.json", document);
  const Outcome two = fit(frames + Words{"--sequence"});
  EXPECT_EQ(two.exit_code, 1);
  EXPECT_THAT(two.err, AllOf(HasSubstr("frame_2.jpg"), HasSubstr("a sequence is of one person")));
}

TEST_F(FitCommand, ASequenceThatJumpsHasAWarning) {
  json document = two_hands(), moved = document["images"]["photo.jpg"];
  for (const char* side : {"right", "left"})
    for (json& joint : moved["pairs"][0][side]) joint[0] = joint[0].get<double>() + 100;
  document["images"] = {{"a.jpg", document["images"]["photo.jpg"]}, {"b.jpg", moved}};
  for (json& image : document["images"]) image["size"] = {600, 400};
  write("keypoints.json", document);
  const Words words = {"--keypoints", "keypoints.json", "--numbers", "--sequence"};
  const Outcome outcome = fit(words + Words{"--motion", "20"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("jumps: 1 of 2, first b: "));
  EXPECT_THAT(fit(words + Words{"--motion", "1000"}).err, ::testing::Not(HasSubstr("jumps")));
}

TEST_F(FitCommand, AVideoBecomesOneAnimatedGlbAndOneMp4) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 4)) GTEST_SKIP() << "this OpenCV writes no video";
  json document = two_hands();
  const json image = document["images"]["photo.jpg"];
  for (const char* frame : {"clip_000000", "clip_000001", "clip_000003"}) document["images"][frame] = image;
  write("keypoints.json", document);
  const Words inputs = {"--keypoints", "keypoints.json", "clip.avi", "photo.jpg"};
  const Outcome outcome = fit(inputs + Words{"--write", "json,glb,mp4", "--batch", "2"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("1 image(s) without keypoints"));
  for (const char* name : {"clip_animated.glb", "clip_overlay.mp4", "clip_000003.json", "photo_side.jpg", "photo.glb"})
    EXPECT_TRUE(has(name)) << name;
  for (const char* name : {"clip_000003.glb", "clip.jsonl", "clip_000003_overlay.jpg", "photo_overlay.jpg",
                           "clip_000003_side.jpg", "clip_000003_keypoints.jpg"})
    EXPECT_FALSE(has(name)) << name;
  const GltfAnimation animation(bytes_of(folder_ / "out/clip_animated.glb"));
  for (int frame = 0; frame < 4; ++frame)
    EXPECT_EQ(animation.shown_at(static_cast<float>(frame / 12.0 + 0.01)).size(), frame == 2 ? 0u : 2u) << frame;
  double rate = 0;
  EXPECT_EQ(frames_of(folder_ / "out/clip_overlay.mp4", rate).size(), 4u);
  EXPECT_NEAR(rate, 12, 0.01);

  const Outcome sequence = fit(inputs + Words{"--write", "glb,side", "--sequence", "--out", "sequence"});
  ASSERT_EQ(sequence.exit_code, 0) << sequence.err;
  EXPECT_EQ(GltfAnimation(bytes_of(folder_ / "sequence/clip_animated.glb")).shown_at(0.09f).size(), 2u);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "sequence/clip_000003_side.jpg"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sequence/clip_000003_keypoints.jpg"));
}

TEST_F(FitCommand, AStoppedVideoIsCompleteUpToThere) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 400)) GTEST_SKIP() << "this OpenCV writes no video";
  json document = two_hands();
  document["images"] = {{"clip.avi", document["images"]["photo.jpg"]}};  // for all frames
  write("keypoints.json", document);
  Program program({"fit", "prior.safetensors", "--hand", "hand.h5", "--device", "cpu", "--out", "out", "--keypoints",
                   "keypoints.json", "clip.avi", "--write", "json,mp4", "--batch", "2"},
                  folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return has("clip_000003.json"); })) << program.error_output();
  program.send(SIGTERM);
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("0 of 1 inputs done"));
  size_t fitted = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out")) fitted += entry.path().extension() == ".json";
  EXPECT_LT(fitted, 400u);
  double rate = 0;
  EXPECT_EQ(frames_of(folder_ / "out/clip_overlay.mp4", rate).size(), fitted);
  const HandSet set = read_hand_set(folder_ / "out/hands.h5");
  ASSERT_EQ(set.size(), static_cast<int64_t>(fitted));
  EXPECT_EQ(set.sample[1], "clip_000001") << "the entry of the video names all frames";
}

// The other frames of a video are fitted.
TEST_F(FitCommand, OneFrameOfAVideoIsLeftOutAlone) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 3)) GTEST_SKIP() << "this OpenCV writes no video";
  json document = two_hands();
  const json image = document["images"]["photo.jpg"];
  document["images"] = {{"clip_000000", image}, {"clip_000001", image}, {"clip_000002", image}};
  document["images"]["clip_000001"]["size"] = {900, 900};
  write("keypoints.json", document);
  const Outcome outcome = fit({"--keypoints", "keypoints.json", "clip.avi", "--write", "json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("size_differs: 1"));
  EXPECT_TRUE(has("clip_000000.json"));
  EXPECT_FALSE(has("clip_000001.json"));
  EXPECT_TRUE(has("clip_000002.json"));
  EXPECT_EQ(result("clip_000002")["frame"], 2);
  EXPECT_EQ(result("clip_000002")["pair"], 1);
}

TEST_F(FitCommand, RefusesOutputsThatItDoesNotHave) {
  write("keypoints.json", two_hands());
  for (const auto& [kinds, words] : std::vector<std::pair<std::string, std::string>>{
           {"json,features", "computes no features"}, {"json,mp4", "there is no video"}, {"fbx", "'fbx'"}}) {
    const Outcome outcome = fit({"--keypoints", "keypoints.json", "photo.jpg", "--write", kinds});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.errors().at(0), AllOf(HasSubstr(words), HasSubstr("--write")));
    EXPECT_FALSE(has("")) << kinds;
  }
}

TEST_F(FitCommand, NoOutputReplacesAFileThatIsRead) {
  write("photo.json", two_hands());
  const std::string before = bytes_of(folder_ / "photo.json");
  std::filesystem::create_directory(folder_ / "images");
  std::filesystem::copy_file(folder_ / "photo.jpg", folder_ / "images/photo.jpg");
  for (const std::string image : {"images/photo.jpg", "photo.jpg"}) {
    const Outcome outcome = fit({"--keypoints", "photo.json", image, "--out", "."});
    EXPECT_EQ(outcome.exit_code, 1) << image;
    EXPECT_THAT(outcome.errors().at(0),
                HasSubstr(image == "photo.jpg" ? "holds the input images" : "an output of photo would replace"));
    EXPECT_EQ(bytes_of(folder_ / "photo.json"), before);
  }
  EXPECT_EQ(fit({"--keypoints", "photo.json", "photo.jpg", "--out", ".", "--numbers"}).exit_code, 0);
}

TEST_F(FitCommand, RefusesOtherCheckpointsAndHands) {
  write("keypoints.json", two_hands());
  EXPECT_THAT(Program({"fit", fixture_.sampler().string(), "--keypoints", "keypoints.json"}, folder_.path()).finish().err,
              HasSubstr("prior"));
  const Outcome boxes = fit({"--keypoints", "prior.safetensors"});
  EXPECT_EQ(boxes.exit_code, 1);
  EXPECT_EQ(boxes.errors().size(), 1u);
}

}  // namespace
}  // namespace interprior
