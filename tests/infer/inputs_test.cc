#include "interprior/infer/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "interprior/base/files/atomic_file.h"
#include "support/exif_bytes.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class InputsTest : public ::testing::Test {
 protected:
  void put(const std::string& name, const std::string& bytes = "not looked at") const { write_file(folder_ / name, bytes); }
  std::vector<std::string> names(const std::vector<std::filesystem::path>& inputs) const {
    std::vector<std::string> names;
    for (const Input& input : find_inputs(inputs).files) names.push_back(input.name);
    return names;
  }
  std::filesystem::path at(const std::string& name) const { return folder_ / name; }

  TemporaryDirectory folder_;
};

TEST_F(InputsTest, AFolderIsSortedAndEqualStemsGetDistinctNames) {
  for (const char* name : {"c.png", "a.JPG", "b.png", "b.jpg", "d.WebP", "e.tif", "f.bmp"}) put(name);
  EXPECT_THAT(names({folder_.path()}), ElementsAre("a", "b_jpg", "b_png", "c", "d", "e", "f"));
}

TEST_F(InputsTest, TwoFoldersMayHoldTheSameName) {
  for (const char* name : {"x/a.jpg", "y/a.jpg", "y/a_2.jpg"}) put(name);
  EXPECT_THAT(names({at("x"), at("y")}), ElementsAre("a", "a_2", "a_2_2"));
  EXPECT_THAT(names({at("y/a.jpg"), at("x/a.jpg"), at("x/a.jpg")}), ElementsAre("a", "a_2", "a_3"));
}

TEST_F(InputsTest, APatternStandsForItsMatchesInOrder) {
  for (const char* name : {"b1.png", "a1.png", "a2.png", "a3.txt", "in/c1.png"}) put(name);
  EXPECT_THAT(names({at("a?.png"), at("i*")}), ElementsAre("a1", "a2", "c1"));
  put("[x].png");  // named like a pattern
  EXPECT_THAT(names({at("[x].png")}), ElementsAre("[x]"));
  EXPECT_THAT([&] { find_inputs({at("z*.png")}); }, ThrowsError(AllOf(HasSubstr("no file matches"), HasSubstr("z*.png"))));
}

TEST_F(InputsTest, CamerasAreNamedByTheirIndex) {
  const Inputs inputs = find_inputs({"camera:12"});
  ASSERT_EQ(inputs.files.size(), 1u);
  EXPECT_EQ(inputs.files[0].camera, 12);
  EXPECT_TRUE(inputs.files[0].video);
  EXPECT_EQ(inputs.files[0].name, "camera_12");
  EXPECT_EQ(inputs.files[0].source, "camera:12");
  for (const char* word : {"camera:", "camera:x", "camera:1x", "camera:-1", "camera:99999999999"})
    EXPECT_THAT([&] { find_inputs({word}); }, ThrowsError(HasSubstr("no such image"))) << word;
}

TEST_F(InputsTest, SkippedInputsAreCountedByKind) {
  const std::string heic = std::string("\0\0\0\x18", 4) + "ftypheic" + std::string(100, 'x');
  for (const char* name : {"a.heic", "b.HEIC", "c.gif", "d.dng", "e.ppm"}) put(name);
  put("no_extension_heic", heic);
  for (const char* name : {"notes.txt", "boxes.json", ".DS_Store", "._a.jpg"}) put(name);
  put("inside/deep.jpg");
  put("clip.mov");
  put("photo.jpg");
  put("no_extension", encoded_image(marked_image(8, 8), ".jpg"));
  const Inputs inputs = find_inputs({folder_.path()});
  std::map<std::string, bool> found;
  for (const Input& input : inputs.files) found[input.name] = input.video;
  EXPECT_THAT(found, ElementsAre(Pair("clip", true), Pair("no_extension", false), Pair("photo", false)));
  EXPECT_THAT(inputs.unread,
              ElementsAre(Pair(".dng", 1), Pair(".gif", 1), Pair(".heic", 2), Pair(".ppm", 1), Pair("without extension", 1)));
  EXPECT_THAT(inputs.others, ElementsAre(Pair(".json", 1), Pair(".txt", 1), Pair("hidden", 2)));
  EXPECT_EQ(inputs.subfolders, 1);
}

TEST_F(InputsTest, ADanglingLinkIsAnUnreadableImage) {
  put("a.jpg");
  std::filesystem::create_symlink("gone.jpg", at("b.jpg"));
  EXPECT_THAT(names({folder_.path()}), ElementsAre("a", "b"));
}

TEST_F(InputsTest, NamesNeedNotBeText) {
  put("caf\xE9.jpg");
  put("back\\slash.jpg");
  EXPECT_THAT(names({folder_.path()}), ElementsAre("back%5Cslash", "caf%E9"));
  put("..jpg");
  EXPECT_THAT(names({at("..jpg")}), ElementsAre("image."));
}

TEST_F(InputsTest, LongNamesLeaveRoomForEndings) {
  std::string hands;
  for (int i = 0; i < 80; ++i) hands += "手";  // three bytes each
  put(hands + "a.jpg");
  put(hands + "b.jpg");
  const std::vector<std::string> found = names({folder_.path()});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0], hands.substr(0, 198));
  EXPECT_EQ(found[1], hands.substr(0, 198) + "_2");
}

TEST_F(InputsTest, APipeIsNotOpened) {
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_THAT(names({at("pipe")}), ElementsAre("pipe"));  // reading would block
  put("a.jpg");
  std::filesystem::create_symlink(at("pipe"), at("link"));
  EXPECT_THAT(names({folder_.path()}), ElementsAre("a"));
}

TEST_F(InputsTest, NoInputIsAnError) {
  EXPECT_THAT([&] { find_inputs({at("missing.png")}); }, ThrowsError(HasSubstr("missing.png")));
  EXPECT_THAT([&] { find_inputs({folder_.path()}); }, ThrowsError(HasSubstr("no images in this folder")));
  put("deep/a.jpg");
  EXPECT_THAT([&] { find_inputs({folder_.path()}); }, ThrowsError(HasSubstr("1 subfolder(s) are not entered")));
  put("a.heic");
  EXPECT_THAT([&] { find_inputs({folder_.path()}); }, ThrowsError(HasSubstr(".heic: 1")));
}

}  // namespace
}  // namespace interprior
