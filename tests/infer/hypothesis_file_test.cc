#include "interprior/infer/hypothesis_file.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstring>

#include "interprior/geometry/glb_reader.h"
#include "interprior/infer/reconstructor.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"
#include "tiny_sampler.h"

namespace interprior {
namespace {

const Reconstructor& reconstructor() {
  static const Reconstructor reconstruct(tiny_sampler(), procedural_model(), torch::kCPU,
                                         {.hypotheses = 6, .keep_hypotheses = true});
  return reconstruct;
}

ReconstructedHands some_hands() { return reconstructor()(random_image(200, 160), cv::Rect(40, 20, 120, 100)); }

// The hypotheses as rows of a set.
HandSet set_of(const std::vector<PerHand<ManoParameters>>& hypotheses) {
  HandSet set;
  std::vector<torch::Tensor> pose, shape, translation;
  for (const PerHand<ManoParameters>& pair : hypotheses) {
    set.sample.push_back(std::to_string(set.sample.size()));
    pose.push_back(torch::stack({pair.right.pose, pair.left.pose}));
    shape.push_back(torch::stack({pair.right.shape, pair.left.shape}));
    translation.push_back(torch::stack({pair.right.translation, pair.left.translation}));
  }
  set.pose = torch::stack(pose).to(torch::kFloat64);
  set.shape = torch::stack(shape).to(torch::kFloat64);
  set.translation = torch::stack(translation).to(torch::kFloat64);
  return set;
}

torch::Tensor tensor_of(const Mesh& mesh) {
  torch::Tensor vertices = torch::empty({static_cast<int64_t>(mesh.vertices.size()), 3});
  std::memcpy(vertices.data_ptr<float>(), mesh.vertices.data(), static_cast<size_t>(vertices.numel()) * sizeof(float));
  return vertices;
}

TEST(HypothesisFile, HasTheFirstHypothesesInOrderInTheCamera) {
  const TemporaryDirectory folder;
  const ReconstructedHands hands = some_hands();
  ASSERT_EQ(hands.hypotheses.size(), 6u);
  write_hypothesis_meshes(folder.path(), "photo", hands.hypotheses, reconstructor().hands());
  const std::vector<NamedMesh> meshes = read_glb(folder / "hypotheses/photo.glb");
  ASSERT_EQ(meshes.size(), 2 * kHypothesisMeshes);
  const torch::Tensor expected = vertices_of(set_of(hands.hypotheses), reconstructor().hands());
  for (size_t k = 0; k < kHypothesisMeshes; ++k)
    for (const Side side : kSides) {
      const NamedMesh& named = meshes[2 * k + static_cast<size_t>(side)];
      EXPECT_EQ(named.name, "hypotheses#" + std::to_string(k + 1) + "/" + side_name(side));
      EXPECT_THAT(tensor_of(named.mesh), TensorNear(expected[static_cast<int64_t>(k)][static_cast<int64_t>(side)], 1e-5));
      EXPECT_EQ(named.mesh.faces, hands.surface[side].faces);
    }
}

TEST(HypothesisFile, AnOlderFileDoesNotStayWithoutHypotheses) {
  const TemporaryDirectory folder;
  write_hypothesis_meshes(folder.path(), "photo", some_hands().hypotheses, reconstructor().hands());
  ASSERT_TRUE(std::filesystem::exists(folder / "hypotheses/photo.glb"));
  write_hypothesis_meshes(folder.path(), "photo", {}, reconstructor().hands());
  EXPECT_FALSE(std::filesystem::exists(folder / "hypotheses/photo.glb"));
  EXPECT_THAT([&] { write_hypothesis_meshes("/dev/null", "photo", some_hands().hypotheses, reconstructor().hands()); },
              ThrowsError(::testing::HasSubstr("/dev/null")));
}

TEST(HypothesisFile, AHandThatIsNotPresentIsLeftOut) {
  const TemporaryDirectory folder;
  const ReconstructedHands hands = some_hands();
  const auto write = [&](PerHand<bool> present) {
    write_hypothesis_meshes(folder.path(), "photo", hands.hypotheses, reconstructor().hands(), present);
  };
  write({true, false});
  const std::vector<NamedMesh> meshes = read_glb(folder / "hypotheses/photo.glb");
  ASSERT_EQ(meshes.size(), kHypothesisMeshes);
  EXPECT_EQ(meshes.back().name, "hypotheses#4/right");
  write({false, false});
  EXPECT_FALSE(std::filesystem::exists(folder / "hypotheses/photo.glb"));
}

// The standard deviation of the joints is that of the kept hypotheses, which are in another camera's axes.
TEST(HypothesisFile, KeptHypothesesAreThoseOfTheStandardDeviation) {
  const ReconstructedHands hands = some_hands();
  const torch::Tensor joints = chain_joints_of(set_of(hands.hypotheses), reconstructor().hands());  // (K,2,21,3)
  const torch::Tensor in_root = joints - joints.select(1, 0).select(1, 0).unsqueeze(1).unsqueeze(1);
  EXPECT_THAT(in_root.var(0, /*unbiased=*/true).sum(2).sqrt(), TensorNear(hands.joint_stddev, 5e-6));
  const Reconstructor keeps_none(tiny_sampler(), procedural_model(), torch::kCPU, {.hypotheses = 6});
  EXPECT_TRUE(keeps_none(random_image(200, 160), cv::Rect(40, 20, 120, 100)).hypotheses.empty());
}

TEST(HypothesisFile, HypothesesOfAnImageDoNotDependOnItsBatch) {
  const PhotoOfHands one{random_image(200, 160), {40, 20, 120, 100}, {}},
      other{random_image(300, 200, 9), {20, 10, 150, 150}, {}};
  const std::vector<ReconstructionAttempt> both = reconstructor().reconstruct({other, one});
  ASSERT_TRUE(both[1].hands.has_value());
  const HandSet batched = set_of(both[1].hands->hypotheses), alone = set_of(some_hands().hypotheses);
  EXPECT_THAT(vertices_of(batched, reconstructor().hands()), TensorNear(vertices_of(alone, reconstructor().hands()), 2e-5));
}

}  // namespace
}  // namespace interprior
