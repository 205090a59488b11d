#include "interprior/data/images/image_dataset.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

#include "data/interhand/small_root.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/data/interhand/interhand.h"
#include "interprior/data/loader.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

AugmentationConfig only(double roll, double scale, double shift, double mirror) {
  return {true, roll, scale, shift, mirror, 0, 0, 0, 0.4};
}

class ImageDatasetTest : public ::testing::Test {
 protected:
  ImageDatasetTest() : model_(test_hand()), hands_(model_) {}

  ImageDataset dataset(SmallRoot root, const AugmentationConfig& augmentation, BoxSource box = BoxSource::oracle,
                       const UsableRule& rule = {}, double max_replaced_fraction = 0) {
    root.write(folder_.path());
    return ImageDataset(read_interhand(folder_.path(), "test", rule), model_, {128, box, augmentation, max_replaced_fraction});
  }

  static ImageBatch row(const ImageDataset& dataset, int64_t index = 0, uint64_t seed = 1) {
    ImageBatch batch = dataset.allocate(1);
    dataset.fill(index, Seed{seed}, batch, 0);
    return batch;
  }

  // Annotated joints in pixels of the crop (2,21,2).
  static torch::Tensor projected(const ImageBatch& batch) {
    return batch.camera.project(batch.joints_in_camera.view({1, 42, 3})).view({2, 21, 2});
  }

  // Joints of the batch's pose in the crop's camera (2,21,3).
  torch::Tensor posed_joints(const ImageBatch& batch) const {
    const PerHand<HandMesh> meshes = hands_(batch.pose);
    return torch::stack({meshes.right.joints_in_root[0], meshes.left.joints_in_root[0]}) + batch.root_in_camera[0];
  }

  TemporaryDirectory folder_;
  const HandModel& model_;
  TwoHands hands_;
};

const AugmentationConfig kNone = [] {
  AugmentationConfig none;
  none.enabled = false;
  return none;
}();

TEST_F(ImageDatasetTest, PoseAndJointsAgreeUnderEveryAugmentation) {
  const SmallRoot root = small_root();
  for (const auto& augmentation : {kNone, only(90, 0.1, 0.05, 0), only(90, 0.1, 0.05, 1)}) {
    const ImageDataset data = dataset(root, augmentation);
    for (int64_t index = 0; index < 3; ++index) {
      const ImageBatch batch = row(data, index, 7);
      EXPECT_THAT(posed_joints(batch), TensorNear(batch.joints_in_camera[0], 2e-6));
      EXPECT_TRUE(batch.joint_valid.all().item<bool>());
      EXPECT_TRUE(batch.has_mano.all().item<bool>());
      torch::Tensor original = torch::matmul(root.joints_in_world[index] - root.position, root.rotation.t()).to(torch::kFloat32);
      if (augmentation.enabled && augmentation.mirror == 1) original = mirror_vector(original).flip(0);
      EXPECT_THAT(batch.joints_in_camera[0], TensorNear(torch::matmul(original, batch.camera.camera_from_original[0].t()), 2e-6));
    }
  }
}

TEST_F(ImageDatasetTest, TheOracleCropIsCentredOnTheHands) {
  const ImageDataset data = dataset(small_root(), kNone);
  const ImageBatch batch = row(data);
  const PerHand<HandMesh> meshes = hands_(batch.pose);
  const torch::Tensor vertices =
      torch::cat({meshes.right.vertices_in_root, meshes.left.vertices_in_root}, 1) + batch.root_in_camera.unsqueeze(1);
  const torch::Tensor pixels = batch.camera.project(vertices)[0];
  const torch::Tensor low = std::get<0>(pixels.min(0)), high = std::get<0>(pixels.max(0));
  EXPECT_NEAR((high - low).max().item<float>(), 0.8 * 128, 2.0);  // the crop's camera is rotated towards the box
  EXPECT_THAT((low + high) / 2, TensorNear(torch::full({2}, 63.5f), 2.0));
}

