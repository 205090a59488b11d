#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>

#include "fixture.h"
#include "keypoint_document.h"
#include "python.h"

// docs/reconstruction.schema.json against what `predict` and `fit` write, by Python's jsonschema.
namespace interprior {
namespace {

using nlohmann::json;

class ReconstructionSchema : public PythonScripts {
 protected:
  void SetUp() override {
    need("jsonschema, numpy");
    std::filesystem::copy_file(fixture_.image(), folder_ / "photo.jpg");
    std::ofstream(folder_ / "keypoints.json") << two_hands().dump();
  }
  Outcome call(const Words& words) const {
    return Program(words + Words{"--hand", fixture_.hand().string(), "--device", "cpu"}, folder_.path()).finish();
  }
  json result(const std::string& file) const { return json::parse(bytes_of(folder_ / file), nullptr, false); }

  // The faults of documents, one list for each, as "PATH: MESSAGE".
  std::vector<std::vector<std::string>> faults_of(const std::vector<json>& documents) const {
    std::ofstream(folder_ / "documents.json") << json(documents).dump();
    const std::string schema = (source_ / "docs/reconstruction.schema.json").string();
    const int status = lines("import json, jsonschema\nschema = json.load(open('" + schema + "'))\n" +
                             R"(checker = jsonschema.Draft202012Validator
checker.check_schema(schema)
print(json.dumps([[f"{error.json_path}: {error.message[:200]}" for error in checker(schema).iter_errors(document)]
                  for document in json.load(open("documents.json"))]))
)");
    EXPECT_EQ(status, 0) << errors();
    return json::parse(output()).get<std::vector<std::vector<std::string>>>();
  }
  void expect_valid(const std::vector<json>& documents) const {
    for (const std::vector<std::string>& faults : faults_of(documents)) EXPECT_THAT(faults, ::testing::IsEmpty());
  }

