#include "interprior/hand/skinned_hand.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/geometry/mesh.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "random_hand.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

PosedHand plain(const HandPose& pose) {
  PosedHand numbers;
  for (size_t joint = 0; joint < numbers.rotations.size(); ++joint)
    for (int k = 0; k < 9; ++k)
      numbers.rotations[joint](k / 3, k % 3) = pose.rotations[0][static_cast<int64_t>(joint)].flatten()[k].item<double>();
  for (size_t k = 0; k < numbers.shape.size(); ++k) numbers.shape[k] = pose.shape[0][static_cast<int64_t>(k)].item<double>();
  return numbers;
}

torch::Tensor tensor_of(const SkinnedHand::Vertices& vertices) {
  return torch::from_blob(const_cast<float*>(vertices.front().data()), {static_cast<int64_t>(vertices.size()), 3},
                          torch::kFloat32)
      .to(torch::kFloat64);
}

TEST(SkinnedHand, PosesAsTheLayerDoes) {
  RandomHand random(5);
  ManoModel model = procedural_hand().hand.left;
  model.posedirs = random.normal(model.posedirs.sizes().vec(), 1e-3);  // those of the procedural hand are zero
  const ManoLayer layer(model, Side::left, torch::kCPU, torch::kFloat64);
  const SkinnedHand skinned(model);
  SkinnedHand::Vertices vertices;
  HandJoints joints;
  for (int64_t trial = 0; trial < 5; ++trial) {
    HandPose pose = random.pose(1);
    pose.wrist_in_root.zero_();
    const HandMesh mesh = layer(pose);
    skinned.pose(plain(pose), vertices, joints);
    EXPECT_THAT(tensor_of(vertices), TensorNear(mesh.vertices_in_root[0], 3e-7));
    EXPECT_THAT(torch::from_blob(joints.data(), {kJoints, 3}, torch::kFloat64).clone(), TensorNear(mesh.joints_in_root[0], 3e-7));
    const Vector3 rest = skinned.rest().wrist(plain(pose).shape);
    EXPECT_THAT(torch::tensor({rest[0], rest[1], rest[2]}, torch::kFloat64), TensorNear(layer.rest_wrist(pose.shape)[0], 1e-12));
  }
}

TEST(SkinnedHand, IsClosedAtTheWristOnDemand) {
  const SkinnedHand skinned(procedural_hand().hand.right);
  EXPECT_EQ(open_rims(skinned.faces()).size(), 1u);
  EXPECT_TRUE(open_rims(skinned.closed_faces()).empty());
  EXPECT_EQ(skinned.closed_faces().size(), skinned.faces().size() + open_rim(skinned.faces()).size() - 2);
}

}  // namespace
}  // namespace interprior
