#include "interprior/hand/bone_proportions.h"

#include <gtest/gtest.h>

#include <numeric>

#include "interprior/hand/skinned_hand.h"
#include "random_hand.h"

namespace interprior {
namespace {

HandJoints random_joints(uint64_t seed) {
  Random random(Seed{seed});
  HandJoints joints;
  for (Vector3& joint : joints)
    for (double& x : joint) x = random.normal();
  return joints;
}

TEST(BoneProportions, DependOnNeitherUnitNorPosition) {
  const HandJoints joints = random_joints(1);
  HandJoints moved = joints;
  for (Vector3& joint : moved) joint = {1000 * joint[2] + 5, 1000 * joint[0] - 7, 1000 * joint[1]};
  const BoneProportions bones = bone_proportions(joints);
  EXPECT_NEAR(std::accumulate(bones.begin(), bones.end(), 0.0), 1, 1e-12);
  EXPECT_EQ(bones[0], 0);
  EXPECT_LT(difference(bones, bone_proportions(moved)), 1e-12);
  EXPECT_GT(difference(bones, bone_proportions(random_joints(2))), 0.1);
  EXPECT_EQ(difference(bone_proportions(HandJoints{}), BoneProportions{}), 0);
}

TEST(BoneProportions, OfAHandAtRestAreThoseOfTheFlatPose) {
  const ManoModel model = RandomHand(3).model(40);
  const PosedHand flat;
  SkinnedHand::Vertices vertices;
  HandJoints expected;
  SkinnedHand(model).pose(flat, vertices, expected);
  const HandJoints joints = rest_joints(model);
  for (size_t i = 0; i < joints.size(); ++i)
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(joints[i][k], expected[i][k], 1e-6) << i;
}

}  // namespace
}  // namespace interprior
