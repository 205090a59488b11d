#include "report/image_list.h"

#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const cv::Mat kImage(8, 8, CV_8UC3, cv::Scalar(10, 20, 30));

TEST(ImageList, ReadsBackInOrder) {
  TemporaryDirectory folder;
  ImageList list(folder.path());
  list.add("worst_1", kImage, "Worst", "sample a");
  list.add("best_1", kImage, "Best", "sample \"b\"");
  list.write_list();
  const auto images = read_image_list(folder.path());
  ASSERT_EQ(images.size(), 2u);
  EXPECT_EQ(images[0].file, "worst_1.jpg");
  EXPECT_EQ(images[1].group, "Best");
  EXPECT_EQ(images[1].caption, "sample \"b\"");
  EXPECT_TRUE(std::filesystem::exists(folder / "images/best_1.jpg"));
}

TEST(ImageList, ANewListReplacesTheOldOne) {
  TemporaryDirectory folder;
  {
    ImageList list(folder.path());
    list.add("worst_1", kImage, "Worst", "");
    list.add("worst_2", kImage, "Worst", "");
    list.write_list();
  }
  ImageList list(folder.path());
  list.add("worst_1", kImage, "Worst", "");
  list.write_list();
  EXPECT_EQ(read_image_list(folder.path()).size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder / "images/worst_2.jpg"));
}

TEST(ImageList, AMissingListIsEmptyAndADamagedOneIsAnError) {
  TemporaryDirectory folder;
  EXPECT_TRUE(read_image_list(folder.path()).empty());
  std::filesystem::create_directory(folder / "images");
  for (const char* damage : {"", "{", "{}", "[1]", "[{\"file\":1}]", R"([{"file":"a.jpg","group":"g"}])",
                             R"([{"file":"../a.jpg","group":"g","caption":"c"}])"}) {
    write_file(folder / "images/list.json", damage);
    EXPECT_THAT([&] { read_image_list(folder.path()); }, ThrowsError(HasSubstr("list.json"))) << damage;
  }
}

}  // namespace
}  // namespace interprior
