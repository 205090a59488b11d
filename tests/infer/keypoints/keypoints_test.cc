#include "interprior/infer/keypoints/keypoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "keypoint_files.h"

namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(KeypointsTest, ImagesPairsAndCameras) {
  json whole = document({{"right", hand()}, {"left", hand(3)}});
  whole["images"]["a.jpg"]["size"] = {640, 480};
  whole["images"]["a.jpg"]["camera"] = {900, 901, 320, 240};
  whole["images"]["a.jpg"]["pairs"].push_back({{"left", hand(200)}, {"camera", {700, 700, 10, 20}}});
  whole["images"]["b/none.png"] = {{"pairs", json::array()}};
  const KeypointFile file = read(whole);
  ASSERT_THAT(file.images, SizeIs(2));
  const KeypointImage& image = file.images[0];
  EXPECT_EQ(image.key, "a.jpg");
  EXPECT_EQ(image.width, 640);
  EXPECT_EQ(image.height, 480);
  ASSERT_THAT(image.pairs, SizeIs(2));
  EXPECT_EQ(*image.pairs[0].camera, (Intrinsics{900, 901, 320, 240}));
  EXPECT_EQ(*image.pairs[1].camera, (Intrinsics{700, 700, 10, 20}));
  EXPECT_FALSE(image.pairs[1].hand.right);
  const Keypoint& joint = image.pairs[0].hand.left->joints[7];
  EXPECT_DOUBLE_EQ(joint.x, 110);
  EXPECT_DOUBLE_EQ(joint.y, 99);
  EXPECT_DOUBLE_EQ(joint.confidence, 0.64);
  EXPECT_THAT(file.images[1].pairs, SizeIs(0));
  EXPECT_EQ(file.images[1].width, 0);
}

TEST_F(KeypointsTest, AJointMayBeMissingAndItsConfidenceOmitted) {
  json joints = hand();
  joints[3] = nullptr;
  joints[4] = {7, 8, 0};
  joints[5] = {7.5, 8};
  const HandKeypoints right = read_right({{"right", joints}, {"left", nullptr}});
  EXPECT_EQ(right.joints[3].confidence, 0);
  EXPECT_EQ(right.joints[4].confidence, 0);
  EXPECT_EQ(right.joints[4].x, 0) << "a place that was not seen is none";
  EXPECT_EQ(right.joints[5].confidence, 1);
  EXPECT_EQ(right.joints[5].x, 7.5);
  EXPECT_EQ(right.seen(), 19);
}

// Every order leads to the same hand: joint i of interprior's order is at from[i] of the other.
TEST_F(KeypointsTest, OrdersAreConvertedToInterpriors) {
  const HandKeypoints expected = read_right({{"right", hand()}});
  for (const std::string& key : joint_order_keys()) {
    const auto& from = find_joint_order(key)->from;
    json joints = hand(), depth = json::array(), points = json::array();
    for (size_t i = 0; i < 21; ++i) {
      joints[static_cast<size_t>(from[i])] = hand()[i];
      depth[static_cast<size_t>(from[i])] = i;
      points[static_cast<size_t>(from[i])] = {0.001 * static_cast<double>(i), 0, 0.5};
    }
    json whole = document({{"right", joints}, {"right_depth", depth}, {"right_joints", points}});
    whole["order"] = key;
    const HandKeypoints right = *read(whole).images[0].pairs[0].hand.right;
    for (size_t i = 0; i < 21; ++i) {
      EXPECT_EQ(right.joints[i].x, expected.joints[i].x) << key << " " << i;
      EXPECT_EQ(right.relative_depth->at(i), static_cast<double>(i)) << key;
      EXPECT_EQ(right.joints_in_camera->at(i)[0], 0.001 * static_cast<double>(i)) << key;
    }
  }
}

TEST(JointOrders, PositionsOfTheWristAndTheThumbsTip) {
  const auto place = [](const char* key, size_t joint) { return find_joint_order(key)->from[joint]; };
  for (const char* ours : {"interprior", "openpose", "mediapipe", "coco_wholebody"}) {
    EXPECT_EQ(place(ours, 0), 0);
    EXPECT_EQ(place(ours, 4), 4);
    EXPECT_EQ(place(ours, 20), 20);
  }
  EXPECT_EQ(place("interhand", 0), 20);
  EXPECT_EQ(place("interhand", 4), 0) << "the tip of the thumb";
  EXPECT_EQ(place("rhd", 1), 4) << "the thumb's base";
  EXPECT_EQ(place("mano", 4), 16) << "tips stand after the sixteen, the thumb's first";
  EXPECT_EQ(place("mano", 5), 1);
  EXPECT_EQ(find_joint_order("coco"), nullptr);
}

