#include "interprior/hand/joint_model.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/seed.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "random_hand.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

TEST(JointModel, HasTheJointsOfTheWholeModel) {
  const ManoModel model = RandomHand(3).model(120), joints = joint_model(model);
  check_model(joints, "joints");
  const ManoLayer whole(model, Side::left, torch::kCPU, torch::kFloat64), alone(joints, Side::left, torch::kCPU, torch::kFloat64);
  EXPECT_EQ(alone.vertex_count(), 21);
  const auto random = [](torch::IntArrayRef sizes, uint64_t seed) {
    return normal_tensor(sizes.vec(), Seed{seed}.derive("test"), torch::kCPU).to(torch::kFloat64);
  };
  const HandPose pose{matrix_from_axis_angle(random({5, 16, 3}, 1)), random({5, 10}, 2), random({5, 3}, 3)};
  EXPECT_THAT(alone(pose).joints_in_root, TensorNear(whole(pose).joints_in_root, 1e-12));
  EXPECT_THAT(alone.rest_wrist(pose.shape), TensorNear(whole.rest_wrist(pose.shape), 1e-12));
  EXPECT_THAT(alone.rest_middle_mcp(pose.shape), TensorNear(whole.rest_middle_mcp(pose.shape), 1e-12));
}

}  // namespace
}  // namespace interprior
