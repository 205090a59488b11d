#include "interprior/data/image_index_file.h"

#include <gtest/gtest.h>

#include "interprior/base/tensor_file.h"
#include "interprior/data/interhand.h"
#include "interprior/base/atomic_file.h"
#include "small_root.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void expect_equal(const ImageRecord& a, const ImageRecord& b) {
  EXPECT_EQ(a.sample, b.sample);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(std::filesystem::weakly_canonical(a.file), std::filesystem::weakly_canonical(b.file));
  EXPECT_EQ(a.hand_type, b.hand_type);
  EXPECT_EQ(a.camera.matrix(), b.camera.matrix());
  EXPECT_EQ(a.camera.height, b.camera.height);
  EXPECT_EQ(a.camera_from_world, b.camera_from_world);
  EXPECT_EQ(a.world_origin_in_camera, b.world_origin_in_camera);
  EXPECT_EQ(a.joints_in_camera, b.joints_in_camera);
  EXPECT_EQ(a.joint_valid, b.joint_valid);
  EXPECT_EQ(a.box.width, b.box.width);
  for (const Side side : kSides) {
    ASSERT_EQ(a.mano[side].has_value(), b.mano[side].has_value());
    if (!a.mano[side]) continue;
    EXPECT_EQ(a.mano[side]->pose, b.mano[side]->pose);
    EXPECT_EQ(a.mano[side]->shape, b.mano[side]->shape);
    EXPECT_EQ(a.mano[side]->translation, b.mano[side]->translation);
  }
}

TEST(ImageIndexFile, ReadsBackWhatInterHandHolds) {
  const TemporaryDirectory folder;
  SmallRoot root = small_root();
  root.mano["7"]["5001"]["left"] = nullptr;
  root.write(folder.path());
  UsableRule rule;
  rule.keep_unusable = true;
  const ImageIndex index = read_images(folder.path(), "test", rule);
  write_image_index(folder / "images.h5", index);
  const ImageIndex read = read_images(folder / "images.h5", "all");
  EXPECT_EQ(read.kind, "images");
  EXPECT_THAT(read.splits, ElementsAre("test"));
  EXPECT_EQ(read.annotations, 3);
  EXPECT_EQ(read.skipped, index.skipped);
  ASSERT_EQ(read.usable.size(), 2u);
  for (size_t i = 0; i < 2; ++i) expect_equal(read.usable[i], index.usable[i]);
}

TEST(ImageIndexFile, AMinimalFileOfCamerasAndBoxesIsEnough) {
  const TemporaryDirectory folder;
  const std::string one = encode_jpeg(cv::Mat(20, 30, CV_8UC3, cv::Scalar(200, 10, 10)), 90);
  const std::string two = encode_jpeg(cv::Mat(20, 30, CV_8UC3, cv::Scalar(10, 200, 10)), 90);
  write_file(folder / "shard.bin", one + two);
  TensorFileWriter file(folder / "images.h5", "interprior.images", 1);
  file.write_strings("sample", {"test/a", "test/b"});
  file.write_strings("file", {"shard.bin", "shard.bin"});
  file.write_strings("hand_type", {"interacting", "right"});
  file.write("shard/offset", torch::tensor({int64_t{0}, static_cast<int64_t>(one.size())}));
  file.write("shard/bytes", torch::tensor({static_cast<int64_t>(one.size()), static_cast<int64_t>(two.size())}));
  file.write("camera/intrinsics", torch::tensor({{500., 500., 15., 10.}, {500., 500., 15., 10.}}));
  file.write("camera/size", torch::tensor({{int64_t{30}, int64_t{20}}, {int64_t{30}, int64_t{20}}}));
  file.write("box", torch::tensor({{1., 1., 20., 15.}, {1., 1., 20., 15.}}));
  file.write("joints", torch::ones({2, 2, 21, 3}, torch::kFloat64));
  file.close();
  UsableRule rule;
  rule.need_mano = rule.interacting_only = false;
  const ImageIndex index = read_image_index(folder / "images.h5", "test", rule);
  ASSERT_EQ(index.usable.size(), 2u);
  EXPECT_EQ(index.usable[1].sequence, "test/b");
  EXPECT_EQ(index.usable[1].camera_from_world, identity_matrix());
  const cv::Mat picture = decode_picture(read_picture_bytes(index.usable[1]), "b");
  EXPECT_GT(picture.at<cv::Vec3b>(10, 15)[1], 180);
  EXPECT_EQ(read_image_index(folder / "images.h5", "test").skipped, (std::map<std::string, int64_t>{{"mano_missing", 2}}));
}

TEST(ImageIndexFile, RefusesDamage) {
  const TemporaryDirectory folder;
  small_root().write(folder.path());
  const ImageIndex index = read_images(folder.path(), "test");
  write_image_index(folder / "images.h5", index);
  EXPECT_THAT([&] { read_image_index(folder / "images.h5", "val"); }, ThrowsError(HasSubstr("no picture of the split `val`")));
  EXPECT_THAT([&] { read_images(folder / "nothing.h5", "test"); }, ThrowsError(HasSubstr("no such file")));
  ImageIndex broken = index;
  broken.usable[1].mano.right->pose[7] = std::nan("");
  write_image_index(folder / "nan.h5", broken);
  EXPECT_THAT([&] { read_image_index(folder / "nan.h5", "test"); }, ThrowsError(HasSubstr("image5001")));
  broken = index;
  broken.usable[0].sample = "image.jpg";
  EXPECT_THAT([&] { write_image_index(folder / "name.h5", broken); }, ThrowsError(HasSubstr("split")));
  EXPECT_THAT([&] { write_image_index(folder / "none.h5", ImageIndex{}); }, ThrowsError(HasSubstr("without a single")));
}

}  // namespace
}  // namespace interprior
