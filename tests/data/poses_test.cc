#include "interprior/data/poses.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/hand/skeleton.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Poses random_poses(int64_t count) {
  torch::manual_seed(2);
  const torch::Tensor rows = torch::arange(count);
  return {0.4 * torch::randn({count, 48}),
          torch::randn({count, 10}),
          rows % 2,
          rows % 3,
          rows % 2,
          rows % 3,
          {},
          {"freihand", "rhd"},
          {"marker-less", "object", "rendered"}};
}

// Joints of the posed hands after a rigid motion, as in a camera's frame.
torch::Tensor joints_of(const Poses& poses, const TwoHands& hands) {
  std::vector<torch::Tensor> joints;
  for (int64_t i = 0; i < poses.size(); ++i) {
    const Side side = poses.side[i].item<int64_t>() == 0 ? Side::right : Side::left;
    joints.push_back(hands
                         .layer[side]({matrix_from_axis_angle(poses.pose[i].view({1, 16, 3})), poses.shape[i].unsqueeze(0),
                                       0.3 * torch::ones({1, 3})})
                         .joints_in_root);
  }
  return torch::cat(joints);
}

TEST(Poses, ReadBackAsWritten) {
  const TemporaryDirectory folder;
  Poses poses = random_poses(7);
  write_poses(folder / "p.h5", poses);
  EXPECT_FALSE(read_poses(folder / "p.h5").joints.defined());
  poses.joints = torch::randn({7, 21, 3});
  write_poses(folder / "p.h5", poses);
  const Poses read = read_poses(folder / "p.h5");
  for (const auto column :
       {&Poses::pose, &Poses::shape, &Poses::side, &Poses::split, &Poses::source, &Poses::modality, &Poses::joints})
    EXPECT_TRUE(torch::equal(read.*column, poses.*column));
  EXPECT_EQ(read.sources, poses.sources);
  EXPECT_EQ(read.modalities, poses.modalities);
}

