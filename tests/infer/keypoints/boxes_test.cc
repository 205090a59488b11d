#include "interprior/infer/keypoints/boxes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BoxesTest : public ::testing::Test {
 protected:
  std::vector<BoxedImage> read(const std::string& text) const {
    write_file(folder_ / "boxes.json", text);
    return read_boxes(folder_ / "boxes.json");
  }
  TemporaryDirectory folder_;
};

TEST_F(BoxesTest, PlainBoxes) {
  const auto boxes = read(R"({"a": [1, 2.5, 30, 40], "clip_000001": [-3, 0, 10, 10]})");
  ASSERT_THAT(boxes, SizeIs(2));
  EXPECT_EQ(boxes[0].key, "a");
  ASSERT_THAT(boxes[0].pairs, SizeIs(1));
  EXPECT_DOUBLE_EQ(boxes[0].pairs[0].box->y, 2.5);
  EXPECT_FALSE(boxes[0].pairs[0].camera);
  EXPECT_DOUBLE_EQ(boxes[1].pairs[0].box->x, -3);
}

TEST_F(BoxesTest, SeveralPairsAndCameras) {
  const auto boxes = read(R"({
    "several": [[1, 2, 30, 40], {"box": [5, 6, 70, 80], "camera": [900, 901, 320, 240]}],
    "one": {"box": [1, 2, 3, 4], "camera": [500, 500, 100, 90], "width": 200, "height": 180},
    "camera_alone": {"camera": [500, 500, 100, 90]}})");
  std::map<std::string, BoxedImage> by_key;
  for (const BoxedImage& image : boxes) by_key[image.key] = image;
  ASSERT_THAT(by_key["several"].pairs, SizeIs(2));
  EXPECT_DOUBLE_EQ(by_key["several"].pairs[1].box->width, 70);
  EXPECT_EQ(*by_key["several"].pairs[1].camera, (Intrinsics{900, 901, 320, 240}));
  EXPECT_EQ(by_key["one"].width, 200);
  EXPECT_EQ(by_key["one"].height, 180);
  EXPECT_FALSE(by_key["camera_alone"].pairs[0].box);
  EXPECT_EQ(*by_key["camera_alone"].pairs[0].camera, (Intrinsics{500, 500, 100, 90}));
}

TEST_F(BoxesTest, AnEmptyListIsAnImageWithoutHands) {
  const auto boxes = read(R"({"a": [], "b": [[]], "c": [[], []], "d": [1, 2, 30, 40]})");
  ASSERT_THAT(boxes, SizeIs(4));
  for (size_t i = 0; i < 3; ++i) EXPECT_THAT(boxes[i].pairs, IsEmpty()) << boxes[i].key;
  EXPECT_THAT(boxes[3].pairs, SizeIs(1));
  EXPECT_THAT([&] { read(R"({"a": [[1, 2, 3, 4], []]})"); }, ThrowsError(AllOf(HasSubstr("a, pair 2"), HasSubstr("0 numbers"))));
  EXPECT_THAT([&] { read(R"({"a": [[], [1, 2, 3, 4]]})"); }, ThrowsError(AllOf(HasSubstr("a, pair 1"), HasSubstr("0 numbers"))));
  EXPECT_THAT([&] { read(R"({"a": {"box": []}})"); }, ThrowsError(AllOf(HasSubstr("a, box"), HasSubstr("0 numbers"))));
  EXPECT_THAT([&] { read(R"({"a": [[[]]]})"); }, ThrowsError(HasSubstr("four numbers")));
}

TEST_F(BoxesTest, Coco) {
  const auto boxes = read(R"({
    "info": {"year": 2026}, "categories": [{"id": 1, "name": "hands"}],
    "images": [{"id": 7, "file_name": "x/a.jpg", "width": 640, "height": 480, "camera": [900, 900, 320, 240]},
               {"id": "eight", "file_name": "b.jpg", "intrinsics": [[700, 0, 10], [0, 701, 20], [0, 0, 1]]},
               {"id": 9, "file_name": "c.jpg"}],
    "annotations": [{"id": 1, "image_id": 7, "bbox": [1, 2, 30, 40], "category_id": 1, "iscrowd": 0},
                    {"id": 2, "image_id": 7, "bbox": [5, 6, 70, 80]},
                    {"id": 3, "image_id": "eight", "bbox": [5.5, 6, 70, 80]}]})");
  ASSERT_THAT(boxes, SizeIs(3));
  EXPECT_EQ(boxes[0].key, "x/a.jpg");
  EXPECT_EQ(boxes[0].width, 640);
  ASSERT_THAT(boxes[0].pairs, SizeIs(2));
  EXPECT_EQ(*boxes[0].pairs[1].camera, (Intrinsics{900, 900, 320, 240}));
  EXPECT_EQ(*boxes[1].pairs[0].camera, (Intrinsics{700, 701, 10, 20}));
  EXPECT_DOUBLE_EQ(boxes[1].pairs[0].box->x, 5.5);
  EXPECT_EQ(boxes[1].width, 0);
  EXPECT_THAT(boxes[2].pairs, IsEmpty());
}