// Coloured dots at the projected joints of the image must appear at the projected joints of the crop.
TEST_F(ImageDatasetTest, TheImageIsWarpedAsTheJointsAre) {
  SmallRoot root = small_root(1);
  root.images[0].setTo(cv::Scalar(0, 0, 0));
  const torch::Tensor joints = torch::matmul(root.joints_in_world[0] - root.position, root.rotation.t()).contiguous();
  const std::array<int64_t, 3> marked = {0, 4, 20};
  for (const Side side : kSides)
    for (const int64_t joint : marked) {
      const torch::Tensor x = joints[static_cast<int64_t>(side)][joint];
      const auto pixel = root.pinhole.project({x[0].item<double>(), x[1].item<double>(), x[2].item<double>()});
      const cv::Scalar colour = side == Side::right ? cv::Scalar(255, 0, 0) : cv::Scalar(0, 255, 0);
      cv::circle(root.images[0], {static_cast<int>(std::lround(pixel[0] * 16)), static_cast<int>(std::lround(pixel[1] * 16))},
                 4 * 16, colour, -1, cv::LINE_8, 4);
    }
  for (const double mirror : {0.0, 1.0}) {
    const ImageDataset data = dataset(root, only(80, 0.1, 0.04, mirror));
    const ImageBatch batch = row(data, 0, 3);
    const torch::Tensor pixels = projected(batch);
    for (const Side side : kSides) {
      const Side shown = mirror == 1 ? other(side) : side;  // the batch's left hand is the image's right one
      for (const int64_t joint : marked) {
        // Centroid of the dot's colour near the expected joint.
        const torch::Tensor at = pixels[static_cast<int64_t>(side)][joint];
        const auto u = static_cast<int64_t>(std::lround(at[0].item<float>())),
                   v = static_cast<int64_t>(std::lround(at[1].item<float>()));
        ASSERT_TRUE(u >= 4 && v >= 4 && u < 124 && v < 124);
        const torch::Tensor patch =
            batch.image[0][static_cast<int64_t>(shown)].slice(0, v - 4, v + 5).slice(1, u - 4, u + 5).to(torch::kFloat32);
        const torch::Tensor steps = torch::arange(-4, 5, torch::kFloat32);
        EXPECT_NEAR((patch.sum(0) * steps).sum().item<float>() / patch.sum().item<float>() + static_cast<float>(u),
                    at[0].item<float>(), 0.35);
        EXPECT_NEAR((patch.sum(1) * steps).sum().item<float>() / patch.sum().item<float>() + static_cast<float>(v),
                    at[1].item<float>(), 0.35);
        EXPECT_GT(patch[4][4].item<float>(), 150);
      }
    }
  }
}

TEST_F(ImageDatasetTest, MirrorIsTheExactSymmetryOfTheState) {
  const SmallRoot root = small_root();
  const ImageBatch plain = row(dataset(root, only(0, 0, 0, 0))), flipped = row(dataset(root, only(0, 0, 0, 1)));
  EXPECT_TRUE(torch::equal(flipped.image, plain.image.flip(3)));
  const PerHand<HandPose> expected = mirrored(plain.pose);
  for (const Side side : kSides) {
    EXPECT_THAT(flipped.pose[side].rotations, TensorNear(expected[side].rotations, 1e-6));
    EXPECT_THAT(flipped.pose[side].wrist_in_root, TensorNear(expected[side].wrist_in_root, 1e-6));
    EXPECT_TRUE(torch::equal(flipped.pose[side].shape, expected[side].shape));
  }
  EXPECT_THAT(flipped.joints_in_camera, TensorNear(mirror_vector(plain.joints_in_camera).flip(1), 1e-6));
  EXPECT_THAT(flipped.root_in_camera, TensorNear(mirror_vector(plain.root_in_camera + plain.pose.left.wrist_in_root), 1e-6));
  EXPECT_TRUE(torch::equal(flipped.camera.focal, plain.camera.focal));
  EXPECT_LT((flipped.mask - plain.mask.flip(1).flip(3)).abs().mean().item<float>(), 1e-3);
}

TEST_F(ImageDatasetTest, MasksLieWhereTheHandsAre) {
  const ImageBatch batch = row(dataset(small_root(), kNone));
  EXPECT_TRUE(batch.mask_valid.all().item<bool>());
  EXPECT_EQ(batch.mask.sizes(), (std::vector<int64_t>{1, 2, 32, 32}));
  EXPECT_LE(batch.mask.sum(1).max().item<float>(), 1.0f + 1e-6f);
  const torch::Tensor pixels = (projected(batch) + 0.5) / 4 - 0.5;
  for (const Side side : kSides) {
    const torch::Tensor mask = batch.mask[0][static_cast<int64_t>(side)], at = pixels[static_cast<int64_t>(side)].mean(0);
    const torch::Tensor grid = torch::arange(32, torch::kFloat32);
    EXPECT_NEAR((mask.sum(0) * grid).sum().item<float>() / mask.sum().item<float>(), at[0].item<float>(), 2);
    EXPECT_NEAR((mask.sum(1) * grid).sum().item<float>() / mask.sum().item<float>(), at[1].item<float>(), 2);
  }
}