TEST_F(KeypointsTest, JointsGivenOnlyInTheCameraFrameAreProjected) {
  json points = json::array();
  for (int i = 0; i < 21; ++i) points.push_back({0.01 * i, -0.02, 0.5});
  const HandKeypoints right = read_right({{"right_joints", points}, {"camera", {500, 600, 100, 90}}});
  EXPECT_DOUBLE_EQ(right.joints[2].x, 100 + 500 * 0.02 / 0.5);
  EXPECT_DOUBLE_EQ(right.joints[2].y, 90 - 600 * 0.02 / 0.5);
  EXPECT_EQ(right.seen(), 21);
  EXPECT_THAT(
      [&] {
        read_right({{"right_joints", points}});
      },
      ThrowsError(AllOf(HasSubstr("a.jpg, pairs[0], right_joints"), HasSubstr("no camera"))));
  points[4] = {0, 0, -0.5};
  EXPECT_THAT(
      [&] {
        read_right({{"right_joints", points}, {"camera", {500, 600, 100, 90}}});
      },
      ThrowsError(HasSubstr("behind the camera")));
}

TEST_F(KeypointsTest, WrittenFilesReadBackEqual) {
  KeypointFile file;
  KeypointPair pair, second;
  pair.camera = Intrinsics{900.5, 901, 1.0 / 3, 240};
  pair.hand.right = read_right({{"right", hand(1.0 / 3)}});
  pair.hand.right->joints[6] = {};
  pair.hand.right->relative_depth.emplace();
  pair.hand.right->relative_depth->fill(-0.1);
  second.hand.left = read_right({{"right", hand(0.1)}});
  second.hand.left->joints_in_camera.emplace();
  second.hand.left->joints_in_camera->fill({0.1, 0.2, 0.7});
  file.images = {{"a \"quoted\" caf\u00e9.jpg", {pair, second}, 640, 480}, {"none.jpg", {}, 0, 0}};
  write_keypoints(folder_ / "a.json", file);
  const KeypointFile again = read_keypoints(folder_ / "a.json");
  ASSERT_THAT(again.images, SizeIs(2));
  EXPECT_EQ(again.images[0].key, file.images[0].key);
  EXPECT_EQ(again.images[0].height, 480);
  ASSERT_THAT(again.images[0].pairs, SizeIs(2));
  EXPECT_EQ(again.images[0].pairs[0].camera, pair.camera);
  EXPECT_FALSE(again.images[0].pairs[0].hand.left);
  EXPECT_FALSE(again.images[0].pairs[1].camera);
  const auto expect_equal = [](const HandKeypoints& a, const HandKeypoints& b) {
    for (size_t i = 0; i < 21; ++i) {
      EXPECT_EQ(a.joints[i].x, b.joints[i].x);
      EXPECT_EQ(a.joints[i].y, b.joints[i].y);
      EXPECT_EQ(a.joints[i].confidence, b.joints[i].confidence);
    }
    EXPECT_EQ(a.relative_depth, b.relative_depth);
    EXPECT_EQ(a.joints_in_camera, b.joints_in_camera);
  };
  expect_equal(*again.images[0].pairs[0].hand.right, *pair.hand.right);
  expect_equal(*again.images[0].pairs[1].hand.left, *second.hand.left);
  write_keypoints(folder_ / "b.json", again);
  EXPECT_EQ(read_file(folder_ / "a.json"), read_file(folder_ / "b.json"));
}

