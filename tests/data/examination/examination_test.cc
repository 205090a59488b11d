#include "interprior/data/examination/examination.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include "data/interhand/small_root.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/data/interhand/interhand.h"
#include "interprior/hand/joint_orders.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

// Each set with one fault gives the finding of that fault; a set without faults gives none.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names_of(const Health& health) {
  std::vector<std::string> names;
  for (const Finding& finding : health.findings) names.push_back(finding.name);
  return names;
}

const Finding& finding(const Health& health, const std::string& name) {
  static const Finding none;
  for (const Finding& one : health.findings)
    if (one.name == name) return one;
  return none;
}

// Twenty frames, each seen by two cameras at one position, with boxes around the projected joints.
class ExaminedRoot : public ::testing::Test {
 protected:
  ExaminedRoot() : root_(small_root(20)) {
    for (const auto& [key, of_all] : root_.camera["7"].items()) root_.camera["7"][key]["400263"] = of_all["400262"];
    const size_t count = root_.data["images"].size();
    for (size_t i = 0; i < count; ++i) {
      json image = root_.data["images"][i], annotation = root_.data["annotations"][i];
      annotation["bbox"] = root_.data["annotations"][i]["bbox"] = box(static_cast<int64_t>(i));
      image["camera"] = "400263";
      image["id"] = annotation["id"] = annotation["image_id"] = 10 + count + i;
      image["file_name"] = "Capture7/0042_pray/cam400263/image" + std::to_string(5000 + i) + ".jpg";
      root_.data["images"].push_back(image);
      root_.data["annotations"].push_back(annotation);
      root_.images.push_back(root_.images[i]);
    }
  }

  json box(int64_t frame) const {
    const torch::Tensor camera = torch::matmul(root_.joints_in_world[frame].view({-1, 3}) - root_.position, root_.rotation.t());
    const torch::Tensor u = camera.select(1, 0) / camera.select(1, 2) * root_.pinhole.fx + root_.pinhole.cx,
                        v = camera.select(1, 1) / camera.select(1, 2) * root_.pinhole.fy + root_.pinhole.cy;
    const double x = u.min().item<double>(), y = v.min().item<double>();
    return {x - 8, y - 8, u.max().item<double>() - x + 16, v.max().item<double>() - y + 16};
  }

  json& frames_mano() { return root_.mano["7"]; }
  json& frames_joints() { return root_.joints["7"]; }
  void each_hand(const std::function<void(json& hand, const std::string& side)>& change) {
    for (auto& frame : frames_mano())
      for (const char* side : {"right", "left"}) change(frame[side], side);
  }

  Health examined(const HandModel* hand = nullptr) {
    root_.write(folder_.path());
    tables_ = std::make_shared<const ImageTables>(read_interhand_tables(folder_.path(), "all"));
    return examine_images(*tables_, "all", hand);
  }
  ImageIndex indexed(const UsableRule& rule = {}) {
    root_.write(folder_.path());
    return read_interhand(folder_.path(), "all", rule);
  }

  SmallRoot root_;
  TemporaryDirectory folder_;
  std::shared_ptr<const ImageTables> tables_;
};

TEST_F(ExaminedRoot, AValidRootHasNoFindings) {
  EXPECT_THAT(names_of(examined()), IsEmpty());
  const Health health = examined(&test_hand());
  EXPECT_THAT(names_of(health), IsEmpty());
  EXPECT_EQ(health.mano_fit.right.hands, 20);
  EXPECT_LT(health.mano_fit.left.largest_mm, 0.01);
}

TEST_F(ExaminedRoot, TranslationsInAnotherUnit) {
  for (const auto& one : {std::pair{"millimetres", 1000.0}, std::pair{"centimetres", 100.0}}) {
    const char* unit = one.first;
    const double factor = one.second;
    each_hand([&](json& hand, const std::string&) {
      for (auto& number : hand["trans"]) number = number.get<double>() * factor;
    });
    const Health health = examined();
    EXPECT_TRUE(finding(health, "mano_unit").refused) << unit;
    EXPECT_THAT(finding(health, "mano_unit").what, HasSubstr(unit));
    EXPECT_THAT([&] { require_healthy(health.findings, {}, "ROOT"); }, ThrowsError(HasSubstr("--accept mano_unit")));
    EXPECT_NO_THROW(require_healthy(health.findings, {"mano_unit"}, "ROOT"));
    each_hand([&](json& hand, const std::string&) {
      for (auto& number : hand["trans"]) number = number.get<double>() / factor;
    });
  }
}

