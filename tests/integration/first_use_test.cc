#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "fixture.h"
#include "interprior/data/patterns.h"

// First use: relative names in an empty folder, and data sets with one fault each.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class FirstUse : public ::testing::Test {
 protected:
  Outcome run(const Words& words) const { return run_program(words, folder_.path()); }
  void expect_done(const Words& words) const {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.exit_code, 0) << words[0] << " " << words[1] << "\n" << outcome.err;
  }
  // Links the fixture's data set as `root`.
  void copy_root() const {
    fs::create_directories(folder_ / "root");
    fs::copy(fixture_.images() / "annotations", folder_ / "root/annotations", fs::copy_options::recursive);
    fs::copy(fixture_.images() / "images", folder_ / "root/images", fs::copy_options::recursive);
  }
  fs::path annotations(const std::string& split, const std::string& what) const {
    return folder_ / "root/annotations" / split / ("InterHand2.6M_" + split + "_" + what + ".json");
  }
  void change(const std::string& split, const std::string& what, const std::function<void(json&)>& edit) const {
    json file = json::parse(bytes_of(annotations(split, what)));
    edit(file);
    std::ofstream(annotations(split, what)) << file.dump();
  }
  void each_hand(const std::function<void(json&)>& edit) const {
    for (const char* split : {"train", "val", "test"})
      change(split, "MANO_NeuralAnnot", [&](json& file) {
        for (auto& capture : file)
          for (auto& frame : capture)
            for (const char* side : {"right", "left"})
              if (frame.contains(side) && !frame[side].is_null()) edit(frame[side]);
      });
  }
  std::vector<std::string> findings(const std::string& path) const {
    const json report = json::parse(run({"inspect", path, "--hand", fixture_.hand().string(), "--json"}).out);
    std::vector<std::string> names;
    for (const json& one : report["findings"]) names.push_back(one["name"]);
    return names;
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(FirstUse, EveryWriterAcceptsABareFileName) {
  copy_root();
  expect_done({"prepare", "hand", "--procedural", "--out", "hand.h5"});
  expect_done({"prepare", "interhand", "root", "--out", "images.h5"});
  expect_done({"prepare", "interhand", "root", "--out", "packed.h5", "--scan-images", "--pack", "shards"});
  expect_done({"prepare", "two-hand", "images.h5", "--hand", "hand.h5", "--out", "patterns.h5"});
  expect_done({"synthesize", "patterns", "made.h5", "--count", "20", "--hand", "hand.h5"});
  expect_done({"synthesize", "images", "rendered", "--count", "8", "--hand", "hand.h5"});
  expect_done({"inspect", "images.h5", "--hand", "hand.h5", "--draw", "drawn", "--count", "1"});
  expect_done({"evaluate", fixture_.sampler().string(), "--data", "images.h5", "--out", "page", "--device", "cpu"});
  expect_done(
      {"evaluate", "--predictions", "page/predictions.h5", "--truth", "page/truth.h5", "--hand", "hand.h5", "--out", "again"});
  EXPECT_TRUE(findings("images.h5").empty());
  EXPECT_TRUE(findings("page/truth.h5").empty());
}

TEST_F(FirstUse, ImplausibleDataIsRefusedUnlessAccepted) {
  copy_root();
  each_hand([](json& hand) {
    for (auto& number : hand["trans"]) number = number.get<double>() * 1000;
  });
  EXPECT_THAT(findings("root"), Contains("mano_unit"));
  const Outcome refused = run({"prepare", "interhand", "root", "--out", "images.h5"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("millimetres"));
  EXPECT_FALSE(fs::exists(folder_ / "images.h5"));
  expect_done({"prepare", "interhand", "root", "--out", "images.h5", "--accept", "mano_unit"});
  EXPECT_EQ(run({"prepare", "two-hand", "root", "--hand", fixture_.hand().string(), "--out", "patterns.h5"}).exit_code, 1);
  const Outcome training =
      run(fixture_.train_sampler(folder_ / "run", 2, {"data.train=[{path: " + (folder_ / "images.h5").string() + "}]"}));
  EXPECT_EQ(training.exit_code, 1) << training.err;
  EXPECT_THAT(training.err, HasSubstr("--accept mano_unit"));
  EXPECT_EQ(run({"prepare", "interhand", "root", "--out", "images.h5", "--accept", "mano_unitt"}).exit_code, 1);
}

TEST_F(FirstUse, DamagedImagesAreCountedAndExitWithOne) {
  copy_root();
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "root/images"))
    if (entry.path().extension() == ".jpg") {
      fs::remove(entry.path());
      std::ofstream(entry.path()) << "no image";
      break;
    }
  const Outcome outcome = run({"prepare", "interhand", "root", "--out", "images.h5", "--scan-images"});
  EXPECT_EQ(outcome.exit_code, 1);
  ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
  EXPECT_THAT(outcome.errors()[0],
              HasSubstr("1 images were left out because of a fault, all others are written: image_damaged 1 (such as "));
  EXPECT_TRUE(fs::exists(folder_ / "images.h5"));
  expect_done({"prepare", "interhand", "root", "--out", "images.h5", "--scan-images", "--accept", "image_damaged"});
}

TEST_F(FirstUse, PatternsInMillimetresAreNotTrainedOn) {
  Patterns patterns = read_patterns(fixture_.patterns());
  patterns.translation *= 1000;
  write_patterns(folder_ / "patterns.h5", patterns);
  EXPECT_THAT(findings("patterns.h5"), Contains("mano_unit"));
  const Words train = fixture_.train_prior(folder_ / "run", 2, {"data.train.path=" + (folder_ / "patterns.h5").string()});
  const Outcome refused = run(train);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("millimetres"));
  EXPECT_FALSE(fs::exists(folder_ / "run/checkpoints/last.safetensors"));
}

}  // namespace
}  // namespace interprior