TEST_F(KeypointsTest, InvalidKeypointsAreNotWritten) {
  const auto expect_refused = [&](const std::vector<KeypointImage>& images, const char* words) {
    EXPECT_THAT([&] { write_keypoints(folder_ / "a.json", {images, {}}); }, ThrowsError(HasSubstr(words)));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "a.json"));
  };
  KeypointPair pair;
  pair.hand.right = read_right({{"right", hand()}});
  expect_refused({{"a", {pair}, 0, 0}, {"a", {}, 0, 0}}, "the name a is duplicated");
  expect_refused({{"a", {KeypointPair()}, 0, 0}}, "a pair without a hand");
  pair.hand.right->joints[3].x = NAN;
  expect_refused({{"a", {pair}, 0, 0}}, "a.json, a, right");
  pair.hand.right->joints[3] = {1, 2, 1.5};
  expect_refused({{"a", {pair}, 0, 0}}, "confidence");
  pair.hand.right->joints[3] = {};
  write_keypoints(folder_ / "a.json", {{{"caf\xE9.jpg", {pair}, 0, 0}}, {}});
  EXPECT_EQ(read_keypoints(folder_ / "a.json").images[0].key, "caf%E9.jpg") << "as NameMatches spells names that are no text";
}

TEST_F(KeypointsTest, DeepNestingIsRefusedLikeAnyOtherMistake) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  const std::string good = document({{"right", hand()}}).dump();
  for (const char* key : {"format", "version", "order", "images", "more"})
    EXPECT_THAT([&] { read_text("{\"" + std::string(key) + "\": " + deep + "}"); }, ThrowsError(HasSubstr("keypoints.json")))
        << key;
  for (const char* key : {"version", "order", "images"})
    EXPECT_THAT([&] { read_text(R"({"format": "interprior.keypoints", ")" + std::string(key) + "\": " + deep + "}"); },
                ThrowsError(HasSubstr("keypoints.json")))
        << key;
  EXPECT_THAT([&] { read_text(deep); }, ThrowsError(HasSubstr("keypoints.json")));
}

TEST_F(KeypointsTest, MistakesAreNamedWithFileAndKey) {
  const json good = document({{"right", hand()}});
  struct Mistake {
    const char* pointer;  // of the replaced value
    json value;
    std::vector<std::string> words;
  };
  const std::vector<Mistake> mistakes = {
      {"/version", 2, {"keypoints.json", "version 2", "reads version 1"}},
      {"/version", "1", {"version \"1\""}},
      {"/order", "interhands", {"`interhands` is not known; did you mean `interhand`?", "interprior, openpose, mediapipe"}},
      {"/order", nullptr, {"no `order`", "rhd"}},
      {"/orders", "rhd", {"`orders` is not known; did you mean `order`?"}},
      {"/images", json::array(), {"no object `images`"}},
      {"/images/a.jpg", json::array(), {"keypoints.json, a.jpg", "array where an object"}},
      {"/images/a.jpg/box", json::array(), {"keypoints.json, a.jpg", "`box` is not known", "size, camera, pairs"}},
      {"/images/a.jpg/size", {640, 0}, {"a.jpg, size", "[width, height]"}},
      {"/images/a.jpg/size", {640.5, 480}, {"a.jpg, size"}},
      {"/images/a.jpg/size", {640}, {"a.jpg, size"}},
      {"/images/a.jpg/camera", {1, 2, 3}, {"a.jpg, camera", "3 numbers"}},
      {"/images/a.jpg/camera", {0, 2, 3, 4}, {"a.jpg, camera", "not above 0"}},
      {"/images/a.jpg/camera", nullptr, {"a.jpg, camera", "four numbers"}},
      {"/images/a.jpg/pairs", hand(), {"a.jpg, pairs[0]", "array where an object"}},
      {"/images/a.jpg/pairs/0", json::object(), {"a.jpg, pairs[0]", "without a hand"}},
      {"/images/a.jpg/pairs/0/rigth", hand(), {"pairs[0]", "`rigth` is not known; did you mean `right`?"}},
      {"/images/a.jpg/pairs/0/right", 7, {"pairs[0], right", "21 joints"}},
      {"/images/a.jpg/pairs/0/right", {{1, 2, 1}}, {"pairs[0], right", "a hand of 1 joints"}},
      {"/images/a.jpg/pairs/0/right/4", {1}, {"pairs[0], right[4]", "a joint of 1 numbers", "null"}},
      {"/images/a.jpg/pairs/0/right/4", {1, 2, 1, 3}, {"right[4]", "4 numbers"}},
      {"/images/a.jpg/pairs/0/right/4", "1, 2", {"right[4]", "no list"}},
      {"/images/a.jpg/pairs/0/right/4/1", nullptr, {"right[4]", "null where a number"}},
      {"/images/a.jpg/pairs/0/right/4/1", 1e30, {"right[4]", "beyond"}},
      {"/images/a.jpg/pairs/0/right/20/2", 1.01, {"right[20]", "confidence of 1.01", "by 100"}},
      {"/images/a.jpg/pairs/0/right/20/2", -0.5, {"right[20]", "confidence of -0.5"}},
      {"/images/a.jpg/pairs/0/right_depth", {1, 2}, {"right_depth", "a hand of 2 joints"}},
      {"/images/a.jpg/pairs/0/left_depth", json(std::vector<int>(21, 0)), {"left_depth", "without a hand"}},
      {"/images/a.jpg/pairs/0/right_joints", json(std::vector<int>(21, 0)), {"right_joints[0]", "three numbers", "metres"}}};
  for (const Mistake& mistake : mistakes) {
    json wrong = good;
    wrong[json::json_pointer(mistake.pointer)] = mistake.value;
    for (const std::string& words : mistake.words)
      EXPECT_THAT([&] { read(wrong); }, ThrowsError(AllOf(HasSubstr("keypoints.json"), HasSubstr(words))))
          << mistake.pointer << " " << mistake.value;
  }
}

