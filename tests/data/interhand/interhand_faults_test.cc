#include <gmock/gmock.h>

#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/data/interhand/interhand.h"
#include "small_root.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

// Annotation files with faults: each fault removes only its own row, is counted by its own reason, and has one example.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using Skips = std::map<std::string, int64_t>;

class InterHandFaults : public ::testing::Test {
 protected:
  ImageIndex read() const {
    root_.write(folder_.path());
    return read_interhand(folder_.path(), "test");
  }
  // The file as Python's json.dump writes it, with NaN.
  void replace(const char* what, const std::string& from, const std::string& to) const {
    const auto path = folder_ / "annotations/test" / ("InterHand2.6M_test_" + std::string(what) + ".json");
    std::string text = read_file(path);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_plainly(path, text.replace(at, from.size(), to));
  }
  SmallRoot root_ = small_root(3);
  TemporaryDirectory folder_;
};

TEST_F(InterHandFaults, NonFiniteNumbersRemoveOnlyTheirRow) {
  for (const char* word : {"NaN", "Infinity", "-Infinity"}) {
    root_.mano["7"]["5001"]["left"]["trans"][1] = 0.123456;
    root_.write(folder_.path());
    replace("MANO_NeuralAnnot", "0.123456", word);
    const ImageIndex index = read_interhand(folder_.path(), "test");
    EXPECT_EQ(index.skipped, (Skips{{"not_finite", 1}})) << word;
    EXPECT_EQ(index.usable.size(), 2u);
    EXPECT_THAT(index.examples.at("not_finite"), HasSubstr("frame 5001, left hand"));
  }
}

TEST_F(InterHandFaults, NonFiniteJointsBoxesAndCameras) {
  root_.joints["7"]["5001"]["world_coord"][3][0] = 123.456;
  root_.write(folder_.path());
  replace("joint_3d", "123.456", "NaN");
  EXPECT_EQ(read_interhand(folder_.path(), "test").skipped, (Skips{{"not_finite", 1}}));
  root_ = small_root(3);
  root_.data["annotations"][2]["bbox"][0] = 123.456;
  root_.write(folder_.path());
  replace("data", "123.456", "NaN");
  EXPECT_EQ(read_interhand(folder_.path(), "test").skipped, (Skips{{"not_finite", 1}}));
  root_ = small_root(3);
  root_.camera["7"]["focal"]["400262"][0] = 123.456;
  root_.write(folder_.path());
  replace("camera", "123.456", "NaN");
  const ImageIndex index = read_interhand(folder_.path(), "test");
  EXPECT_EQ(index.skipped, (Skips{{"camera_missing", 3}}));
  EXPECT_THAT(index.examples.at("camera_missing"), HasSubstr("camera 400262: focal"));
}

TEST_F(InterHandFaults, InvalidJointsMayHaveAnyValue) {
  root_.joints["7"]["5001"]["world_coord"][3] = {123.456, 0, 0};
  root_.joints["7"]["5001"]["joint_valid"][3] = {0};
  root_.write(folder_.path());
  replace("joint_3d", "123.456", "NaN");
  const ImageIndex index = read_interhand(folder_.path(), "test");
  EXPECT_EQ(index.skipped, Skips{});
  EXPECT_EQ(index.usable.size(), 3u);
}

TEST_F(InterHandFaults, MalformedManoHasItsOwnReasonAndOneExample) {
  const SmallRoot good = root_;
  const auto expect = [&](const std::string& words) {
    const ImageIndex index = read();
    EXPECT_EQ(index.skipped, (Skips{{"mano_malformed", 1}})) << words;
    EXPECT_THAT(index.examples.at("mano_malformed"), HasSubstr(words));
    root_ = good;
  };
  const auto hand = [&]() -> json& { return root_.mano["7"]["5000"]["right"]; };
  hand()["pose"].erase(0);
  expect("`pose` has 47 numbers instead of 48");
  hand()["pose"] = "straight";
  expect("`pose` is a string");
  hand()["transl"] = hand()["trans"];
  hand().erase("trans");
  expect("`trans` is missing; smplx calls it `transl`");
  hand()["shape"][2] = nullptr;
  expect("`shape` holds null");
  hand() = "a hand";
  expect("it is a string");
}

TEST_F(InterHandFaults, HandsAndFramesThatAreNullAreMissing) {
  root_.mano["7"]["5000"]["right"] = nullptr;
  root_.mano["7"]["5001"] = nullptr;
  EXPECT_EQ(read().skipped, (Skips{{"mano_missing", 1}, {"mano_one_hand", 1}}));
  root_ = small_root(3);
  root_.data["images"][0]["capture"] = nullptr;
  const ImageIndex index = read();
  EXPECT_EQ(index.skipped, (Skips{{"malformed", 1}}));
  EXPECT_THAT(index.examples.at("malformed"), HasSubstr("image 10: `capture` is null"));
}

TEST_F(InterHandFaults, NumbersInOtherNotationsAreRead) {
  root_.data["images"][0]["frame_idx"] = 5000.0;
  root_.data["images"][1]["frame_idx"] = "5001";
  root_.data["images"][0]["width"] = "334";
  root_.data["images"][1]["capture"] = 7.0;
  root_.data["annotations"][2]["bbox"][0] = "60.5";
  root_.data["annotations"][1]["image_id"] = 11.0;
  root_.mano["7"]["5000"]["right"]["shape"][0] = "0.25";
  const ImageIndex index = read();
  EXPECT_EQ(index.skipped, Skips{});
  ASSERT_EQ(index.usable.size(), 3u);
  EXPECT_EQ(index.usable[2].box.x, 60.5);
  EXPECT_EQ(index.usable[0].mano.right->shape[0], 0.25);
}

TEST_F(InterHandFaults, TheFirstReleasesJointsAreRead) {
  const ImageIndex now = read();
  const auto joints = now.usable[1].joints_in_camera;
  for (auto& frame : root_.joints["7"]) frame = json(frame["world_coord"]);
  const ImageIndex first = read();
  EXPECT_EQ(first.skipped, Skips{});
  EXPECT_TRUE(first.usable[1].joints_in_camera == joints);
  EXPECT_EQ(first.usable[1].joint_valid, now.usable[1].joint_valid);
}

}  // namespace
}  // namespace interprior
