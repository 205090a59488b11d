#include "interprior/objective/keypoint_cues.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/objective/keypoint_noise.h"
#include "support/random_interaction.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSize = 128, kGrid = 32;
const Pinhole kImage{1200, 1180, 255.5, 250, 512, 500};

SamplerConfig model_of_joints() {
  SamplerConfig model;
  model.image_size = kSize;
  model.extraction.features = 4;
  model.heatmap.kind = HeatmapKind::joint;
  model.relative_translation = RelativeSource::prior;
  return model;
}

// Joints of random pairs of hands under random views (B,42,3) m, camera frame.
torch::Tensor joints_before_camera(int64_t count, uint64_t seed) {
  static const TwoHands hands(procedural_hand());
  const torch::Tensor turn = matrix_from_axis_angle(3 * normal_tensor({count, 3}, Seed{seed + 1}));
  const PerHand<HandMesh> mesh = hands(pose_from(random_interaction(count, seed), turn));
  const torch::Tensor both = torch::cat({mesh.right.joints_in_root, mesh.left.joints_in_root}, 1);
  return both - both.mean(1, true) + torch::tensor({0.05f, -0.03f, 0.9f});
}

FoundJoints all_found(const torch::Tensor& joints_in_camera) {
  const torch::Tensor x = joints_in_camera.to(torch::kFloat64), z = x.select(2, 2);
  const torch::Tensor place =
      torch::stack({x.select(2, 0) / z * kImage.fx + kImage.cx, x.select(2, 1) / z * kImage.fy + kImage.cy}, 2);
  return {place, torch::ones({place.size(0), 42}, torch::kBool)};
}

std::vector<Pinhole> images(int64_t count) { return std::vector<Pinhole>(static_cast<size_t>(count), kImage); }

TEST(JointBox, IsTightAboutTheHandsFromEverywhere) {
  const FoundJoints joints = all_found(joints_before_camera(200, 3));
  for (int64_t i = 0; i < 200; ++i) {
    const Box box = joint_box(joints.place[i], joints.found[i]);
    const torch::Tensor low = joints.place[i].amin(0), high = joints.place[i].amax(0);
    EXPECT_DOUBLE_EQ(box.x, low[0].item<double>()) << i;
    EXPECT_DOUBLE_EQ(box.y, low[1].item<double>()) << i;
    EXPECT_NEAR(box.x + box.width, high[0].item<double>(), 1e-9) << i;
    EXPECT_NEAR(box.y + box.height, high[1].item<double>(), 1e-9) << i;
  }
}

TEST(JointBox, OneDistantJointIsIgnored) {
  FoundJoints joints = all_found(joints_before_camera(20, 5));
  for (int64_t i = 0; i < 20; ++i) {
    torch::Tensor place = joints.place[i].clone(), found = joints.found[i].clone();
    found[21 + 8].fill_(false);
    const Box without = joint_box(place, found);
    found[21 + 8].fill_(true);
    place[21 + 8][0] = 5000;
    const Box with = joint_box(place, found);
    EXPECT_DOUBLE_EQ(with.width, without.width) << i;
    EXPECT_DOUBLE_EQ(with.x, without.x) << i;
  }
}

TEST(JointBox, UsesOnlyDetectedJoints) {
  FoundJoints joints = all_found(joints_before_camera(1, 6));
  joints.found[0].slice(0, 21).fill_(false);
  joints.place[0].slice(0, 21).fill_(std::numeric_limits<double>::quiet_NaN());
  const Box box = joint_box(joints.place[0], joints.found[0]);
  EXPECT_DOUBLE_EQ(box.x, joints.place[0].slice(0, 0, 21).select(1, 0).min().item<double>());
  EXPECT_THAT([&] { joint_box(joints.place[0], torch::zeros({42}, torch::kBool)); }, ThrowsError(HasSubstr("no joint")));
  // Coincident joints still have a box and a crop.
  const FoundJoints heap{torch::full({1, 42, 2}, 200.0, torch::kFloat64), torch::ones({1, 42}, torch::kBool)};
  EXPECT_NO_THROW(crops_about(heap, images(1), kSize));
}

