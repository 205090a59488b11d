#include "interprior/synthesis/image_synthesis.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <opencv2/imgproc.hpp>
#include <set>

#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/image.h"
#include "interprior/data/images/image_dataset.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/data/interhand/interhand.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/render/image_files/image_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

ImageSynthesisConfig config(int64_t count, int64_t threads = 0, double variety = 0) {
  ImageSynthesisConfig config;
  config.variety = variety_of(variety);
  config.count = count;
  config.seed = 3;
  config.threads = threads;
  return config;
}

std::map<std::string, std::string> contents(const fs::path& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), root).string()] = read_file(entry.path());
  return files;
}

class ImageSynthesisTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    hand_ = new HandModel(procedural_hand());
    folder_ = new TemporaryDirectory;
    synthesize_images(*folder_ / "root", *hand_, config(40));
  }
  static void TearDownTestSuite() {
    delete hand_;
    delete folder_;
  }
  static fs::path root() { return *folder_ / "root"; }
  static ImageDatasetConfig plain() {
    ImageDatasetConfig config;
    config.augmentation.enabled = false;
    return config;
  }

  static HandModel* hand_;
  static TemporaryDirectory* folder_;
};

HandModel* ImageSynthesisTest::hand_ = nullptr;
TemporaryDirectory* ImageSynthesisTest::folder_ = nullptr;

TEST_F(ImageSynthesisTest, ReadsAsAnInterHandRootWithoutDefects) {
  const ImageIndex index = read_images(root(), "all");
  EXPECT_THAT(index.splits, ElementsAre("train", "val", "test"));
  EXPECT_EQ(index.images, 40);
  EXPECT_EQ(index.usable.size(), 40u);
  EXPECT_THAT(index.skipped, IsEmpty());
  EXPECT_EQ(read_images(root(), "val").usable.size(), 4u);
  EXPECT_EQ(read_images(root(), "test").usable.size(), 4u);
  EXPECT_EQ(fs::directory_iterator(folder_->path())->path(), root());  // nothing else is left
}

TEST_F(ImageSynthesisTest, AnnotationsAgreeWithEachOther) {
  std::set<std::pair<int64_t, int64_t>> sizes;
  for (const ImageRecord& record : read_images(root(), "all").usable) {
    sizes.insert({record.camera.width, record.camera.height});
    std::vector<std::array<double, 2>> points;
    for (const auto& hand : record.joints_in_camera)
      for (const Vector3& joint : hand) {
        points.push_back(record.camera.project(joint));
        EXPECT_TRUE(points.back()[0] > 0 && points.back()[0] < static_cast<double>(record.camera.width)) << record.sample;
        EXPECT_TRUE(points.back()[1] > 0 && points.back()[1] < static_cast<double>(record.camera.height)) << record.sample;
        EXPECT_TRUE(joint[2] > 0.7 && joint[2] < 2.0) << joint[2];
      }
    const Box box = tight_box(points, 1.2);
    EXPECT_NEAR(box.x, record.box.x, 1e-6);
    EXPECT_NEAR(box.height, record.box.height, 1e-6);
  }
  EXPECT_EQ(sizes, (std::set<std::pair<int64_t, int64_t>>{{334, 512}, {512, 334}}));
}

TEST_F(ImageSynthesisTest, ManoParametersGiveTheAnnotatedJoints) {
  const ImageDataset dataset(read_images(root(), "all"), *hand_, plain());
  const TwoHands hands(*hand_);
  std::vector<torch::Tensor> distances;
  for (int64_t i = 0; i < dataset.size(); i += 5) {
    ImageBatch batch = dataset.allocate(1);
    dataset.fill(i, Seed{0}, batch, 0);
    const PerHand<HandMesh> meshes = hands(batch.pose);
    for (const Side side : kSides) {
      const torch::Tensor annotated = batch.joints_in_camera[0][static_cast<int64_t>(side)];
      EXPECT_THAT(meshes[side].joints_in_root[0] + batch.root_in_camera[0], TensorNear(annotated, 5e-6));
      // Joints regressed from the mesh differ (knuckles by up to 6 mm): near on average, tips and wrist nearly equal.
      const torch::Tensor regressed =
          hands.layer[side].regress_joints(meshes[side].vertices_in_root)[0] + batch.root_in_camera[0];
      const torch::Tensor distance = (regressed - annotated).norm(2, 1);
      distances.push_back(distance);
      EXPECT_LT(distance.index_select(0, torch::tensor({0, 4, 8, 12, 16, 20})).max().item<float>(), 1e-4f);
    }
  }
  EXPECT_LT(torch::stack(distances).mean().item<float>(), 1e-3f);
}

