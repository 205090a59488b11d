#include "interprior/synthesis/synthetic_images.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/data/images/visible_mask.h"
#include "interprior/data/loader.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const HandModel& hand() {
  static const HandModel model = procedural_hand();
  return model;
}

SyntheticImagesConfig config(double variety, int64_t crop_size = 128) {
  SyntheticImagesConfig config;
  config.count = 50;
  config.crop_size = crop_size;
  config.variety = variety_of(variety);
  return config;
}

ImageBatch rows_of(const SyntheticImages& data, int64_t count, uint64_t seed = 1) {
  ImageBatch batch = data.allocate(count);
  for (int64_t i = 0; i < count; ++i) data.fill(i, Seed{seed}, batch, i);
  return batch;
}

bool same_labels(const ImageBatch& a, const ImageBatch& b) {
  bool same = torch::equal(a.mask, b.mask) && torch::equal(a.joints_in_camera, b.joints_in_camera) &&
              torch::equal(a.root_in_camera, b.root_in_camera) && torch::equal(a.camera.focal, b.camera.focal) &&
              torch::equal(a.camera.camera_from_original, b.camera.camera_from_original);
  for (const Side side : kSides)
    same = same && torch::equal(a.pose[side].rotations, b.pose[side].rotations) &&
           torch::equal(a.pose[side].shape, b.pose[side].shape) &&
           torch::equal(a.pose[side].wrist_in_root, b.pose[side].wrist_in_root);
  return same;
}

TEST(SyntheticImages, ARowDependsOnSeedAndIndexAlone) {
  const SyntheticImages data(hand(), config(1));
  const ImageBatch one = rows_of(data, 6), again = rows_of(SyntheticImages(hand(), config(1)), 6);
  EXPECT_TRUE(torch::equal(one.image, again.image));
  EXPECT_TRUE(same_labels(one, again));
  EXPECT_EQ(one.sample, again.sample);
  ImageBatch turned = data.allocate(6);  // other rows of a batch, another order
  for (int64_t i = 5; i >= 0; --i) data.fill(i, Seed{1}, turned, 5 - i);
  EXPECT_TRUE(torch::equal(turned.image.flip(0), one.image));
  EXPECT_FALSE(torch::equal(one.image[0], one.image[1]));
  EXPECT_FALSE(torch::equal(one.image, rows_of(data, 6, 2).image));
  EXPECT_NE(one.sample[0], one.sample[1]);
}

TEST(SyntheticImages, LoadersAgreeForAnyNumberOfWorkers) {
  const SyntheticImages data(hand(), config(1, 64));
  std::vector<torch::Tensor> images;
  for (const int64_t workers : {0, 3}) {
    Loader<ImageBatch> loader(data, {5, workers, 2}, {Seed{3}, true, true, 9});
    for (int batch = 0; batch < 3; ++batch) images.push_back(loader.next()->image);  // into the second epoch
  }
  for (size_t batch = 0; batch < 3; ++batch) EXPECT_TRUE(torch::equal(images[batch], images[3 + batch]));
}

// Joints and masks agree with the poses: joints from the layer, masks from rasterised meshes.
TEST(SyntheticImages, LabelsAreExact) {
  const TwoHands hands(hand());
  for (const double variety : {0.0, 1.0}) {
    const int64_t count = 24, size = 128, grid = size / 4;
    const ImageBatch batch = rows_of(SyntheticImages(hand(), config(variety, size)), count);
    EXPECT_TRUE(batch.has_mano.all().item<bool>() && batch.hand_present.all().item<bool>() &&
                batch.mask_valid.all().item<bool>() && batch.joint_valid.all().item<bool>());
    const PerHand<HandMesh> meshes = hands(batch.pose);
    const torch::Tensor root = batch.root_in_camera.unsqueeze(1);
    const torch::Tensor joints = torch::stack({meshes.right.joints_in_root + root, meshes.left.joints_in_root + root}, 1);
    EXPECT_THAT(joints, TensorNear(batch.joints_in_camera, 3e-6));
    const torch::Tensor rotation = batch.camera.camera_from_original;
    EXPECT_THAT(torch::matmul(rotation, rotation.transpose(1, 2)), TensorNear(torch::eye(3).expand({count, 3, 3}), 1e-5));

    int64_t equal_masks = 0;
    for (int64_t i = 0; i < count; ++i) {
      PerHand<Mesh> shown;
      for (const Side side : kSides)
        shown[side] = mesh_from(meshes[side].vertices_in_root[i] + batch.root_in_camera[i], hands.layer[side].faces());
      const float* focal = batch.camera.focal[i].const_data_ptr<float>();
      const Pinhole crop = {focal[0], focal[1], (size - 1) / 2.0, (size - 1) / 2.0, size, size};
      torch::Tensor drawn = torch::zeros({2, grid, grid});
      fill_visible_mask({&shown.right, &shown.left}, crop, 4, drawn.data_ptr<float>());
      // Forearms may hide parts, but no pixel may be added; pixels at a border may differ by rounding.
      EXPECT_LE((batch.mask[i] - drawn).max().item<float>(), 2.01f / 16);
      equal_masks += (batch.mask[i] - drawn).abs().sum().item<float>() < 1;
      EXPECT_GT(batch.mask[i].sum().item<float>(), 0.05f * grid * grid);
    }
    EXPECT_GE(equal_masks, count / 3);  // samples without an arm in front of a hand

    // Joints are inside the meshes: a hand or an arm covers their projections.
    const torch::Tensor places = batch.camera.project(batch.joints_in_camera.view({count, 42, 3}));
    const torch::Tensor covered = torch::max_pool2d(batch.mask.sum(1, true), 3, 1, 1).squeeze(1);
    int64_t inside = 0;
    for (int64_t i = 0; i < count; ++i)
      for (int64_t joint = 0; joint < 42; ++joint) {
        const auto u = static_cast<int64_t>((places[i][joint][0].item<float>() + 0.5f) / 4),
                   v = static_cast<int64_t>((places[i][joint][1].item<float>() + 0.5f) / 4);
        if (u >= 0 && v >= 0 && u < grid && v < grid) inside += covered[i][v][u].item<float>() > 0;
      }
    EXPECT_GE(inside, static_cast<int64_t>(0.93 * static_cast<double>(42 * count)));
  }
}