TEST_F(BoxesTest, MistakesAreNamedWithFileAndKey) {
  EXPECT_THAT([&] { read("[1, 2, 3, 4]"); }, ThrowsError(HasSubstr("object")));
  EXPECT_THAT([&] { read("{\"a\": [1, 2, 3"); }, ThrowsError(AllOf(HasSubstr("boxes.json"), HasSubstr("JSON"))));
  EXPECT_THAT([&] { read(R"({"a": [1, 2, 3]})"); }, ThrowsError(AllOf(HasSubstr("boxes.json, a"), HasSubstr("3 numbers"))));
  EXPECT_THAT([&] { read(R"({"a": [1, 2, 3, "4"]})"); }, ThrowsError(HasSubstr("four numbers")));
  EXPECT_THAT([&] { read(R"({"a": null})"); }, ThrowsError(HasSubstr("four numbers")));
  EXPECT_THAT([&] { read(R"({"a": {"x": 1}})"); }, ThrowsError(AllOf(HasSubstr("boxes.json, a"), HasSubstr("`x` is not known"))));
  EXPECT_THAT([&] { read(R"({"a": {}})"); }, ThrowsError(HasSubstr("neither a box nor a camera")));
  EXPECT_THAT([&] { read(R"({"a": {"camera": [1, 2, 3]}})"); },
              ThrowsError(AllOf(HasSubstr("a, camera"), HasSubstr("3 numbers"))));
  EXPECT_THAT([&] { read(R"({"a": {"camera": [0, 5, 3, 4]}})"); }, ThrowsError(HasSubstr("not above 0")));
  EXPECT_THAT([&] { read(R"({"a": {"box": [1, 2, 3, 4], "width": -4}})"); }, ThrowsError(HasSubstr("width")));
  EXPECT_THAT([&] { read(R"({"a": [[1, 2, 3, 4], [1, 2, 3]]})"); },
              ThrowsError(AllOf(HasSubstr("a, pair 2"), HasSubstr("3 numbers"))));
  EXPECT_THAT([&] { read(R"({"a": [1, 2, 0, 4]})"); }, ThrowsError(HasSubstr("empty")));
  EXPECT_THAT([&] { read(R"({"a": [1, 2, 3, 4], "a": [1, 2, 3, 4]})"); }, ThrowsError(HasSubstr("duplicated")));
  EXPECT_THAT([&] { read(R"({"a": {"box": [1, 2, 3, 4], "box": [1, 2, 3, 4]}})"); }, ThrowsError(HasSubstr("duplicated")));
  EXPECT_THAT([&] { read(R"({"a": [1e999, 2, 3, 4]})"); }, ThrowsError(HasSubstr("boxes.json")));
  EXPECT_THAT([&] { read_boxes(folder_ / "none.json"); }, ThrowsError(HasSubstr("none.json")));
}

TEST_F(BoxesTest, MistakesOfCocoAreNamed) {
  const auto coco = [&](const std::string& images, const std::string& annotations) {
    return read("{\"images\": [" + images + "], \"annotations\": [" + annotations + "]}");
  };
  const std::string image = R"({"id": 1, "file_name": "a.jpg"})";
  EXPECT_THAT(coco(image, ""), SizeIs(1));
  EXPECT_THAT([&] { coco(image + "," + image, ""); }, ThrowsError(HasSubstr("images[1]")));
  EXPECT_THAT([&] { coco(image + R"(, {"id": 2, "file_name": "a.jpg"})", ""); }, ThrowsError(HasSubstr("a.jpg is duplicated")));
  EXPECT_THAT([&] { coco(R"({"id": 1})", ""); }, ThrowsError(HasSubstr("file_name")));
  EXPECT_THAT([&] { coco(R"({"file_name": "a.jpg"})", ""); }, ThrowsError(HasSubstr("`id`")));
  EXPECT_THAT([&] { coco(R"({"id": 1, "file_name": "a.jpg", "width": "wide"})", ""); }, ThrowsError(HasSubstr("width")));
  EXPECT_THAT([&] { coco(R"({"id": 1, "file_name": "a.jpg", "camera": [[1, 2, 3], [0, 1, 0], [0, 0, 1]]})", ""); },
              ThrowsError(HasSubstr("matrix")));
  EXPECT_THAT([&] { coco(image, R"({"image_id": 3, "bbox": [1, 2, 3, 4]})"); },
              ThrowsError(AllOf(HasSubstr("annotations[0]"), HasSubstr("3 is not among"))));
  EXPECT_THAT([&] { coco(image, R"({"image_id": 1})"); }, ThrowsError(HasSubstr("bbox")));
  EXPECT_THAT([&] { coco(image, R"({"image_id": 1, "bbox": [1, 2, 3]})"); },
              ThrowsError(AllOf(HasSubstr("a.jpg"), HasSubstr("3 numbers"))));
  EXPECT_THAT([&] { coco(image, "7"); }, ThrowsError(HasSubstr("image_id")));
}