TEST(CropsAbout, AreCamerasOfTheirOwn) {
  const torch::Tensor joints = joints_before_camera(8, 7);
  const JointCrops crops = crops_about(all_found(joints), images(8), kSize);
  // The joints' projections by the crop's camera are the image's joints mapped into the crop.
  const Camera cameras = cameras_of(crops.crops, torch::kCPU);
  const torch::Tensor turned = joints.matmul(cameras.camera_from_original.transpose(1, 2));
  EXPECT_THAT(crops.joints.place, TensorNear(cameras.project(turned), 2e-3));
  const torch::Tensor low = crops.joints.place.amin(1), high = crops.joints.place.amax(1);
  EXPECT_THAT((high - low).amax(1), TensorNear(torch::full({8}, 0.7 * kSize), 0.02 * kSize));
  EXPECT_THAT((high + low) / 2, TensorNear(torch::full({8, 2}, (kSize - 1) / 2.0), 0.03 * kSize));
}

TEST(KeypointCues, AnUndetectedJointHasAnEmptyMap) {
  JointCrops crops = crops_about(all_found(joints_before_camera(3, 9)), images(3), kSize);
  const Features whole = keypoint_cues(model_of_joints(), crops.joints);
  EXPECT_THAT(whole.iah.amax({2, 3}), TensorNear(torch::ones({3, 42}), 1e-6));
  crops.joints.found[1][5].fill_(false);
  crops.joints.found[2].slice(0, 21).fill_(false);
  const Features some = keypoint_cues(model_of_joints(), crops.joints);
  const torch::Tensor empty = some.iah.amax({2, 3}) == 0;
  EXPECT_TRUE(torch::equal(empty, crops.joints.found.logical_not()));
  EXPECT_TRUE(torch::equal(some.iah[0], whole.iah[0]));
  EXPECT_EQ(some.mask[2][1].max().item<float>(), 0);
  EXPECT_TRUE(torch::equal(some.mask[2][0], whole.mask[2][0])) << "neither hand hides the other";
  EXPECT_FALSE(some.map.defined());
  EXPECT_EQ(some.tau.abs().max().item<float>(), 0);
}

TEST(KeypointCues, DoNotDependOnTheOtherRows) {
  const JointCrops crops = crops_about(all_found(joints_before_camera(6, 11)), images(6), kSize);
  SamplerConfig model = model_of_joints();
  model.heatmap.kind = HeatmapKind::iah;
  const Features all = keypoint_cues(model, crops.joints);
  for (int64_t i = 0; i < 6; ++i) {
    const Features one = keypoint_cues(model, {crops.joints.place.slice(0, i, i + 1), crops.joints.found.slice(0, i, i + 1)});
    EXPECT_TRUE(torch::equal(one.iah[0], all.iah[i])) << i;
    EXPECT_TRUE(torch::equal(one.mask[0], all.mask[i])) << i;
  }
}

TEST(KeypointCues, RefuseInputsThatKeypointsDoNotProvide) {
  SamplerConfig model = model_of_joints();
  EXPECT_NO_THROW(require_keypoints_suffice(model));
  for (const RelativeSource source : {RelativeSource::image, RelativeSource::both}) {
    model.relative_translation = source;
    EXPECT_THAT([&] { require_keypoints_suffice(model); }, ThrowsError(HasSubstr("model.relative_translation")));
  }
  model = model_of_joints();
  model.heatmap.neighbourhood = Neighbourhood::space;
  EXPECT_THAT([&] { require_keypoints_suffice(model); }, ThrowsError(HasSubstr("model.heatmap.neighbourhood")));
  model = model_of_joints();
  model.heatmap.kind = HeatmapKind::none;
  EXPECT_THAT([&] { require_keypoints_suffice(model); }, ThrowsError(HasSubstr("model.heatmap.kind")));
  model = model_of_joints();
  model.fusion.iah = model.fusion.mask = false;
  EXPECT_THAT([&] { require_keypoints_suffice(model); }, ThrowsError(HasSubstr("model.fusion")));
}