TEST(Poses, NameTheFirstBadIndex) {
  const TemporaryDirectory folder;
  const auto refusal = [&](const std::function<void(Poses&)>& damage, const char* index, const char* name) {
    Poses poses = random_poses(7);
    poses.joints = torch::zeros({7, 21, 3});
    damage(poses);
    EXPECT_THAT([&] { write_poses(folder / "p.h5", poses); }, ThrowsError(AllOf(HasSubstr(index), HasSubstr(name))));
    EXPECT_FALSE(std::filesystem::exists(folder / "p.h5"));
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  refusal([&](Poses& poses) { poses.pose[5][1] = nan; }, "pose 5", "`pose`");
  refusal([&](Poses& poses) { poses.shape[2][9] = std::numeric_limits<float>::infinity(); }, "pose 2", "`shape`");
  refusal([&](Poses& poses) { poses.joints[6][20][2] = nan; }, "pose 6", "`joints`");
  refusal([&](Poses& poses) { poses.side[4] = 2; }, "pose 4", "`side`");
  refusal([&](Poses& poses) { poses.split[3] = -1; }, "pose 3", "`split`");
  refusal([&](Poses& poses) { poses.sources.pop_back(); }, "pose 1", "`source`");
  refusal([&](Poses& poses) { poses.modalities.pop_back(); }, "pose 2", "`modality`");
  refusal([&](Poses& poses) { poses.shape = poses.shape.slice(0, 1); }, "shape", "(6, 10)");
}

TEST(Poses, RefuseDamagedFiles) {
  const TemporaryDirectory folder;
  const Poses poses = random_poses(6);
  const auto write = [&](const std::filesystem::path& path, const torch::Tensor& pose, const torch::Tensor& side) {
    TensorFileWriter file(path, "interprior.poses", 1);
    file.write("pose", pose);
    file.write("shape", poses.shape);
    for (const auto& [name, tensor] : {std::pair("side", side), std::pair("split", poses.split),
                                       std::pair("source", poses.source), std::pair("modality", poses.modality)})
      file.write(name, tensor);
    file.attribute("sources", "freihand,rhd");
    file.attribute("modalities", "marker-less,object,rendered");
    file.close();
  };
  write(folder / "good.h5", poses.pose, poses.side);
  EXPECT_EQ(read_poses(folder / "good.h5").size(), 6);
  write(folder / "wide.h5", torch::zeros({6, 51}), poses.side);
  EXPECT_THAT([&] { read_poses(folder / "wide.h5"); }, ThrowsError(HasSubstr("pose")));
  write(folder / "short.h5", poses.pose, poses.side.slice(0, 1));
  EXPECT_THAT([&] { read_poses(folder / "short.h5"); }, ThrowsError(HasSubstr("side")));
  torch::Tensor broken = poses.pose.clone();
  broken[3][0] = std::numeric_limits<float>::quiet_NaN();
  write(folder / "nan.h5", broken, poses.side);
  EXPECT_EQ(read_poses(folder / "nan.h5").size(), 5);
  EXPECT_EQ(read_poses(folder / "nan.h5").first_left_out, "pose 3");
  const std::string bytes = read_file(folder / "good.h5");
  write_file(folder / "cut.h5", bytes.substr(0, bytes.size() / 2));
  EXPECT_THROW(read_poses(folder / "cut.h5"), Error);
  EXPECT_THROW(read_poses(folder / "none.h5"), Error);
}

TEST(Poses, SingleHandsAreTheHandsOfPatterns) {
  torch::manual_seed(3);
  Patterns patterns{torch::randn({3, 2, 48}),
                    torch::randn({3, 2, 10}),
                    torch::randn({3, 2, 3}),
                    torch::tensor({0, 1, 0}),
                    torch::zeros(3, torch::kInt64),
                    torch::tensor({2, 0, 1}),
                    torch::arange(3),
                    {"a", "b"},
                    {"m"}};
  const Poses poses = single_hands(patterns);
  EXPECT_EQ(poses.size(), 6);
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t side = 0; side < 2; ++side) {
      const int64_t row = 3 * side + i;
      EXPECT_TRUE(torch::equal(poses.pose[row], patterns.pose[i][side]));
      EXPECT_TRUE(torch::equal(poses.shape[row], patterns.shape[i][side]));
      EXPECT_EQ(poses.side[row].item<int64_t>(), side);
      EXPECT_TRUE(torch::equal(poses.split[row], patterns.split[i]));
      EXPECT_TRUE(torch::equal(poses.source[row], patterns.source[i]));
    }
}

TEST(Poses, MergeJoinsNames) {
  Poses other = random_poses(4);
  other.sources = {"rhd", "stb"};
  const Poses both = merged({random_poses(3), other});
  EXPECT_EQ(both.sources, (std::vector<std::string>{"freihand", "rhd", "stb"}));
  EXPECT_EQ(both.modalities, other.modalities);
  EXPECT_TRUE(torch::equal(both.source, torch::tensor({0, 1, 0, 1, 2, 1, 2})));
  EXPECT_TRUE(torch::equal(rows(both, torch::tensor({4, 0})).source, torch::tensor({2, 0})));
}

TEST(JointsReversed, AreDetectedByBoneLengths) {
  const TwoHands hands(procedural_hand());
  Poses poses = random_poses(12);
  EXPECT_FALSE(joints_reversed(poses, hands).any().item<bool>()) << "there are no joints";
  poses.joints = joints_of(poses, hands).matmul(matrix_from_axis_angle(torch::tensor({0.3f, -1.0f, 0.7f})));
  poses.joints += 0.002 * torch::randn_like(poses.joints);
  EXPECT_FALSE(joints_reversed(poses, hands).any().item<bool>());
  torch::Tensor order = torch::arange(21);
  for (const int64_t tip : kTips)
    for (int64_t k = 0; k < 4; ++k) order[tip - 3 + k] = tip - k;
  torch::Tensor expected = torch::zeros({12}, torch::kBool);
  for (const int64_t row : {0, 4, 6, 7}) {
    poses.joints[row] = poses.joints[row].index_select(0, order);
    expected[row] = true;
  }
  EXPECT_TRUE(torch::equal(joints_reversed(poses, hands), expected));
  poses.joints[2] = torch::randn({21, 3});  // fits neither order: not reported
  EXPECT_TRUE(torch::equal(joints_reversed(poses, hands), expected));
}

}  // namespace
}  // namespace interprior