TEST_F(ExaminedRoot, CameraPositionsInMetres) {
  for (auto& position : root_.camera["7"]["campos"])
    for (auto& number : position) number = number.get<double>() / 1000;
  const Health health = examined();
  EXPECT_TRUE(finding(health, "camera_unit").refused);
  EXPECT_THAT(finding(health, "camera_unit").what, HasSubstr("metres"));
}

TEST_F(ExaminedRoot, ACameraThatMisprojectsIsNamed) {
  const torch::Tensor turned =
      torch::matmul(matrix_from_axis_angle(torch::tensor({0.0, 20.0 * M_PI / 180, 0.0}, torch::kFloat64)), root_.rotation);
  root_.camera["7"]["camrot"]["400263"] = SmallRoot::rows(turned);
  const Health health = examined();
  EXPECT_THAT(names_of(health), ElementsAre("camera_misprojects"));
  EXPECT_THAT(finding(health, "camera_misprojects").what, HasSubstr("camera 400263 of capture 7"));
  EXPECT_FALSE(finding(health, "camera_misprojects").refused);
  EXPECT_THAT(finding(health, "camera_misprojects").example, HasSubstr("cam400263"));
}

TEST_F(ExaminedRoot, ManoOffTheJointsInAFifthOfTheFrames) {
  int64_t i = 0;
  for (auto& frame : frames_mano())
    if (i++ % 5 == 0)
      for (const char* side : {"right", "left"}) frame[side]["trans"][1] = frame[side]["trans"][1].get<double>() + 0.042;
  for (const HandModel* hand : {static_cast<const HandModel*>(nullptr), &test_hand()}) {
    const Health health = examined(hand);
    EXPECT_THAT(names_of(health), ElementsAre("mano_misfit"));
    EXPECT_THAT(finding(health, "mano_misfit").what, HasSubstr("8 of 40 hands"));
    EXPECT_FALSE(finding(health, "mano_misfit").refused);
  }
  EXPECT_NEAR(examined(&test_hand()).mano_fit.right.largest_mm, 42, 0.1);
  UsableRule rule;
  rule.filter.max_mano_fit_error = 20;
  EXPECT_THAT([&] { indexed(rule); }, ThrowsError(HasSubstr("filter.max_mano_fit_error")));
  rule.hand = &test_hand();
  const ImageIndex index = indexed(rule);
  EXPECT_EQ(index.skipped.at("mano_misfit"), 8);
  EXPECT_EQ(index.usable.size(), 32u);
}

TEST_F(ExaminedRoot, ExchangedHands) {
  for (auto& frame : frames_mano()) std::swap(frame["right"], frame["left"]);
  EXPECT_TRUE(finding(examined(), "mano_exchanged").refused);
  for (auto& frame : frames_mano()) std::swap(frame["right"], frame["left"]);
  for (auto& frame : frames_joints())
    for (size_t i = 0; i < 21; ++i) std::swap(frame["world_coord"][i], frame["world_coord"][21 + i]);
  EXPECT_TRUE(finding(examined(), "joints_mirrored").refused);
}

TEST_F(ExaminedRoot, EveryKnownJointOrderIsNamed) {
  const SmallRoot good = root_;
  for (const JointOrder& order : kOtherJointOrders) {
    root_ = good;
    for (auto& frame : frames_joints()) {
      const json before = frame["world_coord"];
      for (size_t side = 0; side < 2; ++side)
        for (size_t ours = 0; ours < 21; ++ours) {
          // The file has this order instead of InterHand2.6M's.
          const auto from = static_cast<size_t>(order.from[ours]);
          frame["world_coord"][21 * side + static_cast<size_t>(kFromInterHand[from])] =
              before[21 * side + static_cast<size_t>(kFromInterHand[ours])];
        }
    }
    const Health health = examined();
    EXPECT_TRUE(finding(health, "joint_order").refused) << order.name;
    EXPECT_THAT(finding(health, "joint_order").what, HasSubstr(order.name));
  }
}

