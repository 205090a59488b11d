#include <gtest/gtest.h>
#include <torch/types.h>

#include "hand/nearest_vertex.h"
#include "interprior/hand/contact.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/hand/skeleton.h"
#include "random_hand.h"
#include "support/numerical_gradient.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_hand(), torch::kCPU, torch::kFloat64);
  return both;
}

// Two flat hands palm to palm, wrists `gap` metres apart; below about 3 cm they penetrate.
PerHand<HandPose> palms_together(uint64_t seed, int64_t batch, double gap) {
  RandomHand random(seed);
  const auto fingers = [&] { return matrix_from_axis_angle(random.normal({batch, 15, 3}, 0.15)); };
  Interaction interaction{{fingers(), fingers()},
                          {random.normal({batch, 10}, 0.5), random.normal({batch, 10}, 0.5)},
                          matrix_from_axis_angle(random.normal({batch, 3}, 0.05)),
                          random.normal({batch, 3}, 0.003)};
  // The rest hands are mirror images at x = 0 with palms at -y: a rotation by 180 degrees about z aligns the left with the right.
  const torch::Tensor about_z = torch::tensor({0.0, 0.0, M_PI}, torch::kFloat64);
  interaction.left_from_right = matrix_from_axis_angle(about_z).matmul(interaction.left_from_right);
  interaction.left_in_right.select(1, 1) -= gap;
  return pose_from(interaction, random.rotations(batch, 1).squeeze(1));
}

PerHand<HandMesh> meshes(const PerHand<HandPose>& pose) { return hands()(pose); }

double loss_of(const PerHand<HandPose>& pose) { return penetration_loss(meshes(pose), hands()).item<double>(); }
double depth_of(const PerHand<HandPose>& pose) { return surface_overlap(meshes(pose), hands()).item<double>(); }

PerHand<HandPose> row(const PerHand<HandPose>& pose, int64_t index) {
  const torch::Tensor which = torch::tensor({index}, torch::kInt64);
  return {rows(pose.right, which), rows(pose.left, which)};
}

PerHand<HandMesh> moved(const PerHand<HandMesh>& mesh, const std::function<torch::Tensor(const torch::Tensor&)>& motion) {
  PerHand<HandMesh> result;
  for (const Side side : kSides) result[side] = {motion(mesh[side].vertices_in_root), motion(mesh[side].joints_in_root)};
  return result;
}

TEST(Penetration, IsZeroForHandsApartAndGrowsAsTheyAreBroughtTogether) {
  EXPECT_EQ(loss_of(palms_together(1, 3, 0.2)), 0);
  double last = 0;
  for (const double gap : {0.03, 0.026, 0.022, 0.018}) {
    const double depth = depth_of(palms_together(1, 3, gap));
    EXPECT_GT(depth, last) << gap;
    last = depth;
  }
  EXPECT_GT(loss_of(palms_together(1, 3, 0.018)), last);  // the capsule term is added
}

// A hand and a copy slightly above it: touching surfaces without penetration.
TEST(Penetration, ACloseButSeparatePairHasNoLoss) {
  const torch::Tensor eye = torch::eye(3, torch::kFloat64).expand({1, 16, 3, 3}), none = torch::zeros({1, 10}, torch::kFloat64);
  const auto wrist = [](double y) { return torch::tensor({{0.0, y, 0.0}}, torch::kFloat64); };
  const TwoHands rights = [] {
    HandModel model = procedural_hand();
    model.hand.left = model.hand.right;
    return TwoHands(model, torch::kCPU, torch::kFloat64);
  }();
  const PerHand<HandMesh> start = rights({{eye, none, wrist(0)}, {eye, none, wrist(0)}});
  const torch::Tensor height = start.right.vertices_in_root.select(2, 1);
  const double thickness = (height.max() - height.min()).item<double>();
  const auto lifted = [&](double y) { return rights({{eye, none, wrist(0)}, {eye, none, wrist(y)}}); };
  EXPECT_EQ(surface_overlap(lifted(thickness + 1e-3), rights).item<double>(), 0);
  EXPECT_GT(surface_overlap(lifted(0.5 * thickness), rights).item<double>(), 1e-5);
}

// A right hand with all vertices at one point: its normals are zero, so nothing is behind them.
HandMesh shrunk_to(const torch::Tensor& point) {
  return {point.expand({1, hands().layer.right.vertex_count(), 3}), point.expand({1, kJoints, 3})};
}

