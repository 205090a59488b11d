#include "interprior/report/set_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <map>
#include <set>

#include "interprior/geometry/glb_reader.h"
#include "metric/hand_sets/random_hand_set.h"
#include "report/image_list.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

TEST(SetImage, TheWorstAndWhereTwoMethodsDifferAreDrawn) {
  const TemporaryDirectory folder;
  const HandSet truth = random_hand_set(6, 1), first = random_hand_set(6, 2), second = random_hand_set(6, 3);
  const SampleErrors a = sample_errors(Protocol::wrist, first, truth, procedural_hands(), {.surfaces = false}),
                     b = sample_errors(Protocol::wrist, second, truth, procedural_hands(), {.surfaces = false});
  Evaluation evaluation;
  evaluation.metrics = summarise(Protocol::wrist, a);
  PairedSums sums;
  sums.add(a, b);
  sums.finish(evaluation.against.emplace());
  const HandSets true_sets(truth), first_sets(first), second_sets(as_meshes(second));
  write_set_images(folder.path(), {first_sets, true_sets, &second_sets, procedural_hands(), evaluation}, 2);
  const std::vector<ListedImage> list = read_image_list(folder.path());
  ASSERT_GE(list.size(), 4u);
  EXPECT_EQ(list[0].group, "Worst samples");
  EXPECT_THAT(list[0].caption, ::testing::HasSubstr(evaluation.metrics.worst.front().sample));
  for (const ListedImage& image : list) {
    EXPECT_TRUE(std::filesystem::exists(folder / "images" / image.file));
    std::set<std::string> names;
    for (const NamedMesh& named : read_glb(folder / "images" / image.meshes)) names.insert(named.name);
    EXPECT_THAT(names, ::testing::ElementsAre("first/left", "first/right", "ground truth/left", "ground truth/right",
                                              "second/left", "second/right"));
  }
  HandSet joints;
  joints.sample = truth.sample;
  joints.joints = annotated(truth).joints;
  const HandSets no_meshes(joints);  // nothing to draw, and no reason to fail
  evaluation.against.reset();
  write_set_images(folder.path(), {no_meshes, true_sets, nullptr, procedural_hands(), evaluation});
  EXPECT_TRUE(read_image_list(folder.path()).empty());
}

TEST(SetImage, HypothesesAreFramesBesideThePrediction) {
  const TemporaryDirectory folder;
  const HandSet truth = random_hand_set(4, 1);
  HandSet predictions = random_hand_set(4, 2);
  predictions.hypotheses_pose = torch::stack({predictions.pose, truth.pose}, 1);
  predictions.hypotheses_shape = torch::stack({predictions.shape, truth.shape}, 1);
  predictions.hypotheses_translation = torch::stack({predictions.translation, truth.translation}, 1);
  Evaluation evaluation;
  evaluation.metrics =
      summarise(Protocol::wrist, sample_errors(Protocol::wrist, predictions, truth, procedural_hands(), {.surfaces = false}));
  const HandSets true_sets(truth), predicted_sets(predictions);
  write_set_images(folder.path(), {predicted_sets, true_sets, nullptr, procedural_hands(), evaluation}, 1);
  const std::vector<ListedImage> list = read_image_list(folder.path());
  ASSERT_FALSE(list.empty());
  EXPECT_THAT(list[0].caption, ::testing::HasSubstr("in 3D also its 2 hypotheses"));
  std::map<std::string, std::vector<std::array<float, 3>>> vertices;
  for (const NamedMesh& named : read_glb(folder / "images" / list[0].meshes)) vertices[named.name] = named.mesh.vertices;
  ASSERT_EQ(vertices.size(), 8u);
  EXPECT_EQ(vertices["hypotheses#1/right"], vertices["prediction/right"]);
  EXPECT_EQ(vertices["hypotheses#2/left"], vertices["ground truth/left"]);
}

}  // namespace
}  // namespace interprior