TEST_F(ExaminedRoot, InvalidAngles) {
  const SmallRoot good = root_;
  each_hand([](json& hand, const std::string&) {
    for (auto& number : hand["pose"]) number = number.get<double>() * 180 / M_PI;
  });
  EXPECT_TRUE(finding(examined(), "pose_degrees").refused);
  root_ = good;
  each_hand([](json& hand, const std::string&) {
    for (size_t i = 3 + 12; i < 48; ++i) hand["pose"][i] = 0;
  });
  EXPECT_TRUE(finding(examined(), "pose_pca").refused);
  EXPECT_THAT(finding(examined(), "pose_pca").what, HasSubstr("first 12 of 45"));
  root_ = good;
  for (const double times : {1.0, -1.0}) {
    root_ = good;
    each_hand([&](json& hand, const std::string& side) {
      const torch::Tensor mean = test_hand().hand[side == "right" ? Side::right : Side::left].hands_mean;
      for (size_t i = 0; i < 45; ++i)
        hand["pose"][3 + i] = hand["pose"][3 + i].get<double>() + times * mean[static_cast<int64_t>(i)].item<double>();
    });
    EXPECT_THAT(names_of(examined(&test_hand())), Contains(times > 0 ? "hands_mean_twice" : "hands_mean_missing"));
  }
}

TEST_F(ExaminedRoot, InvalidBoxes) {
  for (auto& annotation : root_.data["annotations"]) {
    auto& box = annotation["bbox"];
    box[2] = box[0].get<double>() + box[2].get<double>();
    box[3] = box[1].get<double>() + box[3].get<double>();
  }
  EXPECT_THAT(names_of(examined()), Contains("boxes_beyond_image"));
  for (auto& annotation : root_.data["annotations"]) annotation["bbox"] = {5000, 10, 40, 40};
  EXPECT_EQ(indexed().skipped.at("box_outside"), 40);
}

TEST_F(ExaminedRoot, MissingFilesAndCaptures) {
  root_.write(folder_.path());
  const auto file = [&](const char* what) {
    return folder_ / "annotations/test" / ("InterHand2.6M_test_" + std::string(what) + ".json");
  };
  for (const char* what : {"MANO_NeuralAnnot", "joint_3d", "camera"}) {
    const std::string bytes = read_file(file(what));
    std::filesystem::remove(file(what));
    const Health health = examine_images(read_interhand_tables(folder_.path(), "all"), "all", nullptr);
    EXPECT_THAT(finding(health, "file_missing").what, HasSubstr("InterHand2.6M_test_" + std::string(what) + ".json"));
    write_plainly(file(what), "{\"7\": null}");
    EXPECT_THAT(finding(examine_images(read_interhand_tables(folder_.path(), "all"), "all", nullptr), "capture_missing").what,
                HasSubstr("capture 7"));
    write_plainly(file(what), bytes);
  }
}

TEST_F(ExaminedRoot, ImagesOfTheFiveFpsRelease) {
  root_.write(folder_.path());
  int64_t i = 0;
  for (const auto& image : root_.data["images"])
    if (i++ % 6 != 0) std::filesystem::remove(folder_ / "images/test" / image["file_name"].get<std::string>());
  const Findings findings = findings_of_skips(read_interhand(folder_.path(), "all"));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].name, "five_fps_images");
}

TEST_F(ExaminedRoot, AnIndexOfTheRootHasTheSameFindings) {
  each_hand([](json& hand, const std::string&) {
    for (auto& number : hand["trans"]) number = number.get<double>() * 1000;
  });
  frames_mano()["5003"]["left"]["pose"] = {1, 2, 3};
  root_.write(folder_.path());
  write_image_index(folder_ / "images.h5", read_interhand_tables(folder_.path(), "all"));
  const ImageIndex index = read_image_index(folder_ / "images.h5", "all");
  EXPECT_THAT(names_of(examine_images(*index.tables, "all", nullptr)), Contains("mano_unit"));
  EXPECT_EQ(index.skipped.at("mano_malformed"), 2);
  EXPECT_THAT(index.examples.at("mano_malformed"), HasSubstr("`pose` has 3 numbers instead of 48"));
}

TEST(Examination, UnknownFindingNamesAreRefused) {
  EXPECT_THAT([] { require_known_findings({"mano_units"}); }, ThrowsError(HasSubstr("did you mean mano_unit?")));
  EXPECT_NO_THROW(require_known_findings({"mano_unit", "image_damaged"}));
}

}  // namespace
}  // namespace interprior