  const Fixture& fixture_ = fixture();
};

TEST_F(ReconstructionSchema, DescribesImages) {
  const Words predict = {"predict", fixture_.sampler().string(), "photo.jpg", "--write", "json"};
  ASSERT_EQ(call(predict + Words{"--box", "40,100,250,250", "--out", "box"}).exit_code, 0);
  ASSERT_EQ(call(predict + Words{"--hypotheses", "1", "--camera", "900,900,-10,240", "--out", "whole"}).exit_code, 0);
  const json whole = result("whole/photo.json");
  EXPECT_TRUE(whole.at("right").at("spread").is_null());
  EXPECT_FALSE(whole.at("warnings").empty());
  expect_valid({result("box/photo.json"), whole});
}

TEST_F(ReconstructionSchema, DescribesHypotheses) {
  const Outcome outcome = call(
      {"predict", fixture_.sampler().string(), "photo.jpg", "--write", "json,hypotheses", "--hypotheses", "3", "--out", "out"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json good = result("out/photo.json");
  ASSERT_EQ(good.at("hypotheses").size(), 3u);
  expect_valid({good});
  std::vector<json> wrong;
  const auto with = [&](const char* place, const json& value) {
    wrong.push_back(good);
    wrong.back()[json::json_pointer(place)] = value;
  };
  with("/frame", -1);
  with("/pair", 0);
  with("/pair", nullptr);
  with("/hypotheses", json::array());
  with("/hypotheses/2/unknown", 0);
  with("/hypotheses/1/left", nullptr);
  with("/hypotheses/1/left/joints", json::array());
  with("/hypotheses/0/right/pose/47", nullptr);
  with("/hypotheses/0/right/shape", json::array({0, 0, 0}));
  wrong.push_back(good);
  wrong.back()["hypotheses"][0].erase("left");
  const auto faults = faults_of(wrong);
  ASSERT_EQ(faults.size(), wrong.size());
  for (size_t i = 0; i < faults.size(); ++i) EXPECT_THAT(faults[i], ::testing::Not(::testing::IsEmpty())) << "document " << i;
}

TEST_F(ReconstructionSchema, DescribesEveryLineOfAVideo) {
  cv::VideoWriter writer((folder_ / "clip.avi").string(), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 12, {300, 280});
  if (!writer.isOpened()) GTEST_SKIP() << "this OpenCV writes no video";
  const cv::Mat image = cv::imread((folder_ / "photo.jpg").string());
  for (int i = 0; i < 3; ++i) writer.write(image(cv::Rect(i, i, 300, 280)).clone());
  writer.release();
  const Outcome outcome = call({"predict", fixture_.sampler().string(), "clip.avi", "--write", "json", "--out", "out"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  std::vector<json> documents;
  std::istringstream text(bytes_of(folder_ / "out/clip.jsonl"));
  for (std::string line; std::getline(text, line);) documents.push_back(json::parse(line));
  ASSERT_EQ(documents.size(), 3u);
  EXPECT_EQ(documents[2].at("frame"), 2);
  expect_valid(documents);
}

TEST_F(ReconstructionSchema, DescribesFitsAndKeypoints) {
  json one_hand = two_hands();
  one_hand["images"]["photo.jpg"]["pairs"][0].erase("left");
  std::ofstream(folder_ / "right.json") << one_hand.dump();
  const Words fit = {"fit", fixture_.prior().string(), "photo.jpg", "--write", "json"};
  ASSERT_EQ(call(fit + Words{"--keypoints", "keypoints.json", "--out", "both"}).exit_code, 0);
  ASSERT_EQ(call(fit + Words{"--keypoints", "right.json", "--prior", "none", "--out", "right"}).exit_code, 0);

  const Words of_keypoints = {"data.cues=keypoints", "model.relative_translation=prior"};
  const Outcome trained = Program(fixture_.train_cues(folder_ / "run", 2, of_keypoints), folder_.path()).finish();
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const std::string cues = (folder_ / "run/checkpoints/last.safetensors").string();
  const Outcome predicted =
      call({"predict", cues, "photo.jpg", "--keypoints", "keypoints.json", "--write", "json", "--out", "cues"});
  ASSERT_EQ(predicted.exit_code, 0) << predicted.err;

  const json both = result("both/photo.json"), right = result("right/photo.json"), of_cues = result("cues/photo.json");
  EXPECT_TRUE(both.contains("fit"));
  EXPECT_TRUE(right.at("fit").at("keypoint_distance").at("left").at(0).is_null());
  EXPECT_TRUE(of_cues.contains("keypoints"));
  expect_valid({both, right, of_cues});
}

TEST_F(ReconstructionSchema, EveryWrongDocumentFails) {
  ASSERT_EQ(
      call({"fit", fixture_.prior().string(), "photo.jpg", "--keypoints", "keypoints.json", "--write", "json", "--out", "out"})
          .exit_code,
      0);
  const json good = result("out/photo.json");
  std::vector<json> wrong;
  const auto with = [&](const char* place, const json& value) {
    wrong.push_back(good);
    wrong.back()[json::json_pointer(place)] = value;
  };
  with("/version", 1);
  with("/format", "interprior.keypoints");
  with("/unknown", 0);
  with("/right/unknown", 0);
  with("/fit/minima/0/left/unknown", 0);
  with("/camera/fx", 0);
  with("/camera/width", 640.5);
  with("/camera_source", "guessed");
  with("/box", json::array({0, 0, 10}));
  with("/box", json::array({0, 0, 10, 10, 10}));
  with("/warnings/0", "too_dark");
  with("/left/presence", 1.5);
  with("/left/present", "yes");
  with("/left/pose", json::array({0, 0, 0}));
  with("/right/shape/9", nullptr);
  with("/right/joints/20", json::array({0, 0}));
  with("/right/joints_2d/20", json::array({0, 0, 0}));
  with("/right/spread", json::array({-0.1}));
  with("/fit/minima", json::array());
  with("/fit/keypoint_distance/left/3", -1);
  with("/fit/disagreements", json::array({"left index_4"}));
  with("/fit/prior", "uniform");
  // Every key is needed, except the two of keypoints and those of the place in the input.
  for (const auto& [key, value] : good.items()) {
    if (key == "fit" || key == "keypoints" || key == "frame" || key == "pair") continue;
    wrong.push_back(good);
    wrong.back().erase(key);
  }
  for (const auto& [key, value] : good.at("left").items()) {
    wrong.push_back(good);
    wrong.back()["left"].erase(key);
  }
  const auto faults = faults_of(wrong);
  ASSERT_EQ(faults.size(), wrong.size());
  for (size_t i = 0; i < faults.size(); ++i) EXPECT_THAT(faults[i], ::testing::Not(::testing::IsEmpty())) << "document " << i;
}

}  // namespace
}  // namespace interprior