TEST_F(ImageDatasetTest, SingleHandsAndMissingManoAreZero) {
  SmallRoot root = small_root(3);
  root.data["annotations"][0]["hand_type"] = "right";
  root.data["annotations"][1]["hand_type"] = "left";
  root.mano["7"]["5002"]["left"] = nullptr;
  UsableRule rule;
  rule.interacting_only = rule.need_mano = false;
  const ImageDataset data = dataset(root, kNone, BoxSource::oracle, rule);
  const torch::Tensor identity = torch::eye(3).expand({16, 3, 3});

  const ImageBatch right = row(data, 0);
  EXPECT_TRUE(torch::equal(right.hand_present, torch::tensor({{true, false}})));
  EXPECT_TRUE(torch::equal(right.has_mano, torch::tensor({{true, false}})));
  EXPECT_FALSE(right.joint_valid[0][1].any().item<bool>());
  EXPECT_EQ(right.joints_in_camera[0][1].abs().sum().item<float>(), 0);
  EXPECT_EQ(right.pose.left.wrist_in_root.abs().sum().item<float>(), 0);
  EXPECT_TRUE(torch::equal(right.pose.left.rotations[0], identity));
  EXPECT_EQ(right.mask[0][1].sum().item<float>(), 0);
  EXPECT_TRUE(right.mask_valid[0].item<bool>());

  const ImageBatch left = row(data, 1);
  EXPECT_TRUE(torch::equal(left.hand_present, torch::tensor({{false, true}})));
  EXPECT_THAT(left.root_in_camera[0], TensorNear(left.joints_in_camera[0][1][0], 1e-6));
  EXPECT_THAT(left.pose.left.wrist_in_root, TensorNear(torch::zeros({1, 3}), 0));

  const ImageBatch half = row(data, 2);
  EXPECT_TRUE(torch::equal(half.hand_present, torch::tensor({{true, true}})));
  EXPECT_TRUE(torch::equal(half.has_mano, torch::tensor({{true, false}})));
  EXPECT_TRUE(half.joint_valid.all().item<bool>());
  EXPECT_TRUE(torch::equal(half.pose.left.rotations[0], identity));
  EXPECT_FALSE(half.mask_valid[0].item<bool>());
}

TEST_F(ImageDatasetTest, RowsDependOnIndexAndSeedAlone) {
  const ImageDataset data = dataset(small_root(), {});
  const ImageBatch first = row(data, 1, 5), again = row(data, 1, 5), different = row(data, 1, 6);
  EXPECT_TRUE(torch::equal(first.image, again.image));
  EXPECT_TRUE(torch::equal(first.joints_in_camera, again.joints_in_camera));
  EXPECT_FALSE(torch::equal(first.image, different.image));

  Loader<ImageBatch> alone(data, {2, 0, 1}, {Seed{3}}), threaded(data, {2, 3, 2}, {Seed{3}});
  for (int i = 0; i < 4; ++i) {
    const ImageBatch a = *alone.next(), b = *threaded.next();
    EXPECT_EQ(a.sample, b.sample);
    EXPECT_TRUE(torch::equal(a.image, b.image));
    EXPECT_TRUE(torch::equal(a.mask, b.mask));
    EXPECT_TRUE(torch::equal(a.pose.left.rotations, b.pose.left.rotations));
  }
}

// A published script jittered its crops at test time too.
TEST_F(ImageDatasetTest, WithoutAugmentationNoSeedChangesAnything) {
  const ImageDataset measured = dataset(small_root(), kNone), trained = dataset(small_root(), {});
  const ImageBatch first = row(measured, 1, 5), other = row(measured, 1, 6);
  EXPECT_TRUE(torch::equal(first.image, other.image));
  EXPECT_TRUE(torch::equal(first.joints_in_camera, other.joints_in_camera));
  EXPECT_TRUE(torch::equal(first.camera.camera_from_original, other.camera.camera_from_original));
  EXPECT_FALSE(torch::equal(row(trained, 1, 5).image, row(trained, 1, 6).image));
}

