#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fixture.h"
#include "infer/keypoints/keypoint_files.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/hand/skeleton.h"
#include "keypoint_document.h"
#include "predict_command.h"

// `train cues` on keypoints and `predict --keypoints`.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Words kOfKeypoints = {"data.cues=keypoints", "model.relative_translation=prior"};

class PredictKeypoints : public ::testing::Test {
 protected:
  PredictKeypoints() {
    std::filesystem::copy_file(fixture_.hand(), folder_ / "hand.h5");
    std::filesystem::copy_file(fixture_.image(), folder_ / "photo.jpg");
  }
  // Trains a cue stage for two steps: cues.safetensors.
  void train(const Words& more = {}) const {
    std::filesystem::remove_all(folder_ / "run");
    const Outcome outcome = Program(fixture_.train_cues(folder_ / "run", 2, kOfKeypoints + more), folder_.path()).finish();
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    std::filesystem::copy_file(folder_ / "run/checkpoints/last.safetensors", folder_ / "cues.safetensors",
                               std::filesystem::copy_options::overwrite_existing);
  }
  Outcome predict(const Words& more, const std::string& checkpoint = "cues.safetensors") const {
    return Program(Words{"predict", checkpoint, "--hand", "hand.h5", "--device", "cpu", "--out", "out"} + more, folder_.path())
        .finish();
  }
  void write(const std::string& name, const json& document) const { std::ofstream(folder_ / name) << document.dump(); }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / ("out/" + name)); }
  json result(const std::string& name) const {
    return json::parse(bytes_of(folder_ / ("out/" + name + ".json")), nullptr, false);
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(PredictKeypoints, WritesTheFilesOfPredict) {
  train();
  EXPECT_EQ(Safetensors(folder_ / "cues.safetensors").metadata().at("cues"), "keypoints");
  write("keypoints.json", two_hands());
  const Outcome outcome = predict({"photo.jpg", "--keypoints", "keypoints.json", "--features", "F.h5", "--write",
                                   "json,overlay,obj,ply,glb", "--presence", "0"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* name : {"photo.json", "photo.glb", "photo_right.obj", "photo_left.ply", "photo_overlay.jpg"})
    EXPECT_TRUE(has(name)) << name;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "F.h5"));
  const json hands = result("photo");
  EXPECT_EQ(hands["source"], "photo.jpg");
  EXPECT_EQ(hands["box_source"], "keypoints");
  EXPECT_EQ(hands["camera_source"], "assumed");
  EXPECT_EQ(hands["keypoints"]["keypoint_distance"]["left"].size(), 21u);
  EXPECT_GT(hands["keypoints"]["residual_of_box"].get<double>(), 0);
  EXPECT_EQ(hands["right"]["spread"].size(), 21u);
  EXPECT_FALSE(hands.contains("fit"));
  EXPECT_THAT(hands["warnings"].dump(), Not(HasSubstr("keypoints_unlearned")));

  // Without the image: the same hands on grey, if the size is known.
  const Outcome unknown = predict({"--keypoints", "keypoints.json"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("size_unknown"), HasSubstr("pass the images")));
  json sized = two_hands();
  sized["images"]["photo.jpg"]["size"] = {hands["camera"]["width"], hands["camera"]["height"]};
  write("keypoints.json", sized);
  ASSERT_EQ(predict({"--keypoints", "keypoints.json"}).exit_code, 0);
  EXPECT_EQ(result("photo")["right"]["joints"], hands["right"]["joints"]);
  EXPECT_TRUE(has("photo_overlay.jpg"));
}

TEST_F(PredictKeypoints, ItsSampleIsAnAdditionalStartOfAFit) {
  train();
  write("keypoints.json", two_hands());
  std::filesystem::copy_file(fixture_.prior(), folder_ / "prior.safetensors");
  const auto fit = [&](const Words& more) {
    return Program(Words{"fit", "prior.safetensors", "photo.jpg", "--keypoints", "keypoints.json", "--hand", "hand.h5",
                         "--device", "cpu", "--out", "out"} +
                       more,
                   folder_.path())
        .finish();
  };
  const Outcome alone = fit({});
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  const Outcome started = fit({"--cues", "cues.safetensors"});
  ASSERT_EQ(started.exit_code, 0) << started.err;
  const json minima = result("photo")["fit"]["minima"];
  ASSERT_GT(minima.size(), 0u);
  for (const char* side : {"right", "left"})
    for (const char* part : {"pose", "shape", "translation", "joints"})
      EXPECT_EQ(minima[0][side][part], result("photo")[side][part]) << side << " " << part;
  for (const char* prior : {"code", "residual"})
    EXPECT_EQ(fit({"--cues", "cues.safetensors", "--prior", prior}).exit_code, 0) << prior;
  EXPECT_EQ(fit({"--cues", "prior.safetensors"}).exit_code, 1);
  EXPECT_EQ(fit({"--cues", "cues.safetensors", "--sequence"}).exit_code, 2);
}