// The image has an edge at the border of the mask, and none in the smooth background around it.
TEST_F(ImageSynthesisTest, MasksAreTheSilhouettesOfTheImages) {
  const ImageDataset dataset(read_images(root(), "all"), *hand_, plain());
  int64_t seen = 0;
  for (int64_t i = 0; i < dataset.size(); i += 3) {
    ImageBatch batch = dataset.allocate(1);
    dataset.fill(i, Seed{0}, batch, 0);
    const torch::Tensor grey = batch.image[0].to(torch::kFloat32).mean(0);
    const torch::Tensor down = (grey.slice(0, 1) - grey.slice(0, 0, -1)).abs().slice(1, 1),
                        right = (grey.slice(1, 1) - grey.slice(1, 0, -1)).abs().slice(0, 1);
    const torch::Tensor edge = torch::constant_pad_nd(torch::maximum(down, right), {0, 1, 0, 1}).unsqueeze(0).unsqueeze(0);
    const torch::Tensor strongest = torch::max_pool2d(edge, 4)[0][0];
    const torch::Tensor covered = batch.mask[0].sum(0), border = covered.gt(0.2).logical_and(covered.lt(0.8));
    const torch::Tensor around = torch::max_pool2d(covered.unsqueeze(0).unsqueeze(0), 5, 1, 2)[0][0];
    const torch::Tensor outside = around.eq(0);
    EXPECT_GT(border.sum().item<int64_t>(), 30);
    EXPECT_LT(strongest.masked_select(outside).median().item<float>(), 6.0f);
    seen +=
        strongest.masked_select(border).median().item<float>() > 2 * strongest.masked_select(outside).median().item<float>() + 2;
  }
  EXPECT_GE(seen, 11);  // of 14: skin before a background of equal brightness has no edge
}

TEST_F(ImageSynthesisTest, SameSeedSameBytesForAnyNumberOfThreads) {
  const TemporaryDirectory folder;
  for (const double variety : {0.0, 1.0}) {
    const std::string name = variety > 0 ? "varied" : "plain";
    synthesize_images(folder / (name + " one"), *hand_, config(24, 1, variety));
    synthesize_images(folder / (name + " four"), *hand_, config(24, 4, variety));
    const auto one = contents(folder / (name + " one")), four = contents(folder / (name + " four"));
    EXPECT_EQ(one.size(), 24u + 12u);
    EXPECT_TRUE(one == four) << name;
  }
}

TEST_F(ImageSynthesisTest, VariedImagesAreAnnotatedAsWell) {
  const TemporaryDirectory folder;
  synthesize_images(folder / "root", *hand_, config(40, 0, 1));
  const ImageIndex index = read_images(folder / "root", "all");
  EXPECT_EQ(index.usable.size(), 40u);
  EXPECT_THAT(index.skipped, IsEmpty());
  std::set<double> focal_lengths;
  for (const ImageRecord& record : index.usable) {
    focal_lengths.insert(record.camera.fx);
    for (const auto& hand : record.joints_in_camera)
      for (const Vector3& joint : hand) {
        EXPECT_GT(joint[2], 0.1);
        const auto [u, v] = record.camera.project(joint);
        EXPECT_TRUE(u > 0 && u < static_cast<double>(record.camera.width)) << record.sample;
        EXPECT_TRUE(v > 0 && v < static_cast<double>(record.camera.height)) << record.sample;
      }
  }
  EXPECT_LT(*focal_lengths.begin(), 900);  // studio: 1258 to 1282 px
  EXPECT_GT(*focal_lengths.rbegin(), 1300);
  const ImageDataset dataset(index, *hand_, plain());
  const TwoHands hands(*hand_);
  for (int64_t i = 0; i < dataset.size(); i += 5) {
    ImageBatch batch = dataset.allocate(1);
    dataset.fill(i, Seed{0}, batch, 0);
    for (const Side side : kSides)
      EXPECT_THAT(hands(batch.pose)[side].joints_in_root[0] + batch.root_in_camera[0],
                  TensorNear(batch.joints_in_camera[0][static_cast<int64_t>(side)], 5e-6));
  }
}

