#include "interprior/objective/visible_joints.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace interprior {
namespace {

// One joint at depth 0.5 m, pixel (10, 10), and one point of a surface.
bool is_visible(double depth, double u) {
  const torch::Tensor joint = torch::tensor({{{0.0f, 0.0f, 0.5f}}}), pixel = torch::tensor({{{10.0f, 10.0f}}});
  const torch::Tensor point = torch::tensor({{{0.0f, 0.0f, static_cast<float>(depth)}}});
  const torch::Tensor at = torch::tensor({{{static_cast<float>(u), 10.0f}}});
  return visible_joints(joint, pixel, point, at, 4).item<bool>();
}

TEST(VisibleJointsTest, OnlySurfacesInFrontOfAJointHideIt) {
  EXPECT_TRUE(is_visible(0.60, 10));   // behind the joint
  EXPECT_TRUE(is_visible(0.485, 10));  // its own skin
  EXPECT_FALSE(is_visible(0.45, 10));  // another finger in front of the joint
  EXPECT_FALSE(is_visible(0.45, 13));
  EXPECT_TRUE(is_visible(0.45, 15));  // beside the joint
}

TEST(VisibleJointsTest, JointsAndSamplesAreIndependent) {
  const torch::Tensor joints = torch::tensor({{{0.0f, 0.0f, 0.5f}, {0.0f, 0.0f, 0.3f}}}).repeat({2, 1, 1});
  const torch::Tensor pixels = torch::full({2, 2, 2}, 10.0f);
  const torch::Tensor points = torch::tensor({{{0.0f, 0.0f, 0.4f}}, {{0.0f, 0.0f, 0.9f}}}), at = torch::full({2, 1, 2}, 10.0f);
  const torch::Tensor seen = visible_joints(joints, pixels, points, at, 4);
  EXPECT_TRUE(seen.equal(torch::tensor({{false, true}, {true, true}})));
}

}  // namespace
}  // namespace interprior