TEST_F(PredictKeypoints, CamerasAndSeveralPairs) {
  train();
  json document = two_hands();
  json& pairs = document["images"]["photo.jpg"]["pairs"];
  pairs.push_back(pairs[0]);
  pairs[1]["camera"] = {900, 901, 160, 250};
  pairs.push_back({{"right", fan(120, 220, 1)}});
  write("keypoints.json", document);
  const Outcome outcome = predict({"photo.jpg", "--keypoints", "keypoints.json", "--focal", "750", "--hypotheses", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(result("photo_1")["camera_source"], "focal");
  EXPECT_EQ(result("photo_1")["camera"]["fx"], 750.);
  EXPECT_EQ(result("photo_2")["camera_source"], "file");
  EXPECT_EQ(result("photo_2")["camera"]["fy"], 901.);
  EXPECT_TRUE(result("photo_1")["left"]["spread"].is_null());
  // With one hand the other is absent.
  EXPECT_EQ(result("photo_3")["left"]["presence"], 0);
  EXPECT_EQ(result("photo_3")["left"]["present"], false);
  EXPECT_NEAR(result("photo_3")["right"]["presence"].get<double>(), 0.9, 1e-6);
  EXPECT_TRUE(result("photo_3")["keypoints"]["keypoint_distance"]["left"][0].is_null());
  EXPECT_THAT(outcome.err, HasSubstr("left_hand_absent: 1 of 3, first photo_3"));
}

TEST_F(PredictKeypoints, WithoutImagesASequenceHasOneShapeOnGrey) {
  train();
  json document = two_hands();
  document["images"].begin().value()["size"] = {300, 400};
  document["images"]["other.jpg"] = document["images"].begin().value();
  write("keypoints.json", document);
  const Outcome outcome = predict({"--keypoints", "keypoints.json", "--one-shape"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  std::vector<json> shapes;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out"))
    if (entry.path().extension() == ".json") shapes.push_back(json::parse(bytes_of(entry.path()))["left"]["shape"]);
  ASSERT_EQ(shapes.size(), document["images"].size());
  for (const json& shape : shapes) EXPECT_EQ(shape, shapes[0]);
}

TEST_F(PredictKeypoints, CountsSkippedInputs) {
  train();
  json document = two_hands();
  for (int i = 0; i < 17; ++i) document["images"]["photo.jpg"]["pairs"][0]["left"][i] = nullptr;
  document["images"]["nowhere.jpg"] = two_hands()["images"]["photo.jpg"];
  document["images"]["nobody.jpg"]["pairs"] = json::array();
  write("keypoints.json", document);
  std::filesystem::copy_file(fixture_.image(), folder_ / "other.jpg");
  const Outcome outcome = predict({"photo.jpg", "other.jpg", "--keypoints", "keypoints.json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("few_joints"), HasSubstr("image_missing"), HasSubstr("nowhere.jpg"),
                                 HasSubstr("1 image(s) without keypoints")));
  EXPECT_EQ(result("photo")["left"]["presence"], 0);
  document = two_hands();
  document["images"]["photo.jpg"]["size"] = {5, 5};
  write("keypoints.json", document);
  EXPECT_THAT(predict({"photo.jpg", "--keypoints", "keypoints.json", "--accept", "keypoints_outside"}).err,
              HasSubstr("size_differs: "));
  EXPECT_THAT(predict({"photo.jpg", "--keypoints", "keypoints.json"}).err, HasSubstr("keypoints_outside"));
  document["images"]["photo.jpg"]["size"] = {1000000, 1000000};
  write("keypoints.json", document);
  EXPECT_THAT(predict({"--keypoints", "keypoints.json"}).err, HasSubstr("size_too_large: "));
  document["images"]["photo.jpg"]["pairs"] = json::array();
  write("keypoints.json", document);
  const Outcome none = predict({"photo.jpg", "--keypoints", "keypoints.json"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("no hand in any of"));
}

// Keypoints of frames that --max-frames leaves out are not missing.
TEST_F(PredictKeypoints, LaterFramesOfAVideoAreNotMissed) {
  if (!write_video(folder_ / "clip.avi", fixture_.image(), 4)) GTEST_SKIP() << "this OpenCV writes no video";
  train();
  json document = two_hands();
  const json image = document["images"]["photo.jpg"];
  document["images"] = {{"clip_000000", image}, {"clip_000001", image}, {"clip_000003", image}};
  write("keypoints.json", document);
  const Outcome outcome = predict({"clip.avi", "--keypoints", "keypoints.json", "--max-frames", "2", "--write", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(lines_of(folder_ / "out/clip.jsonl").size(), 2u);
  document["images"]["clip_0000x3"] = image;
  write("keypoints.json", document);
  const Outcome other = predict({"clip.avi", "--keypoints", "keypoints.json", "--max-frames", "2", "--write", "json"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, AllOf(HasSubstr("image_missing: 1"), HasSubstr("clip_0000x3")));
}

// Keys may be any text; outputs named after them stay in the folder.
TEST_F(PredictKeypoints, ImageNamesBecomeFileNames) {
  train();
  json document = two_hands();
  json image = document["images"]["photo.jpg"];
  image["size"] = {300, 300};
  document["images"] = json::object();
  const std::vector<std::string> keys = {"..",    "a/../../b.jpg", "/etc/c.jpg", std::string(400, 'x'), "tab\there.jpg",
                                         "d.jpg", "d.png"};
  for (const std::string& key : keys) document["images"][key] = image;
  write("keypoints.json", document);
  const Outcome outcome = predict({"--keypoints", "keypoints.json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  size_t written = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out"))
    written += entry.path().extension() == ".json" && entry.file_size() > 0;
  EXPECT_EQ(written, keys.size());
  EXPECT_TRUE(has("d.json"));
  EXPECT_TRUE(has("d_2.json"));
}

// A wrong order of joints is detected by the bone lengths.
TEST_F(PredictKeypoints, AnotherJointOrderIsDetected) {
  train();
  json document = two_hands();
  document["images"] = json::object();
  const std::vector<HandJoints> hands = hands_seen_from_everywhere(30, 7);
  for (size_t i = 0; i < hands.size(); ++i) {
    json joints = json::array();
    for (const int64_t joint : kToInterHand) {
      const Vector3& x = hands[i][static_cast<size_t>(joint)];
      joints.push_back({250 + 900 * x[0], 250 + 900 * x[1], 0.9});
    }
    const std::string name = "photo_" + std::to_string(i) + ".jpg";
    document["images"][name] = {{"size", {500, 500}}, {"pairs", json::array({{{"right", joints}}})}};
  }
  write("keypoints.json", document);
  const Outcome refused = predict({"--keypoints", "keypoints.json"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("\"order\": \"interhand\""));
  const Outcome accepted = predict({"--keypoints", "keypoints.json", "--accept", "keypoints_order"});
  EXPECT_THAT(accepted.err, HasSubstr("keypoints_order: "));
  EXPECT_TRUE(has("photo_29.json")) << accepted.err;
}

TEST_F(PredictKeypoints, RefusesNetworksThatNeedOtherInputs) {
  write("keypoints.json", two_hands());
  const auto refused = [&](const std::string& checkpoint, const Words& more = {"--keypoints", "keypoints.json"}) {
    const Outcome outcome = predict(Words{"photo.jpg"} + more, checkpoint);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_EQ(outcome.errors().size(), 1u) << outcome.err;
    return outcome.err;
  };
  // The fixture's sampler needs tau for the left wrist.
  EXPECT_THAT(refused(fixture_.sampler().string()), AllOf(HasSubstr("model.relative_translation"), HasSubstr("set it to prior")));
  EXPECT_THAT(refused(fixture_.prior().string()), AllOf(HasSubstr("prior"), HasSubstr("interprior fit")));
  train();
  EXPECT_THAT(refused("cues.safetensors", {}), AllOf(HasSubstr("cue stage"), HasSubstr("--keypoints")));
  const Outcome both = predict({"photo.jpg", "--keypoints", "keypoints.json", "--box", "1,1,50,50"});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_EQ(predict({}).exit_code, 2) << "neither images nor keypoints";
  for (const auto& [key, words] : std::vector<std::pair<std::string, Words>>{
           {"model.relative_translation", {"data.cues=keypoints"}},
           {"model.heatmap.neighbourhood", kOfKeypoints + Words{"model.heatmap.neighbourhood=space"}}}) {
    const Outcome outcome = Program(fixture_.train_cues(folder_ / "refused", 2, words), folder_.path()).finish();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr(key));
  }
}

TEST_F(PredictKeypoints, ACueStageNotTrainedOnKeypointsIsReported) {
  train({"data.cues=image"});
  write("keypoints.json", two_hands());
  const Outcome outcome = predict({"photo.jpg", "--keypoints", "keypoints.json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("keypoints_unlearned: 1 of 1"), HasSubstr("data.cues=keypoints")));
  EXPECT_THAT(result("photo")["warnings"].dump(), HasSubstr("keypoints_unlearned"));
}

}  // namespace
}  // namespace interprior