TEST(BoxText, IsParsed) {
  const Box box = parse_box("120,80.5,400,300");
  EXPECT_DOUBLE_EQ(box.y, 80.5);
  EXPECT_DOUBLE_EQ(box.height, 300);
  for (const char* text :
       {"", "1,2,3", "1,2,3,4,5", "1,2,3,x", "1;2;3;4", "1,2,3,4 px", "1,,3,4", "1,2,nan,4", "1,2,-3,4", "1,2,3,4,"})
    EXPECT_THAT([&] { parse_box(text); }, ThrowsError(HasSubstr("width and height above 0"))) << text;
  EXPECT_EQ(parse_camera("900,901,319.5,-20"), (Intrinsics{900, 901, 319.5, -20}));
  for (const char* text : {"", "1,2,3", "0,2,3,4", "1,-2,3,4", "1,2,3,inf", "1,2,3,4,5"})
    EXPECT_THAT([&] { parse_camera(text); }, ThrowsError(HasSubstr("fx and fy from 0.001 on"))) << text;
}

// Key matched by each input, by its output name; "-" for none.
std::map<std::string, std::string> matched(const std::vector<std::string>& keys, const std::vector<Input>& inputs) {
  std::vector<BoxedImage> boxes;
  for (const std::string& key : keys) boxes.push_back({key, {{Box{0, 0, 1, 1}, std::nullopt}}, 0, 0});
  BoxMatches matches(boxes, inputs, "boxes.json");
  std::map<std::string, std::string> found;
  for (const Input& input : inputs) {
    const BoxedImage* entry = matches.of(input, input.name);
    found[input.name] = entry == nullptr ? "-" : entry->key;
  }
  return found;
}

using Found = std::map<std::string, std::string>;

TEST(BoxMatches, TheLongestPathSuffixTakesPrecedence) {
  const std::vector<Input> two = {{"/photos/x/a.jpg", "a"}, {"/photos/y/a.jpg", "a_2"}};
  EXPECT_EQ(matched({"x/a.jpg", "y/a.jpg"}, two), (Found{{"a", "x/a.jpg"}, {"a_2", "y/a.jpg"}}));
  EXPECT_EQ(matched({"x/a", "y/a"}, two), (Found{{"a", "x/a"}, {"a_2", "y/a"}}));
  EXPECT_EQ(matched({"/photos/y/a.jpg", "a.jpg"}, two), (Found{{"a", "a.jpg"}, {"a_2", "/photos/y/a.jpg"}}));
  EXPECT_EQ(matched({"x/a.jpg"}, two), (Found{{"a", "x/a.jpg"}, {"a_2", "-"}}));
  EXPECT_EQ(matched({"photos/x/a.jpg", "x/a.jpg"}, {two[0]}), (Found{{"a", "photos/x/a.jpg"}}));
}

TEST(BoxMatches, NamesWithoutFoldersAndExtensions) {
  const std::vector<Input> one = {{"photos/a.v2.jpg", "a.v2"}};
  for (const char* key : {"a.v2.jpg", "a.v2", "./photos/a.v2.jpg", "elsewhere/a.v2.jpg", "a.v2.png"})
    EXPECT_EQ(matched({key}, one), (Found{{"a.v2", key}})) << key;
  for (const char* key : {"a", "b.jpg", "", "photos", "A.v2.jpg"}) EXPECT_EQ(matched({key}, one), (Found{{"a.v2", "-"}})) << key;
  EXPECT_EQ(matched({"a.v2", "a.v2.jpg"}, one), (Found{{"a.v2", "a.v2.jpg"}}));
  EXPECT_EQ(matched({"caf%E9.jpg"}, {{"caf\xE9.jpg", "caf%E9"}}), (Found{{"caf%E9", "caf%E9.jpg"}}));
}

TEST(BoxMatches, AmbiguityIsRefusedAndNamesBoth) {
  const std::vector<Input> two = {{"/photos/x/a.jpg", "a"}, {"/photos/y/a.jpg", "a_2"}};
  for (const char* key : {"a.jpg", "a", "elsewhere/a.jpg"})
    EXPECT_THAT([&] { matched({key}, two); },
                ThrowsError(AllOf(HasSubstr("/photos/x/a.jpg"), HasSubstr("/photos/y/a.jpg"), HasSubstr(key))));
  EXPECT_THAT(
      [&] {
        matched({"u/a.jpg", "v/a.jpg"}, {two[0]});
      },
      ThrowsError(AllOf(HasSubstr("u/a.jpg"), HasSubstr("v/a.jpg"), HasSubstr("/photos/x/a.jpg"))));
}

TEST(BoxMatches, FramesOfAVideoHaveTheirOwnOrTheVideos) {
  const std::vector<Input> video = {{"clips/clip.mp4", "clip", true}};
  BoxMatches matches({{"clip.mp4", {}, 0, 0}, {"clip_000001", {}, 0, 0}, {"other.jpg", {}, 0, 0}}, video, "boxes.json");
  EXPECT_EQ(matches.of(video[0], "clip_000000")->key, "clip.mp4");
  EXPECT_EQ(matches.of(video[0], "clip_000001")->key, "clip_000001");
  EXPECT_THAT(matches.unused(), ElementsAre("other.jpg"));
}

}  // namespace
}  // namespace interprior