// The image has an edge at the border of the mask: both are rendered with the same camera.
TEST(SyntheticImages, ImagesMatchTheMasks) {
  SyntheticImagesConfig plain = config(0);
  plain.augmentation.gain = plain.augmentation.offset = 0;
  const ImageBatch batch = rows_of(SyntheticImages(hand(), plain), 24);
  int64_t seen = 0;
  for (int64_t i = 0; i < 24; ++i) {
    const torch::Tensor grey = batch.image[i].to(torch::kFloat32).mean(0);
    const torch::Tensor across = (grey.slice(1, 1) - grey.slice(1, 0, -1)).abs();
    const torch::Tensor strongest = torch::max_pool2d(torch::constant_pad_nd(across, {0, 1}).unsqueeze(0).unsqueeze(0), 4)[0][0];
    const torch::Tensor whole = batch.mask[i].sum(0), border = whole.gt(0.2).logical_and(whole.lt(0.8));
    const torch::Tensor outside = torch::max_pool2d(whole.unsqueeze(0).unsqueeze(0), 5, 1, 2)[0][0].eq(0);
    EXPECT_GT(border.sum().item<int64_t>(), 20);
    seen +=
        strongest.masked_select(border).median().item<float>() > 2 * strongest.masked_select(outside).median().item<float>() + 2;
  }
  EXPECT_GE(seen, 19);  // skin before a background of equal brightness has no edge
}

// Each single effect changes the pixels but not the labels; only `cameras` also changes the camera.
TEST(SyntheticImages, EveryEffectChangesPixelsAndNoLabel) {
  const ImageBatch plain = rows_of(SyntheticImages(hand(), config(0, 96)), 8);
  VarietyConfig names;
  const size_t effects = fields_of(names).list.size();
  ASSERT_EQ(effects, 11u);
  for (size_t k = 0; k < effects; ++k) {
    SyntheticImagesConfig one = config(0, 96);
    const Fields fields = fields_of(one.variety);
    *std::get<double*>(fields.list[k].value) = 1;
    const ImageBatch changed = rows_of(SyntheticImages(hand(), one), 8);
    const std::string& name = fields.list[k].name;
    EXPECT_FALSE(torch::equal(changed.image, plain.image)) << name;
    EXPECT_EQ(same_labels(changed, plain), name != "cameras") << name;
    EXPECT_TRUE(torch::equal(changed.pose.right.shape, plain.pose.right.shape)) << name;
    EXPECT_THAT(interaction_from(changed.pose).left_in_right, TensorNear(interaction_from(plain.pose).left_in_right, 1e-5))
        << name;
  }
  // Without any effect there is no noise: the background is smooth.
  const torch::Tensor grey = plain.image.to(torch::kFloat32).mean(1);
  const torch::Tensor bend = (grey.slice(2, 2) - 2 * grey.slice(2, 1, -1) + grey.slice(2, 0, -2)).abs();
  EXPECT_LT(bend.median().item<float>(), 1.5f);
}