TEST_F(ImageDatasetTest, ColourJitterStaysWithinItsLimits) {
  SmallRoot root = small_root(1);
  root.images[0].setTo(cv::Scalar(100, 100, 100));
  AugmentationConfig colour = only(0, 0, 0, 0);
  colour.gain = 0.3;
  colour.offset = 0.05;
  const ImageDataset data = dataset(root, colour);
  float low = 255, high = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const torch::Tensor middle = row(data, 0, seed).image[0].slice(1, 60, 68).slice(2, 60, 68).to(torch::kFloat32).mean({1, 2});
    low = std::min(low, middle.min().item<float>());
    high = std::max(high, middle.max().item<float>());
  }
  EXPECT_GE(low, 100 * 0.7 - 12.75 - 1);
  EXPECT_LE(high, 100 * 1.3 + 12.75 + 1);
  EXPECT_LT(low, 80);
  EXPECT_GT(high, 120);
}

TEST_F(ImageDatasetTest, DamagedImagesAreErrorsThatNameTheSample) {
  const ImageDataset data = dataset(small_root(), kNone);
  const std::filesystem::path file = data.index().usable[0].file;
  const std::string whole = read_file(file);
  for (const size_t length : {whole.size() / 2, whole.size() - 200, size_t{30}, size_t{1}}) {
    write_plainly(file, whole.substr(0, length));
    EXPECT_THAT([&] { row(data); }, ThrowsError(HasSubstr("image5000.jpg")));
  }
  std::filesystem::remove(file);
  EXPECT_THAT([&] { row(data); }, ThrowsError(HasSubstr("image5000.jpg")));
}

TEST_F(ImageDatasetTest, DamagedImagesAreReplacedByOthersAsConfigured) {
  const ImageDataset data = dataset(small_root(8), kNone, BoxSource::oracle, {}, 1);
  const std::string damaged = data.index().usable[2].sample;
  write_plainly(data.index().usable[2].file, "no image");
  std::set<std::string> instead;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const ImageBatch batch = row(data, 2, seed), again = row(data, 2, seed);
    EXPECT_NE(batch.sample[0], damaged);
    EXPECT_EQ(batch.sample[0], again.sample[0]);  // determined by the seed
    EXPECT_TRUE(torch::equal(batch.image, again.image));
    instead.insert(batch.sample[0]);
  }
  EXPECT_GT(instead.size(), 3u);
  EXPECT_EQ(row(data, 3).sample[0], data.index().usable[3].sample);
  EXPECT_GE(data.replaced(), 24);
}

TEST_F(ImageDatasetTest, TooManyDamagedImagesStopTheRun) {
  const ImageDataset data = dataset(small_root(4), kNone, BoxSource::oracle, {}, 0.05);
  write_plainly(data.index().usable[1].file, "no image");
  const auto sampling = [&](int64_t rounds) {
    for (int64_t i = 0; i < rounds; ++i) row(data, i % 4, static_cast<uint64_t>(i));
  };
  sampling(40);  // too few samples for a fraction
  EXPECT_THAT([&] { sampling(400); }, ThrowsError(AllOf(HasSubstr("images could not be used"), HasSubstr("image5001"),
                                                        HasSubstr("data.max_replaced_fraction"))));
}

