#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/seed.h"
#include "keypoint_files.h"

// Findings of keypoint files that are read without an error.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class KeypointCheckTest : public KeypointsTest {
 protected:
  // One image per hand, 2000 px per metre, in the given order.
  static json file_of(const std::vector<HandJoints>& hands, const JointOrder& order) {
    json whole = document(json::object());
    whole["images"] = json::object();
    for (size_t n = 0; n < hands.size(); ++n) {
      json joints = json::array();
      for (size_t i = 0; i < 21; ++i)
        joints[static_cast<size_t>(order.from[i])] = {500 + 2000 * hands[n][i][0], 400 + 2000 * hands[n][i][1]};
      whole["images"][std::to_string(n) + ".jpg"] = {{"size", {1000, 800}}, {"pairs", {{{"right", joints}}}}};
    }
    return whole;
  }
  Findings findings_of(const json& whole) const { return read(whole).findings; }
};

TEST_F(KeypointCheckTest, HandsInTheirOwnOrderHaveNoFindings) {
  const std::vector<HandJoints> hands = hands_seen_from_everywhere(60, 1);
  for (const std::string& key : joint_order_keys()) {
    json whole = file_of(hands, *find_joint_order(key));
    whole["order"] = key;
    EXPECT_THAT(findings_of(whole), IsEmpty()) << key;
  }
}

TEST_F(KeypointCheckTest, AnotherJointOrderIsNamed) {
  const std::vector<HandJoints> hands = hands_seen_from_everywhere(60, 2);
  for (const JointOrder& order : kOtherJointOrders) {
    const Findings findings = findings_of(file_of(hands, order));
    ASSERT_THAT(findings, SizeIs(1)) << order.key;
    EXPECT_EQ(findings[0].name, "keypoints_order");
    EXPECT_THAT(findings[0].what, AllOf(HasSubstr("`interprior`"), HasSubstr(order.name)));
    EXPECT_THAT(findings[0].advice, HasSubstr(std::string("\"order\": \"") + order.key + "\""));
    EXPECT_TRUE(findings[0].refused);
  }
  json declared = file_of(hands, kInterpriorJointOrders[0]);
  declared["order"] = "interhand";
  const Findings findings = findings_of(declared);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].what, AllOf(HasSubstr("`interhand`"), HasSubstr(kInterpriorJointOrder)));
}

// One hand is weak evidence, and a thousand frames of a still hand are no more.
TEST_F(KeypointCheckTest, FewViewsAreNeverRefused) {
  const JointOrder& rhd = *find_joint_order("rhd");
  Random random(Seed{4});
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<HandJoints> still(40, hands_seen_from_everywhere(1, 100 + seed)[0]);
    for (HandJoints& joints : still)
      for (Vector3& joint : joints)
        for (double& x : joint) x += 0.0005 * random.normal();
    for (const JointOrder* order : {&rhd, &kInterpriorJointOrders[0]})
      for (const Finding& finding : findings_of(file_of(still, *order))) EXPECT_FALSE(finding.refused) << finding.what;
  }
}

TEST_F(KeypointCheckTest, SharesOfTheImageAreNotPixels) {
  json shares = json::array();
  for (int i = 0; i < 21; ++i) shares.push_back({0.3 + 0.01 * i, 0.4, 1});
  const Findings findings = findings_of(document({{"right", shares}, {"left", shares}}));
  const auto found =
      std::find_if(findings.begin(), findings.end(), [](const auto& one) { return one.name == "keypoints_normalised"; });
  ASSERT_NE(found, findings.end());
  EXPECT_TRUE(found->refused);
  EXPECT_THAT(text_of(*found), AllOf(HasSubstr("2 of 2 hands"), HasSubstr("a.jpg"), HasSubstr("width")));
}