TEST(SyntheticImages, WeakerEffectsChangeLess) {
  SyntheticImagesConfig noisy = config(0, 96);
  noisy.augmentation.enabled = false;
  const torch::Tensor plain = rows_of(SyntheticImages(hand(), noisy), 12).image.to(torch::kFloat32);
  const auto distance = [&](double strength) {
    noisy.variety.noise = noisy.variety.texture = strength;
    return (rows_of(SyntheticImages(hand(), noisy), 12).image.to(torch::kFloat32) - plain).abs().mean().item<float>();
  };
  const float weak = distance(0.3), strong = distance(1);
  EXPECT_GT(weak, 0);
  EXPECT_GT(strong, 1.5f * weak);
}

TEST(SyntheticImages, ShowsThePatternsItIsGiven) {
  const Patterns patterns = synthesize_patterns(hand(), {5, 9, 180, 1});
  const TwoHands hands(hand());
  const Interaction wanted = interaction_from(PatternBatch{patterns.pose, patterns.shape, patterns.translation}, hands);
  SyntheticImagesConfig still = config(1, 64);
  still.augmentation.mirror = 0;
  const Interaction shown = interaction_from(rows_of(SyntheticImages(hand(), still, patterns), 7).pose);
  for (int64_t i = 0; i < 7; ++i) {
    EXPECT_THAT(shown.left_from_right[i], TensorNear(wanted.left_from_right[i % 5], 1e-5));
    EXPECT_THAT(shown.left_in_right[i], TensorNear(wanted.left_in_right[i % 5], 1e-6));
    for (const Side side : kSides) {
      EXPECT_THAT(shown.fingers[side][i], TensorNear(wanted.fingers[side][i % 5], 1e-5));
      EXPECT_THAT(shown.shape[side][i], TensorNear(wanted.shape[side][i % 5], 0));
    }
  }
  EXPECT_THAT([&] { SyntheticImages(hand(), still, Patterns{}); }, ThrowsError(HasSubstr("no patterns")));
}

TEST(SyntheticImages, DistinctInteractionsRecurInOtherViews) {
  SyntheticImagesConfig few = config(0, 64);
  few.interactions = 3;
  few.augmentation.mirror = 0;
  const ImageBatch batch = rows_of(SyntheticImages(hand(), few), 6);
  EXPECT_TRUE(torch::equal(batch.pose.right.shape.slice(0, 0, 3), batch.pose.right.shape.slice(0, 3)));
  EXPECT_FALSE(torch::equal(batch.pose.right.shape[0], batch.pose.right.shape[1]));
  EXPECT_FALSE(torch::equal(batch.pose.right.rotations.select(1, 0)[0], batch.pose.right.rotations.select(1, 0)[3]));
}

TEST(SyntheticImages, ViewsStayWithinTheirLimit) {
  SyntheticImagesConfig narrow = config(0, 64);
  narrow.views = 20;
  narrow.augmentation.enabled = false;
  const torch::Tensor canonical = matrix_from_axis_angle(synthesize_patterns(hand(), {1, 0, 0, 1}).pose[0][0].slice(0, 0, 3));
  const ImageBatch batch = rows_of(SyntheticImages(hand(), narrow), 20);
  const torch::Tensor original =
      torch::matmul(batch.camera.camera_from_original.transpose(1, 2), batch.pose.right.rotations.select(1, 0));
  EXPECT_LT(geodesic_angle(original, canonical).max().item<float>() * 180 / std::acos(-1.0), 20.1);
}

TEST(SyntheticImages, RefusesInvalidConfigs) {
  const auto refused = [](auto change) {
    SyntheticImagesConfig wrong = config(1);
    change(wrong);
    return [wrong] { SyntheticImages(hand(), wrong); };
  };
  EXPECT_THAT(refused([](auto& c) { c.count = 0; }), ThrowsError(HasSubstr("count above 0")));
  EXPECT_THAT(refused([](auto& c) { c.interactions = -1; }), ThrowsError(HasSubstr("negative")));
  EXPECT_THAT(refused([](auto& c) { c.views = 181; }), ThrowsError(HasSubstr("180")));
  EXPECT_THAT(refused([](auto& c) { c.views = std::nan(""); }), ThrowsError(HasSubstr("180")));
  EXPECT_THAT(refused([](auto& c) { c.crop_size = 130; }), ThrowsError(HasSubstr("multiple of 4")));
  EXPECT_THAT(refused([](auto& c) { c.variety.jpeg = 2; }), ThrowsError(HasSubstr("jpeg")));
  const SyntheticImages data(hand(), config(0, 64));
  ImageBatch batch = data.allocate(1);
  EXPECT_THAT([&] { data.fill(50, Seed{1}, batch, 0); }, ThrowsError(HasSubstr("50 of 50")));
  EXPECT_THAT([&] { data.fill(-1, Seed{1}, batch, 0); }, ThrowsError(HasSubstr("-1")));
}

}  // namespace
}  // namespace interprior