TEST(BoneMasks, CoverJointsAndPalmWithLittleMargin) {
  const JointCrops crops = crops_about(all_found(joints_before_camera(12, 13)), images(12), kSize);
  const torch::Tensor masks = bone_masks(crops.joints, kSize, kGrid);
  ASSERT_EQ(masks.sizes(), (std::vector<int64_t>{12, 2, kGrid, kGrid}));
  EXPECT_GE(masks.min().item<float>(), 0);
  EXPECT_LE(masks.max().item<float>(), 1);
  const torch::Tensor cell = ((crops.joints.place + 0.5) / 4).floor().to(torch::kInt64);
  for (int64_t i = 0; i < 12; ++i)
    for (int64_t hand = 0; hand < 2; ++hand) {
      const auto at = [&](const torch::Tensor& place) { return masks[i][hand][place[1]][place[0]].item<float>(); };
      // The thinnest finger's joint in the corner of a cell covers a ninth of it.
      for (int64_t joint = 0; joint < 21; ++joint) EXPECT_GT(at(cell[i][21 * hand + joint]), 0.1f) << i << " " << joint;
      const torch::Tensor palm =
          crops.joints.place[i].slice(0, 21 * hand, 21 * hand + 21).index_select(0, torch::tensor({0, 9, 13}));
      EXPECT_GT(at(((palm.mean(0) + 0.5) / 4).floor().to(torch::kInt64)), 0.4f) << i;
      // No covered cell is farther from all joints of the hand than the length of a bone.
      const torch::Tensor covered = (masks[i][hand] > 0).nonzero().flip(1).to(torch::kFloat32) * 4 + 1.5;
      const torch::Tensor apart = torch::cdist(covered, crops.joints.place[i].slice(0, 21 * hand, 21 * hand + 21));
      EXPECT_LT(std::get<0>(apart.min(1)).max().item<float>(), 0.3 * kSize) << i;
    }
}

TEST(BoneMasks, MoveWithTheJoints) {
  const JointCrops crops = crops_about(all_found(joints_before_camera(4, 15)), images(4), kSize);
  const torch::Tensor middle = torch::full({1, 1, 2}, (kSize - 1) / 2.0);
  const FoundJoints small{middle + 0.5 * (crops.joints.place - middle), crops.joints.found};
  const FoundJoints moved{small.place + torch::tensor({12.0f, -8.0f}), small.found};  // 3 cells, 2 cells
  const torch::Tensor before = bone_masks(small, kSize, kGrid), after = bone_masks(moved, kSize, kGrid);
  EXPECT_THAT(after, TensorNear(before.roll({-2, 3}, {2, 3}), 1e-4));
}

TEST(BoneMasks, AMissingJointIsBridgedAndASingleOneIsADisc) {
  // A finger along x: base, middle joint (missing), tip; the wrist is missing too.
  FoundJoints joints{torch::zeros({1, 42, 2}), torch::zeros({1, 42}, torch::kBool)};
  for (const auto& [joint, x] : std::vector<std::pair<int64_t, float>>{{5, 40}, {8, 90}, {21 + 4, 20}}) {
    joints.place[0][joint][0] = x;
    joints.place[0][joint][1] = 62;
    joints.found[0][joint].fill_(true);
  }
  const torch::Tensor masks = bone_masks(joints, kSize, kGrid);
  EXPECT_GT(masks[0][0][15][16].item<float>(), 0.3f) << "between base and tip";
  EXPECT_EQ(masks[0][0][15][3].item<float>(), 0);
  EXPECT_GT(masks[0][1][15][4].item<float>() + masks[0][1][15][5].item<float>(), 0.3f);
  EXPECT_LT((masks[0][1] > 0).sum().item<int64_t>(), 12);
}

TEST(BoneMasks, AreEmptyForInvalidJoints) {
  FoundJoints joints{torch::full({2, 42, 2}, std::numeric_limits<float>::quiet_NaN()), torch::zeros({2, 42}, torch::kBool)};
  joints.place[1].fill_(1e30);
  joints.found[1].fill_(true);
  EXPECT_EQ(bone_masks(joints, kSize, kGrid).abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace interprior
