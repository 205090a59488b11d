#include "interprior/report/picture_list.h"

#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const cv::Mat kPicture(8, 8, CV_8UC3, cv::Scalar(10, 20, 30));

TEST(PictureList, ReadsBackInOrder) {
  TemporaryDirectory folder;
  PictureList list(folder.path());
  list.add("worst_1", kPicture, "Worst", "sample a");
  list.add("best_1", kPicture, "Best", "sample \"b\"");
  list.write_list();
  const auto pictures = read_picture_list(folder.path());
  ASSERT_EQ(pictures.size(), 2u);
  EXPECT_EQ(pictures[0].file, "worst_1.jpg");
  EXPECT_EQ(pictures[1].group, "Best");
  EXPECT_EQ(pictures[1].caption, "sample \"b\"");
  EXPECT_TRUE(std::filesystem::exists(folder / "pictures/best_1.jpg"));
}

TEST(PictureList, ANewListTakesTheOldOnesPlace) {
  TemporaryDirectory folder;
  {
    PictureList list(folder.path());
    list.add("worst_1", kPicture, "Worst", "");
    list.add("worst_2", kPicture, "Worst", "");
    list.write_list();
  }
  PictureList list(folder.path());
  list.add("worst_1", kPicture, "Worst", "");
  list.write_list();
  EXPECT_EQ(read_picture_list(folder.path()).size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder / "pictures/worst_2.jpg"));
}

TEST(PictureList, NoListIsEmptyAndADamagedOneIsAnError) {
  TemporaryDirectory folder;
  EXPECT_TRUE(read_picture_list(folder.path()).empty());
  std::filesystem::create_directory(folder / "pictures");
  for (const char* damage : {"", "{", "{}", "[1]", "[{\"file\":1}]", R"([{"file":"a.jpg","group":"g"}])",
                             R"([{"file":"../a.jpg","group":"g","caption":"c"}])"}) {
    write_file(folder / "pictures/list.json", damage);
    EXPECT_THAT([&] { read_picture_list(folder.path()); }, ThrowsError(HasSubstr("list.json"))) << damage;
  }
}

}  // namespace
}  // namespace interprior
