#include "report/hypothesis_meshes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <cstring>

#include "metric/hand_sets/random_hand_set.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::IsEmpty;

// One sample with `count` hypotheses, which are the rows of another set.
HandSet with_hypotheses(int64_t count, const HandSet& from) {
  HandSet one = random_hand_set(1, 1);
  one.hypotheses_pose = from.pose.slice(0, 0, count).unsqueeze(0);
  one.hypotheses_shape = from.shape.slice(0, 0, count).unsqueeze(0);
  one.hypotheses_translation = from.translation.slice(0, 0, count).unsqueeze(0);
  return one;
}

torch::Tensor vertices_in(const NamedMesh& named) {
  torch::Tensor vertices = torch::empty({static_cast<int64_t>(named.mesh.vertices.size()), 3});
  std::memcpy(vertices.data_ptr<float>(), named.mesh.vertices.data(), static_cast<size_t>(vertices.numel()) * sizeof(float));
  return vertices;
}

TEST(HypothesisMeshes, AreThoseOfTheSetInOrder) {
  const HandSet from = random_hand_set(3, 7);
  const torch::Tensor expected = vertices_of(from, procedural_hands()).to(torch::kFloat32);
  const std::vector<NamedMesh> meshes = hypothesis_meshes(with_hypotheses(3, from), "hypotheses", procedural_hands());
  ASSERT_EQ(meshes.size(), 6u);
  for (int64_t k = 0; k < 3; ++k)
    for (int64_t side = 0; side < 2; ++side) {
      const NamedMesh& mesh = meshes[static_cast<size_t>(2 * k + side)];
      EXPECT_EQ(mesh.name, "hypotheses#" + std::to_string(k + 1) + (side == 0 ? "/right" : "/left"));
      EXPECT_THAT(vertices_in(mesh), TensorNear(expected[k][side], 1e-6));
    }
}

TEST(HypothesisMeshes, AreRotatedToOtherAxes) {
  const HandSet from = random_hand_set(2, 7);
  const torch::Tensor quarter = torch::tensor({{0.0f, -1.0f, 0.0f}, {1.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 1.0f}});
  const std::vector<NamedMesh> meshes = hypothesis_meshes(with_hypotheses(2, from), "h", procedural_hands(), quarter);
  ASSERT_EQ(meshes.size(), 4u);
  const torch::Tensor plain = vertices_of(from, procedural_hands()).to(torch::kFloat32)[1][0];
  const torch::Tensor expected = torch::stack({-plain.select(1, 1), plain.select(1, 0), plain.select(1, 2)}, 1);
  EXPECT_THAT(vertices_in(meshes[2]), TensorNear(expected, 1e-6));
}

TEST(HypothesisMeshes, OnlyTheFirstOfManyAreShown) {
  const HandSet from = random_hand_set(20, 7);
  EXPECT_EQ(hypothesis_meshes(with_hypotheses(20, from), "h", procedural_hands()).size(), 16u);
  EXPECT_EQ(hypothesis_note(with_hypotheses(20, from)), "; in 3D also the first 8 of 20 hypotheses");
  EXPECT_EQ(hypothesis_note(with_hypotheses(8, from)), "; in 3D also its 8 hypotheses");
}

TEST(HypothesisMeshes, HandsThatAreMissingOrNotFiniteAreLeftOut) {
  EXPECT_THAT(hypothesis_meshes(random_hand_set(1, 1), "h", procedural_hands()), IsEmpty());
  EXPECT_EQ(hypothesis_note(random_hand_set(1, 1)), "");
  HandSet one = with_hypotheses(3, random_hand_set(3, 7));
  one.hand_valid = torch::tensor({{true, false}}, torch::kBool);
  one.hypotheses_translation = one.hypotheses_translation.clone();
  one.hypotheses_translation[0][1][0][2] = NAN;
  const std::vector<NamedMesh> meshes = hypothesis_meshes(one, "h", procedural_hands());
  ASSERT_EQ(meshes.size(), 2u);
  EXPECT_EQ(meshes[0].name, "h#1/right");
  EXPECT_EQ(meshes[1].name, "h#3/right");
}

}  // namespace
}  // namespace interprior
