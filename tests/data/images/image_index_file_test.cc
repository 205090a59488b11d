#include "interprior/data/images/image_index_file.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <chrono>

#include "data/interhand/small_root.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/base/seed.h"
#include "interprior/data/interhand/interhand.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void expect_equal(const ImageRecord& a, const ImageRecord& b) {
  EXPECT_EQ(a.sample, b.sample);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(std::filesystem::weakly_canonical(a.file), std::filesystem::weakly_canonical(b.file));
  EXPECT_EQ(a.hand_type, b.hand_type);
  EXPECT_TRUE(a.camera.matrix() == b.camera.matrix());
  EXPECT_EQ(a.camera.height, b.camera.height);
  EXPECT_TRUE(a.camera_from_world == b.camera_from_world);
  EXPECT_TRUE(a.joints_in_camera == b.joints_in_camera);
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

TEST(ImageIndexFile, ReadsBackTheContentsOfInterHand) {
  const TemporaryDirectory folder;
  SmallRoot root = small_root(6);
  root.mano["7"]["5001"]["left"] = nullptr;
  root.data["images"][2]["file_name"] = "Capture7/0042_pray/cam400262/other name 5002.jpg";
  root.data["annotations"][3]["joint_valid"][20] = 0;
  root.data["annotations"][4].erase("bbox");
  root.write(folder.path());
  UsableRule rule;
  rule.keep_unusable = true;
  const ImageIndex index = read_images(folder.path(), "test", rule);
  ASSERT_EQ(index.usable.size(), 4u);
  write_image_index(folder / "images.h5", read_interhand_tables(folder.path(), "test"));
  const ImageIndex read = read_images(folder / "images.h5", "all", rule);
  EXPECT_EQ(read.kind, "images");
  EXPECT_THAT(read.splits, ElementsAre("test"));
  EXPECT_EQ(read.images, 6);
  EXPECT_EQ(read.annotations, 6);
  EXPECT_EQ(read.by_type, index.by_type);
  EXPECT_EQ(read.skipped, index.skipped);
  EXPECT_EQ(read.skipped.at("malformed"), 1);
  ASSERT_EQ(read.usable.size(), 4u);
  for (size_t i = 0; i < 4; ++i) expect_equal(read.usable[i], index.usable[i]);
  EXPECT_EQ(read.usable[1].sample, "test/Capture7/0042_pray/cam400262/other name 5002.jpg");
  ASSERT_EQ(read.unusable.size(), 1u);
  expect_equal(read.unusable[0], index.unusable[0]);
}

