#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "keypoint_files.h"

// COCO-WholeBody's annotations and results: lists of x, y, v; body, feet and face precede the hands in the long list.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class CocoKeypointsTest : public KeypointsTest {
 protected:
  // 21 joints at (first + i, 2 (first + i)), all with the same v.
  static json list(int first, double v, int count = 21) {
    json numbers = json::array();
    for (int i = 0; i < count; ++i)
      for (const double number : {first + i + 0.0, 2.0 * (first + i), v}) numbers.push_back(number);
    return numbers;
  }
  static json zeros() { return json(std::vector<double>(63, 0)); }
  static json annotations(const json& persons) {
    return {
        {"info", {{"version", "1.0"}}},
        {"images", {{{"id", 7}, {"file_name", "x/a.jpg"}, {"width", 640}, {"height", 480}}, {{"id", 8}, {"file_name", "b.jpg"}}}},
        {"annotations", persons}};
  }
};

TEST_F(CocoKeypointsTest, AnnotatedPersonsWithAValidHandArePairs) {
  const KeypointFile file = read(annotations({{{"id", 1},
                                               {"image_id", 7},
                                               {"bbox", {1, 2, 3, 4}},
                                               {"keypoints", list(0, 2, 17)},
                                               {"lefthand_valid", true},
                                               {"righthand_valid", false},
                                               {"lefthand_kpts", list(10, 2)},
                                               {"righthand_kpts", zeros()}},
                                              {{"id", 2},
                                               {"image_id", 7},
                                               {"lefthand_valid", false},
                                               {"righthand_valid", false},
                                               {"lefthand_kpts", zeros()},
                                               {"righthand_kpts", zeros()}},
                                              {{"id", 3},
                                               {"image_id", 7},
                                               {"lefthand_kpts", list(30, 0.25)},
                                               {"righthand_kpts", list(60, 1)},
                                               {"camera", {500, 500, 1, 2}}}}));
  ASSERT_THAT(file.images, SizeIs(2));
  EXPECT_EQ(file.images[0].key, "x/a.jpg");
  EXPECT_EQ(file.images[0].width, 640);
  ASSERT_THAT(file.images[0].pairs, SizeIs(2)) << "a person without a hand is none";
  EXPECT_FALSE(file.images[0].pairs[0].hand.right);
  EXPECT_DOUBLE_EQ(file.images[0].pairs[0].hand.left->joints[3].x, 13);
  EXPECT_DOUBLE_EQ(file.images[0].pairs[0].hand.left->joints[3].y, 26);
  EXPECT_DOUBLE_EQ(file.images[0].pairs[0].hand.left->joints[3].confidence, 1) << "v = 2 is labelled and visible";
  EXPECT_DOUBLE_EQ(file.images[0].pairs[1].hand.right->joints[0].x, 60);
  EXPECT_DOUBLE_EQ(file.images[0].pairs[1].hand.left->joints[0].confidence, 0.25);
  EXPECT_EQ(*file.images[0].pairs[1].camera, (Intrinsics{500, 500, 1, 2}));
  EXPECT_THAT(file.images[1].pairs, SizeIs(0));
}

TEST_F(CocoKeypointsTest, ResultsAreNamedByTheirIds) {
  const KeypointFile file = read(json::array({{{"image_id", 139},
                                               {"category_id", 1},
                                               {"score", 0.9},
                                               {"keypoints", list(0, 1, 17)},
                                               {"lefthand_kpts", list(5, 0.5)},
                                               {"righthand_kpts", list(50, 1.02)}},
                                              {{"image_id", "b.jpg"}, {"keypoints", list(0, 0.75, 133)}},
                                              {{"image_id", 139}, {"keypoints", list(1000, 0.75, 133)}}}));
  ASSERT_THAT(file.images, SizeIs(2));
  EXPECT_EQ(file.images[0].key, "139");
  EXPECT_EQ(file.images[1].key, "b.jpg");
  ASSERT_THAT(file.images[0].pairs, SizeIs(2));
  EXPECT_DOUBLE_EQ(file.images[0].pairs[0].hand.right->joints[1].confidence, 1) << "a peak just above 1 counts as 1";
  const KeypointPair& whole = file.images[1].pairs[0];
  EXPECT_DOUBLE_EQ(whole.hand.left->joints[0].x, 91) << "17 of the body, 6 of the feet, 68 of the face";
  EXPECT_DOUBLE_EQ(whole.hand.right->joints[0].x, 112);
  EXPECT_DOUBLE_EQ(whole.hand.right->joints[20].x, 132);
}

TEST_F(CocoKeypointsTest, MistakesAreNamed) {
  const auto one = [&](const json& person) { return read(annotations(json::array({person}))); };
  const json good = {{"image_id", 7}, {"lefthand_kpts", list(1, 2)}, {"righthand_kpts", zeros()}};
  EXPECT_THAT(one(good).images, SizeIs(2));
  const auto with = [&](const char* key, const json& value) {
    json person = good;
    person[key] = value;
    return person;
  };
  EXPECT_THAT([&] { one(with("image_id", 9)); }, ThrowsError(AllOf(HasSubstr("annotations[0]"), HasSubstr("9 is not among"))));
  EXPECT_THAT(
      [&] {
        one(with("lefthand_kpts", {1, 2}));
      },
      ThrowsError(AllOf(HasSubstr("x/a.jpg"), HasSubstr("`lefthand_kpts` must be a list of 63"))));
  EXPECT_THAT([&] { one(with("lefthand_valid", "yes")); }, ThrowsError(HasSubstr("`lefthand_valid` is neither")));
  EXPECT_THAT([&] { one(with("lefthand_kpts", list(1, 55))); }, ThrowsError(AllOf(HasSubstr("joint 0"), HasSubstr("v of 55"))));
  json hole = list(1, 2);
  hole[3] = nullptr;
  EXPECT_THAT([&] { one(with("lefthand_kpts", hole)); }, ThrowsError(AllOf(HasSubstr("joint 1"), HasSubstr("null"))));
  EXPECT_THAT([&] { one({{"image_id", 7}, {"keypoints", list(0, 2, 17)}}); }, ThrowsError(HasSubstr("COCO's 17 have no hands")));
  EXPECT_THAT([&] { one(with("lefthand_kpts", zeros())); }, ThrowsError(HasSubstr("no hand in any of 2 images")));
  EXPECT_THAT([&] { read(json::array({{{"x", 1}}})); }, ThrowsError(AllOf(HasSubstr("[0]"), HasSubstr("image_id"))));
  EXPECT_THAT([&] { read(json::array()); }, ThrowsError(HasSubstr("no hand in any of 0 images")));
  EXPECT_THAT([&] { read(json::array({3})); }, ThrowsError(HasSubstr("image_id")));
}

}  // namespace
}  // namespace interprior