// A point beyond the open wrist is behind the normals of the rim, but not inside the hand.
TEST(Penetration, BehindTheOpenWristIsOutside) {
  const PerHand<HandMesh> mesh = meshes(palms_together(2, 1, 0.2));
  const VertexFans& fans = hands().layer.left.fans();
  ASSERT_GT(fans.on_rim.sum().item<int64_t>(), 5);
  const torch::Tensor left = mesh.left.vertices_in_root[0], joints = mesh.left.joints_in_root[0];
  const torch::Tensor rim = left.index_select(0, fans.on_rim.nonzero().squeeze(1));
  const torch::Tensor backwards = joints[kWrist] - joints[kMiddleMcp];
  const torch::Tensor behind = 0.8 * rim + 0.2 * rim.mean(0) + 0.008 * backwards / backwards.norm();
  for (int64_t i = 0; i < behind.size(0); ++i)
    EXPECT_EQ(surface_overlap({shrunk_to(behind[i]), mesh.left}, hands()).item<double>(), 0) << i;
}

TEST(Penetration, DepthOfASinglePointIsItsDistanceToTheTangentPlane) {
  const PerHand<HandMesh> mesh = meshes(palms_together(3, 1, 0.2));
  const int64_t vertex = hands().layer.left.fans().on_rim.logical_not().nonzero()[100].item<int64_t>();
  const torch::Tensor left = mesh.left.vertices_in_root[0], centre = left[vertex];
  torch::Tensor normal = torch::zeros({3}, torch::kFloat64);
  const auto faces = hands().layer.left.faces().accessor<int64_t, 2>();
  for (int64_t f = 0; f < hands().layer.left.faces().size(0); ++f) {
    if (faces[f][0] != vertex && faces[f][1] != vertex && faces[f][2] != vertex) continue;
    normal += torch::linalg_cross(left[faces[f][1]] - left[faces[f][0]], left[faces[f][2]] - left[faces[f][0]]);
  }
  normal = normal / normal.norm();
  for (const double depth : {0.001, -0.001}) {
    const double actual = surface_overlap({shrunk_to(centre - depth * normal), mesh.left}, hands()).item<double>();
    const auto count = static_cast<double>(hands().layer.right.vertex_count());
    EXPECT_NEAR(actual, depth > 0 ? count * depth * depth : 0, 1e-12);
  }
}

TEST(Penetration, GradientIsTheNumericalOne) {
  const PerHand<HandMesh> mesh = meshes(palms_together(4, 2, 0.022));
  const auto of_right = [&](const torch::Tensor& x) {
    return 1e4 * penetration_loss({{x, mesh.right.joints_in_root}, mesh.left}, hands());
  };
  const auto of_left = [&](const torch::Tensor& x) {
    return 1e4 * penetration_loss({mesh.right, {x, mesh.left.joints_in_root}}, hands());
  };
  ASSERT_GT(of_right(mesh.right.vertices_in_root).item<double>(), 0.1);
  // Only along random directions, as there are thousands of coordinates.
  RandomHand random(5);
  for (const auto& [loss, at] :
       {std::pair(std::function<torch::Tensor(const torch::Tensor&)>(of_right), mesh.right.vertices_in_root),
        std::pair(std::function<torch::Tensor(const torch::Tensor&)>(of_left), mesh.left.vertices_in_root)}) {
    const torch::Tensor slope = autograd_gradient(loss, at);
    for (int trial = 0; trial < 5; ++trial) {
      const torch::Tensor direction = random.normal(at.sizes().vec());
      const double step = 1e-8;
      const double numerical = ((loss(at + step * direction) - loss(at - step * direction)) / (2 * step)).item<double>();
      EXPECT_NEAR((slope * direction).sum().item<double>(), numerical, 1e-5 * slope.norm().item<double>());
    }
  }
}

TEST(Penetration, GradientByPoseIsTheNumericalOne) {
  const PerHand<HandPose> pose = palms_together(6, 1, 0.024);
  const auto loss = [&](const torch::Tensor& wrist) {
    HandPose left = pose.left;
    left.wrist_in_root = wrist;
    return 1e4 * penetration_loss(meshes({pose.right, left}), hands());
  };
  const torch::Tensor numerical = numerical_gradient(loss, pose.left.wrist_in_root, 1e-8);
  EXPECT_GT(numerical.norm().item<double>(), 1);
  EXPECT_THAT(autograd_gradient(loss, pose.left.wrist_in_root), TensorNear(numerical, 1e-5 * numerical.norm().item<double>()));
}

TEST(Penetration, DescentPullsHandsApart) {
  PerHand<HandPose> pose = palms_together(7, 1, 0.02);
  const double before = loss_of(pose);
  for (int step = 0; step < 30; ++step) {
    const auto loss = [&](const torch::Tensor& wrist) {
      return penetration_loss(meshes({pose.right, {pose.left.rotations, pose.left.shape, wrist}}), hands());
    };
    const torch::Tensor slope = autograd_gradient(loss, pose.left.wrist_in_root);
    pose.left.wrist_in_root = pose.left.wrist_in_root - 1e-3 * slope / slope.norm();
  }
  EXPECT_LT(loss_of(pose), 0.2 * before);
}