TEST_F(ImageSynthesisTest, RefusesInvalidStrengths) {
  const TemporaryDirectory folder;
  ImageSynthesisConfig wrong = config(3);
  wrong.variety.noise = 1.5;
  EXPECT_THAT([&] { synthesize_images(folder / "root", *hand_, wrong); }, ThrowsError(HasSubstr("noise")));
  wrong.variety.noise = std::nan("");
  EXPECT_THAT([&] { synthesize_images(folder / "root", *hand_, wrong); }, ThrowsError(HasSubstr("from 0 to 1")));
  EXPECT_THAT([] { variety_of(-0.1); }, ThrowsError(HasSubstr("-0.1")));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(ImageSynthesisTest, HeldOutSplitsShowHeldOutPatterns) {
  const TemporaryDirectory folder;
  ImageSynthesisConfig few = config(60);
  few.patterns = 10;
  synthesize_images(folder / "root", *hand_, few);
  std::map<std::string, std::set<double>> patterns;  // one number identifies a pattern
  for (const char* split : kSplitNames)
    for (const ImageRecord& record : read_images(folder / "root", split).usable)
      patterns[split].insert(record.mano.right->shape[3]);
  EXPECT_EQ(patterns["train"].size(), 8u);
  EXPECT_EQ(patterns["val"].size(), 1u);
  EXPECT_EQ(patterns["test"].size(), 1u);
  std::set<double> all;
  for (const auto& [split, numbers] : patterns) all.insert(numbers.begin(), numbers.end());
  EXPECT_EQ(all.size(), 10u);
  few.patterns = 2;
  EXPECT_THAT([&] { synthesize_images(folder / "two", *hand_, few); }, ThrowsError(HasSubstr("at least 3")));
}

TEST_F(ImageSynthesisTest, ViewsStayWithinTheirLimit) {
  const TemporaryDirectory folder;
  ImageSynthesisConfig narrow = config(30);
  narrow.views = 20;
  synthesize_images(folder / "root", *hand_, narrow);
  const torch::Tensor canonical =
      matrix_from_axis_angle(synthesize_patterns(*hand_, {1, 0, 0, 1}).pose[0][0].slice(0, 0, 3)).to(torch::kFloat64);
  for (const ImageRecord& record : read_images(folder / "root", "all").usable) {
    torch::Tensor world = torch::zeros({3}, torch::kFloat64), camera = torch::zeros({3, 3}, torch::kFloat64);
    std::copy_n(record.mano.right->pose.begin(), 3, world.data_ptr<double>());
    std::copy_n(record.camera_from_world.rotation.data(), 9, camera.data_ptr<double>());
    EXPECT_LT(
        geodesic_angle(torch::matmul(camera, matrix_from_axis_angle(world)), canonical).item<double>() * 180 / std::acos(-1.0),
        20.01);
  }
}

TEST_F(ImageSynthesisTest, SmallCountsFillTheSplitsTheyCan) {
  const TemporaryDirectory folder;
  synthesize_images(folder / "three", *hand_, config(3));
  EXPECT_THAT(read_images(folder / "three", "all").splits, ElementsAre("train", "val", "test"));
  synthesize_images(folder / "one", *hand_, config(1));
  EXPECT_THAT(read_images(folder / "one", "all").splits, ElementsAre("train"));
}

TEST_F(ImageSynthesisTest, NeverWritesIntoAFolderInUse) {
  const TemporaryDirectory folder;
  write_file(folder / "root/mine.txt", "keep");
  EXPECT_THAT([&] { synthesize_images(folder / "root", *hand_, config(3)); }, ThrowsError(HasSubstr("not empty")));
  EXPECT_EQ(contents(folder.path()).size(), 1u);
  fs::create_directory(folder / "empty");
  synthesize_images(folder / "empty", *hand_, config(3));
  EXPECT_EQ(read_images(folder / "empty", "all").usable.size(), 3u);
}

}  // namespace
}  // namespace interprior