TEST_F(ImageDatasetTest, AnOccluderRemovesTheMaskThatItCovers) {
  AugmentationConfig augmentation = only(40, 0.1, 0.05, 0.5);
  const ImageDataset plain = dataset(small_root(), augmentation);
  augmentation.occlusion = 1;
  const ImageDataset hidden = dataset(small_root(), augmentation);
  int64_t changed = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Occluder occluder = *sample_augmentation(augmentation, Seed{seed}.derive("x")).occluder;
    EXPECT_LE(std::max(occluder.width, occluder.height), 0.4);
    EXPECT_LE(occluder.left + occluder.width, 1);
    const ImageBatch before = row(plain, 0, seed), after = row(hidden, 0, seed);
    const Occluder patch = *sample_augmentation(augmentation, Seed{seed}).occluder;
    // Mask cells under the patch are zero; cells and pixels outside it are unchanged.
    const auto cell = [](double fraction) { return static_cast<int64_t>(static_cast<int64_t>(fraction * 128) / 4); };
    const int64_t left = cell(patch.left) + 1, top = cell(patch.top) + 1, right = cell(patch.left + patch.width) - 1,
                  bottom = cell(patch.top + patch.height) - 1;
    const auto inside = [&](const torch::Tensor& grid) { return grid.slice(2, top, bottom).slice(3, left, right); };
    if (right > left && bottom > top) {
      EXPECT_EQ(inside(after.mask).abs().max().item<float>(), 0) << seed;
      changed += inside(before.mask).sum().item<float>() > 0;
    }
    EXPECT_TRUE(torch::equal(after.mask.slice(2, 0, top - 1), before.mask.slice(2, 0, top - 1))) << seed;
    EXPECT_TRUE(torch::equal(after.image.slice(2, 0, 4 * (top - 1)), before.image.slice(2, 0, 4 * (top - 1)))) << seed;
    EXPECT_TRUE(torch::equal(after.joints_in_camera, before.joints_in_camera));
  }
  EXPECT_GT(changed, 5);
}

// A JPEG much larger than its crop is decoded at reduced size, with about the same crop.
TEST_F(ImageDatasetTest, LargeImagesAreDecodedSmallInTraining) {
  SmallRoot root = small_root(1);
  cv::Mat large;
  cv::resize(root.images[0], large, {}, 6, 6, cv::INTER_CUBIC);
  root.images[0] = large;
  auto& image = root.data["images"][0];
  image["width"] = large.cols;
  image["height"] = large.rows;
  for (auto& number : root.camera["7"]["focal"]["400262"]) number = 6 * number.get<double>();
  for (auto& number : root.camera["7"]["princpt"]["400262"]) number = 6 * number.get<double>() + 2.5;
  const AugmentationConfig still = only(0, 0, 0, 0);
  const ImageBatch reduced = row(dataset(root, still)), whole = row(dataset(root, kNone));
  EXPECT_THAT(reduced.joints_in_camera, TensorNear(whole.joints_in_camera, 1e-6));
  const torch::Tensor difference = (reduced.image.to(torch::kFloat32) - whole.image.to(torch::kFloat32)).abs();
  EXPECT_LT(difference.mean().item<float>(), 1.5);
  EXPECT_LT((difference > 30).to(torch::kFloat32).mean().item<float>(),
            1.5 / 128);  // the row where the image ends between two pixels
}

TEST_F(ImageDatasetTest, AnImageOfAnotherSizeIsRefused) {
  const ImageDataset data = dataset(small_root(), kNone);
  write_file(data.index().usable[0].file, encode_jpeg(cv::Mat(334, 512, CV_8UC3, cv::Scalar(9, 9, 9)), 90));
  EXPECT_THAT([&] { row(data); }, ThrowsError(AllOf(HasSubstr("512 x 334"), HasSubstr("334 x 512"), HasSubstr("image5000"))));
}

TEST_F(ImageDatasetTest, RecognisesPngByItsBytes) {
  const SmallRoot root = small_root();
  const ImageDataset data = dataset(root, kNone);
  cv::Mat bgr;
  cv::cvtColor(root.images[0], bgr, cv::COLOR_RGB2BGR);
  std::vector<uint8_t> bytes;
  cv::imencode(".png", bgr, bytes);
  const torch::Tensor jpeg = row(data).image.to(torch::kFloat32);
  write_file(data.index().usable[0].file, std::string(bytes.begin(), bytes.end()));
  EXPECT_LT((row(data).image.to(torch::kFloat32) - jpeg).abs().mean().item<float>(), 4);
}

TEST_F(ImageDatasetTest, TheAnnotatedBoxIsUsedWhenConfigured) {
  const ImageBatch oracle = row(dataset(small_root(), kNone)),
                   annotated = row(dataset(small_root(), kNone, BoxSource::annotation));
  // 60,150 + 210x200: the crop shows 210 px, so its focal length is about 1270 * 128 / 210.
  EXPECT_NEAR(annotated.camera.focal[0][0].item<float>(), 1270.0 * 128 / 210, 15);
  EXPECT_GT(std::abs(oracle.camera.focal[0][0].item<float>() - annotated.camera.focal[0][0].item<float>()), 1);
}

}  // namespace
}  // namespace interprior
