#include <gmock/gmock.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "data/interhand/small_root.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/examination/examination.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kRows = 40;

std::vector<std::string> names_of(const Health& health) {
  std::vector<std::string> names;
  for (const Finding& finding : health.findings) names.push_back(finding.name);
  return names;
}

torch::Tensor mean_of(Side side) { return test_hand().hand[side].hands_mean.to(torch::kFloat32); }

// Poses around the mean pose, bent more at the first joints than at the last.
Patterns patterns() {
  torch::manual_seed(11);
  Patterns made;
  made.pose = 0.3 * torch::randn({kRows, 2, 48});
  for (const Side side : kSides) made.pose.select(1, static_cast<int64_t>(side)).slice(1, 3) += mean_of(side);
  made.shape = 0.5 * torch::randn({kRows, 2, 10});
  made.translation = 0.1 * torch::randn({kRows, 2, 3});
  made.source = made.modality = made.split = made.seed = torch::zeros({kRows}, torch::kInt64);
  made.sources = {"one"};
  made.modalities = {"two"};
  return made;
}

Poses poses_with_joints() {
  Poses poses = single_hands(patterns());
  const TwoHands hands(test_hand());
  std::vector<torch::Tensor> joints;
  for (int64_t i = 0; i < poses.size(); ++i) {
    const Side side = kSides[static_cast<size_t>(poses.side[i].item<int64_t>())];
    joints.push_back(hands
                         .layer[side]({matrix_from_axis_angle(poses.pose[i].view({1, 16, 3})), poses.shape.slice(0, i, i + 1),
                                       torch::zeros({1, 3})})
                         .joints_in_root[0]);
  }
  poses.joints = torch::stack(joints) + 0.4;
  return poses;
}

TEST(ExaminedPatterns, AValidSetHasNoFindings) {
  EXPECT_THAT(names_of(examine_patterns(patterns(), nullptr)), IsEmpty());
  EXPECT_THAT(names_of(examine_patterns(patterns(), &test_hand())), IsEmpty());
  EXPECT_THAT(names_of(examine_poses(poses_with_joints(), &test_hand())), IsEmpty());
}

TEST(ExaminedPatterns, UnitsAndAngles) {
  Patterns set = patterns();
  set.translation *= 1000;
  EXPECT_THAT(names_of(examine_patterns(set, nullptr)), Contains("mano_unit"));
  set = patterns();
  set.translation *= 100;
  EXPECT_THAT(examine_patterns(set, nullptr).findings.at(0).what, HasSubstr("centimetres"));
  set = patterns();
  set.pose *= 180 / M_PI;
  EXPECT_THAT(names_of(examine_patterns(set, nullptr)), Contains("pose_degrees"));
  set = patterns();
  set.pose.slice(2, 3 + 15).zero_();
  EXPECT_THAT(names_of(examine_patterns(set, nullptr)), Contains("pose_pca"));
}

TEST(ExaminedPatterns, MeanPoseAndSides) {
  for (const double times : {1.0, -1.0}) {
    Patterns set = patterns();
    for (const Side side : kSides) set.pose.select(1, static_cast<int64_t>(side)).slice(1, 3) += times * mean_of(side);
    EXPECT_THAT(names_of(examine_patterns(set, &test_hand())), Contains(times > 0 ? "hands_mean_twice" : "hands_mean_missing"));
  }
  Patterns set = patterns();
  set.pose = set.pose.flip({1});
  EXPECT_THAT(names_of(examine_patterns(set, &test_hand())), Contains("mano_exchanged"));
}

TEST(ExaminedPatterns, NonFiniteRowsAreSkippedAndCounted) {
  const TemporaryDirectory folder;
  write_patterns(folder / "good.h5", patterns());
  TensorFileWriter file(folder / "bad.h5", "interprior.patterns", 1);
  Patterns set = patterns();
  set.pose[3][1][7] = NAN;
  set.translation[9][0][0] = INFINITY;
  for (const auto& [name, tensor] : {std::pair{"pose", set.pose}, {"shape", set.shape}, {"translation", set.translation}})
    file.write(name, tensor);
  for (const char* name : {"source", "modality", "split", "seed"}) file.write(name, set.source);
  file.attribute("sources", "one");
  file.attribute("modalities", "two");
  file.close();
  const Patterns read = read_patterns(folder / "bad.h5");
  EXPECT_EQ(read.size(), kRows - 2);
  EXPECT_EQ(read.left_out.at("not_finite"), 2);
  EXPECT_EQ(read.first_left_out, "pattern 3");
  EXPECT_THAT(names_of(examine_patterns(read, nullptr)), Contains("not_finite"));
}

TEST(ExaminedPoses, JointsThatDoNotMatchThePoses) {
  for (const double times : {1.0, -1.0}) {
    Poses poses = poses_with_joints();
    for (int64_t i = 0; i < poses.size(); ++i)
      poses.pose[i].slice(0, 3) += times * mean_of(kSides[static_cast<size_t>(poses.side[i].item<int64_t>())]);
    EXPECT_THAT(names_of(examine_poses(poses, &test_hand())), Contains(times > 0 ? "hands_mean_twice" : "hands_mean_missing"));
  }
  Poses poses = poses_with_joints();
  poses.pose.slice(1, 3) = torch::randn({poses.size(), 45});
  EXPECT_THAT(names_of(examine_poses(poses, &test_hand())), Contains("pose_misfit"));
  poses = poses_with_joints();
  poses.side = 1 - poses.side;
  EXPECT_THAT(names_of(examine_poses(poses, &test_hand())), Contains("joints_mirrored"));
}

}  // namespace
}  // namespace interprior