TEST_F(KeypointsTest, InvalidJsonAndDuplicateNames) {
  EXPECT_THAT([&] { read_text("{\"format\": "); }, ThrowsError(AllOf(HasSubstr("keypoints.json"), HasSubstr("not JSON"))));
  EXPECT_THAT([&] { read_text(R"({"format": "interprior.keypoints", "a": [NaN]})"); },
              ThrowsError(HasSubstr("write null for a joint")));
  EXPECT_THAT([&] { read_text(R"({"a": [1e999]})"); }, ThrowsError(HasSubstr("keypoints.json")));
  std::string text = document({{"right", hand()}}).dump();
  text.insert(text.find("\"a.jpg\""), "\"a.jpg\": {\"pairs\": []}, ");
  EXPECT_THAT([&] { read_text(text); }, ThrowsError(HasSubstr("the name a.jpg is duplicated")));
  EXPECT_THAT([&] { read_keypoints(folder_ / "none.json"); }, ThrowsError(HasSubstr("none.json")));
}

TEST_F(KeypointsTest, AFileOfAnotherKindIsNamed) {
  EXPECT_THAT([&] { read_text(R"({"a.jpg": [1, 2, 30, 40]})"); }, ThrowsError(HasSubstr("these are boxes, not keypoints")));
  EXPECT_THAT([&] { read_text(R"({"a.jpg": {"box": [1, 2, 30, 40]}})"); }, ThrowsError(HasSubstr("these are boxes")));
  EXPECT_THAT([&] { read_text(R"({"format": "interprior.reconstruction", "version": 1})"); },
              ThrowsError(HasSubstr("this file is interprior.reconstruction, not keypoints")));
  EXPECT_THAT([&] { read_text(R"({"version": 1.3, "people": []})"); }, ThrowsError(HasSubstr("OpenPose's output")));
  EXPECT_THAT([&] { read_text(R"({"meta_info": {}, "instance_info": []})"); }, ThrowsError(HasSubstr("MMPose's output")));
  for (const char* text : {"{}", "7", "null", "\"text\"", R"({"right": []})", R"({"image_id": 3})"})
    EXPECT_THAT([&] { read_text(text); }, ThrowsError(HasSubstr("interprior.keypoints"))) << text;
  write_file(folder_ / "k.json", document({{"right", hand()}}).dump());
  EXPECT_THAT([&] { read_boxes(folder_ / "k.json"); }, ThrowsError(HasSubstr("this file is interprior.keypoints, not boxes")));
}

TEST_F(KeypointsTest, AFileWithoutAHandIsAMistake) {
  json none = document({{"right", hand()}});
  none["images"]["a.jpg"]["pairs"] = json::array();
  EXPECT_THAT([&] { read(none); }, ThrowsError(AllOf(HasSubstr("keypoints.json"), HasSubstr("no hand in any of 1 images"))));
  json few = json::array();
  for (int i = 0; i < 21; ++i) few.push_back(i < 5 ? json{i, 2} : json());
  EXPECT_THAT([&] { read(document({{"right", few}})); }, ThrowsError(HasSubstr("no hand has 6 joints")));
}

}  // namespace
}  // namespace interprior