TEST_F(KeypointCheckTest, JointsOutsideTheirImageAreCounted) {
  const std::vector<HandJoints> hands = hands_seen_from_everywhere(10, 3);
  json whole = file_of(hands, kInterpriorJointOrders[0]);
  whole["images"]["3.jpg"]["size"] = {100, 800};
  Findings findings = findings_of(whole);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].name, "keypoints_outside");
  EXPECT_THAT(text_of(findings[0]), AllOf(HasSubstr("1 of 10 hands"), HasSubstr("3.jpg"), HasSubstr("EXIF")));
  EXPECT_FALSE(findings[0].refused);
  for (auto& [name, image] : whole["images"].items()) image["size"] = {100, 800};
  findings = findings_of(whole);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_TRUE(findings[0].refused) << "every image has another size than the one that was looked at";
}

TEST_F(KeypointCheckTest, OneHandTwiceFewJointsAndImagesWithoutAHand) {
  json few = json::array();
  for (int i = 0; i < 21; ++i) few.push_back(i < 5 ? json{i + 300, 2} : json());
  json whole = document({{"right", hand()}, {"left", hand(0.5)}});
  whole["images"]["b.jpg"] = {{"pairs", {{{"right", hand()}, {"left", hand(60)}}, {{"left", few}}}}};
  whole["images"]["c.jpg"] = {{"pairs", {{{"right", hand()}, {"left", hand(60)}}}}};
  whole["images"]["d.jpg"] = {{"pairs", json::array()}};
  std::map<std::string, Finding> by_name;
  for (const Finding& finding : findings_of(whole)) by_name[finding.name] = finding;
  EXPECT_THAT(text_of(by_name["hands_coincide"]), AllOf(HasSubstr("1 of 3 pairs"), HasSubstr("a.jpg")));
  EXPECT_THAT(text_of(by_name["few_joints"]), AllOf(HasSubstr("1 of 7 hands"), HasSubstr("fewer than 6"), HasSubstr("b.jpg")));
  EXPECT_THAT(text_of(by_name["no_keypoints"]), AllOf(HasSubstr("1 of 4 images"), HasSubstr("d.jpg")));
  for (const auto& [name, finding] : by_name) EXPECT_FALSE(finding.refused) << name;
}

TEST_F(KeypointCheckTest, CameraFrameJointsAreCheckedLikeThoseOfASet) {
  const auto file_in = [&](double unit) {
    json whole = document(json::object());
    whole["images"] = json::object();
    size_t n = 0;
    for (const HandJoints& joints : hands_seen_from_everywhere(10, 5)) {
      json points = json::array();
      for (const Vector3& joint : joints) points.push_back({unit * joint[0], unit * joint[1], unit * (joint[2] + 0.6)});
      whole["images"][std::to_string(n++)] = {{"camera", {900, 900, 500, 500}}, {"pairs", {{{"right_joints", points}}}}};
    }
    return whole;
  };
  EXPECT_THAT(findings_of(file_in(1)), IsEmpty());
  const Findings findings = findings_of(file_in(1000));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].name, "joint_unit");
  EXPECT_THAT(findings[0].what, HasSubstr("millimetres"));
}

// Real hands, annotated and detected, have no findings.
TEST_F(KeypointCheckTest, RealKeypoints) {
  const std::filesystem::path path = std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "../shared/real_keypoints/keypoints.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "there is no " << path;
  const json theirs = json::parse(read_file(path));
  json whole = document(json::object());
  whole["images"] = json::object();
  size_t hands = 0;
  const auto add = [&](const std::string& name, const json& size, const json& pair) {
    whole["images"][name] = {{"size", size}, {"pairs", {pair}}};
    hands += pair.size();
  };
  for (const auto& [name, image] : theirs["images"].items()) {
    if (image.contains("annotated")) add("annotated/" + name, image["size"], image["annotated"]);
    json detected = json::object();
    for (const json& one : image["detected"])  // MediaPipe's label assumes a mirrored image
      detected[one["label"] == "Right" ? "left" : "right"] = one["joints"];
    add("detected/" + name, image["size"], detected);
  }
  ASSERT_GE(hands, 4u);
  EXPECT_THAT(findings_of(whole), IsEmpty());
}

}  // namespace
}  // namespace interprior