TEST(ImageIndexFile, IsRefusedOnceASourceHasChanged) {
  const TemporaryDirectory folder;
  SmallRoot root = small_root();
  root.write(folder / "root");
  write_image_index(folder / "images.h5", read_interhand_tables(folder / "root", "test"));
  const std::filesystem::path mano = folder / "root/annotations/test/InterHand2.6M_test_MANO_NeuralAnnot.json";
  const std::string before = read_file(mano);
  std::filesystem::last_write_time(mano, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_NO_THROW(read_image_tables(folder / "images.h5"));  // copied, not changed
  std::string after = before;
  after[after.find("0.") + 2] ^= 1;  // another digit, same length
  write_plainly(mano, after);
  EXPECT_THAT([&] { read_image_tables(folder / "images.h5"); },
              ThrowsError(AllOf(HasSubstr("out of date"), HasSubstr("MANO_NeuralAnnot.json"), HasSubstr("prepare interhand"))));
  write_plainly(mano, before);
  EXPECT_NO_THROW(read_image_tables(folder / "images.h5"));
  write_plainly(mano, before + " ");
  EXPECT_THAT([&] { read_image_tables(folder / "images.h5"); }, ThrowsError(HasSubstr("out of date")));
  std::filesystem::remove(mano);  // an index may outlive the annotations
  EXPECT_NO_THROW(read_image_tables(folder / "images.h5"));
  std::filesystem::remove_all(folder / "root");
  EXPECT_THAT([&] { read_image_tables(folder / "images.h5"); }, ThrowsError(HasSubstr("is gone")));
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
  EXPECT_TRUE(index.usable[1].camera_from_world == RigidTransform());
  const cv::Mat image = decode_rgb(read_image_bytes(index.usable[1]), "b");
  EXPECT_GT(image.at<cv::Vec3b>(10, 15)[1], 180);
  EXPECT_EQ(read_image_index(folder / "images.h5", "test").skipped, (std::map<std::string, int64_t>{{"mano_missing", 2}}));
}

TEST(ImageIndexFile, ASetWithOnly2dJointsProvidesJointTargets) {
  const TemporaryDirectory folder;
  write_plainly(folder / "a.jpg", encode_jpeg(cv::Mat(20, 30, CV_8UC3, cv::Scalar(200, 10, 10)), 90));
  TensorFileWriter file(folder / "images.h5", "interprior.images", 1);
  file.write_strings("sample", {"train/a"});
  file.write_strings("file", {"a.jpg"});
  file.write_strings("hand_type", {"interacting"});
  file.write("camera/intrinsics", torch::tensor({{500., 480., 15., 10.}}));
  file.write("camera/size", torch::tensor({{int64_t{30}, int64_t{20}}}));
  file.write("box", torch::tensor({{1., 1., 20., 15.}}));
  const torch::Tensor pixels = torch::rand({1, 2, 21, 2}, torch::kFloat64) * 20;
  file.write("joints_2d", pixels);
  torch::Tensor valid = torch::ones({1, 2, 21}, torch::kUInt8);
  valid[0][1][3] = 0;
  file.write("joint_valid", valid);
  file.close();
  EXPECT_EQ(read_image_index(folder / "images.h5", "train").skipped.at("mano_missing"), 1);
  ImageFilter without_mano;
  without_mano.without_mano = true;
  const ImageIndex index = read_image_index(folder / "images.h5", "train", UsableRule(without_mano));
  ASSERT_EQ(index.usable.size(), 1u);
  const ImageRecord record = index.usable[0];
  for (size_t k = 0; k < 42; ++k) {
    EXPECT_EQ(record.joint_valid[k / 21][k % 21], k != 24);
    if (k == 24) continue;
    const auto seen = record.camera.project(record.joints_in_camera[k / 21][k % 21]);
    for (int64_t axis = 0; axis < 2; ++axis)
      EXPECT_NEAR(seen[static_cast<size_t>(axis)],
                  pixels[0][static_cast<int64_t>(k / 21)][static_cast<int64_t>(k % 21)][axis].item<double>(), 1e-9);
  }
}

TEST(ImageIndexFile, RefusesDamage) {
  const TemporaryDirectory folder;
  small_root().write(folder.path());
  const ImageTables tables = read_interhand_tables(folder.path(), "test");
  write_image_index(folder / "images.h5", tables);
  EXPECT_THAT([&] { read_image_index(folder / "images.h5", "val"); }, ThrowsError(HasSubstr("no image of the split `val`")));
  EXPECT_THAT([&] { read_images(folder / "nothing.h5", "test"); }, ThrowsError(HasSubstr("no such file")));
  const auto refused = [&](const std::function<void(ImageTables&)>& change, const std::string& words) {
    ImageTables broken = tables;
    change(broken);
    write_image_index(folder / "broken.h5", broken);
    EXPECT_THAT([&] { read_image_index(folder / "broken.h5", "test"); }, ThrowsError(HasSubstr(words)));
  };
  refused([](ImageTables& t) { t.frames[1].mano.right->pose[7] = std::nan(""); }, "row 1 of frame/mano/pose");
  refused([](ImageTables& t) { t.cameras[0].fx = std::nan(""); }, "row 0 of camera/intrinsics");
  refused([](ImageTables& t) { t.images[2].camera = 5; }, "row 2 of image/camera");
  refused([](ImageTables& t) { t.images[0].frame = 99; }, "row 0 of image/frame");
  refused([](ImageTables& t) { t.images[0].split = 3; }, "image/split");
  refused([](ImageTables& t) { t.given[77].sample = "test/x"; }, "names no image");
  refused([](ImageTables& t) { t.lost.clear(); }, "attribute `lost`");
  EXPECT_THAT([&] { write_image_index(folder / "none.h5", ImageTables{}); }, ThrowsError(HasSubstr("at least one image")));
}

TEST(ImageIndexFile, MutatedFilesNeverCrash) {
  const TemporaryDirectory folder;
  small_root().write(folder.path());
  write_image_index(folder / "images.h5", read_interhand_tables(folder.path(), "test"));
  const std::string whole = read_file(folder / "images.h5");
  Random random(Seed{11});
  int errors = 0;
  for (int round = 0; round < 150; ++round) {
    std::string bytes = whole;
    for (int64_t flips = 1 + random.integer(6); flips > 0; --flips)
      bytes[static_cast<size_t>(random.integer(static_cast<int64_t>(bytes.size())))] = static_cast<char>(random.bits());
    if (round % 5 == 0) bytes.resize(static_cast<size_t>(random.integer(static_cast<int64_t>(bytes.size()))));
    write_plainly(folder / "mutated.h5", bytes);
    try {
      for (const ImageRecord& record : read_image_index(folder / "mutated.h5", "all").usable) EXPECT_FALSE(record.sample.empty());
    } catch (const Error&) {
      ++errors;
    }
  }
  EXPECT_GT(errors, 20);
}

}  // namespace
}  // namespace interprior