TEST(Penetration, SwappingTheHandsByTheMirrorChangesNothing) {
  const PerHand<HandPose> pose = palms_together(8, 3, 0.02);
  const double loss = loss_of(pose);
  EXPECT_NEAR(loss_of(mirrored(pose)), loss, 1e-9 * loss);
}

TEST(Penetration, RigidMotionChangesNothing) {
  RandomHand random(9);
  const PerHand<HandMesh> mesh = meshes(palms_together(10, 2, 0.02));
  const torch::Tensor turn = random.rotations(2, 1).squeeze(1), shift = random.normal({2, 1, 3});
  const double loss = penetration_loss(mesh, hands()).item<double>();
  const auto motion = [&](const torch::Tensor& points) { return points.matmul(turn) + shift; };
  EXPECT_NEAR(penetration_loss(moved(mesh, motion), hands()).item<double>(), loss, 1e-9 * loss);
}

TEST(Penetration, IsTheMeanOfItsSamples) {
  const PerHand<HandPose> pose = palms_together(11, 3, 0.021);
  double sum = 0;
  for (int64_t i = 0; i < 3; ++i) sum += loss_of(row(pose, i));
  EXPECT_NEAR(loss_of(pose), sum / 3, 1e-12);
  EXPECT_EQ(penetration_loss(
                meshes({rows(pose.right, torch::empty({0}, torch::kInt64)), rows(pose.left, torch::empty({0}, torch::kInt64))}),
                hands())
                .item<double>(),
            0);
}

TEST(Penetration, SinglePrecisionAgrees) {
  const TwoHands single(procedural_hand());
  const PerHand<HandPose> pose = palms_together(12, 2, 0.02);
  const double exact = depth_of(pose);
  EXPECT_NEAR(surface_overlap(single(pose), single).item<double>(), exact, 1e-3 * exact);
}

TEST(Penetration, RefusesMeshesOfAnotherHandFile) {
  const PerHand<HandMesh> mesh = meshes(palms_together(13, 1, 0.02));
  EXPECT_THAT(
      [&] {
        surface_overlap({{mesh.right.vertices_in_root.slice(1, 1), {}}, mesh.left}, hands());
      },
      ThrowsError(HasSubstr("right vertices")));
}

TEST(NearestVertex, SearchAndTableEqualALoop) {
  RandomHand random(14);
  for (const double reach : {0.02, 0.1, 1.0}) {
    const PerHand<torch::Tensor> points = {random.normal({3, 60, 3}, 0.05), random.normal({3, 47, 3}, 0.05) + 0.08};
    const torch::Tensor distances = (points.right.unsqueeze(2) - points.left.unsqueeze(1)).norm(2, {3});
    const auto expected = [&](int64_t axis) {
      const auto [least, index] = distances.min(axis);
      return torch::where(least < reach, index, -1);
    };
    const PerHand<torch::Tensor> found = nearest_vertices(points, reach), tabled = nearest_by_table(points, reach);
    EXPECT_TRUE(torch::equal(found.right, expected(2))) << reach;
    EXPECT_TRUE(torch::equal(found.left, expected(1))) << reach;
    EXPECT_TRUE(torch::equal(tabled.right, expected(2))) << reach;
    EXPECT_TRUE(torch::equal(tabled.left, expected(1))) << reach;
  }
}

TEST(NearestVertex, NonFinitePointsHaveNoNeighbour) {
  torch::Tensor right = torch::zeros({1, 4, 3}, torch::kFloat64), left = torch::zeros({1, 3, 3}, torch::kFloat64);
  right[0][2][1] = std::nan("");
  const PerHand<torch::Tensor> found = nearest_vertices({right, left}, 0.1);
  EXPECT_EQ(found.right[0][2].item<int64_t>(), -1);
  EXPECT_EQ(found.right[0][3].item<int64_t>(), 0);
}

TEST(VertexFans, OfATetrahedronWithoutItsFloor) {
  ManoModel model = RandomHand(15).model(5);
  model.faces = torch::tensor({0, 1, 3, 1, 2, 3, 2, 0, 3}, torch::kInt64).view({3, 3});  // 3 is the top, 4 belongs to no face
  const ManoLayer layer(model, Side::right);
  const torch::Tensor rim = torch::tensor({true, true, true, false, false});
  EXPECT_TRUE(torch::equal(layer.fans().on_rim, rim));
  EXPECT_EQ(layer.fans().corners.sizes(), (std::vector<int64_t>{5, 3, 2}));
  EXPECT_TRUE(torch::equal(layer.fans().corners[3], torch::tensor({0, 1, 1, 2, 2, 0}, torch::kInt64).view({3, 2})));
  EXPECT_TRUE(torch::equal(layer.fans().corners[4], torch::full({3, 2}, 4, torch::kInt64)));
}

}  // namespace
}  // namespace interprior
