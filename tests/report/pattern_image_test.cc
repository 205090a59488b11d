#include "interprior/report/pattern_image.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <map>

#include "interprior/base/files/atomic_file.h"
#include "interprior/geometry/glb_reader.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "report/image_list.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

void images_of(const std::filesystem::path& folder, InteractionPrior prior, const Patterns& patterns, int64_t count) {
  prior->eval();
  const TwoHands hands(procedural_hand());
  write_prior_images(folder, {prior, hands, patterns}, Seed{1}, count);
}

TEST(PatternImage, WorstBestAndUnconditionalSamplesAreListed) {
  torch::manual_seed(0);
  TemporaryDirectory folder;
  InteractionSynthesisConfig config;
  config.count = 8;
  config.threads = 1;
  const HandModel model = procedural_hand();
  InteractionPrior prior(InteractionPriorConfig{8, 16, 1});
  images_of(folder.path(), prior, synthesize_patterns(model, config), 2);
  std::map<std::string, int> groups;
  for (const ListedImage& image : read_image_list(folder.path())) {
    ++groups[image.group];
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "images" / image.file)) << image.file;
  }
  const std::map<std::string, int> expected = {
      {"Best reconstructions", 2}, {"Latent walk", 1}, {"Unconditional samples", 2}, {"Worst reconstructions", 2}};
  EXPECT_EQ(groups, expected);
}

TEST(PatternImage, EveryImageHasMeshesThatTurn) {
  torch::manual_seed(0);
  TemporaryDirectory folder;
  InteractionSynthesisConfig config;
  config.count = 4;
  config.threads = 1;
  InteractionPrior prior(InteractionPriorConfig{8, 16, 1});
  images_of(folder.path(), prior, synthesize_patterns(procedural_hand(), config), 1);
  const std::map<std::string, std::pair<size_t, std::string>> expected = {{"worst_1.glb", {4, "reconstruction/left"}},
                                                                          {"best_1.glb", {4, "reconstruction/left"}},
                                                                          {"samples.glb", {20, "samples#10/left"}},
                                                                          {"samples_aggregated.glb", {20, "samples#10/left"}},
                                                                          {"walk.glb", {26, "walk#13/left"}}};
  std::map<std::string, std::pair<size_t, std::string>> found;
  for (const ListedImage& image : read_image_list(folder.path())) {
    ASSERT_FALSE(image.meshes.empty()) << image.file;
    const std::vector<NamedMesh> meshes = read_glb(folder / "images" / image.meshes);
    found[image.meshes] = {meshes.size(), meshes.back().name};
  }
  EXPECT_EQ(found, expected);
}

// The walk's ends are reconstructions, its frames are on one scale: neighbours are close.
TEST(PatternImage, TheWalkMovesInSmallSteps) {
  torch::manual_seed(0);
  TemporaryDirectory folder;
  InteractionSynthesisConfig config;
  config.count = 4;
  config.threads = 1;
  images_of(folder.path(), InteractionPrior(InteractionPriorConfig{8, 16, 1}), synthesize_patterns(procedural_hand(), config), 1);
  const std::vector<NamedMesh> meshes = read_glb(folder / "images/walk.glb");
  ASSERT_EQ(meshes.size(), 26u);
  const auto distance = [&](size_t from, size_t to) {
    double largest = 0;
    for (size_t i = 0; i < meshes[from].mesh.vertices.size(); ++i)
      for (size_t axis = 0; axis < 3; ++axis)
        largest = std::max(
            largest, std::abs(static_cast<double>(meshes[from].mesh.vertices[i][axis]) - meshes[to].mesh.vertices[i][axis]));
    return largest;
  };
  const double whole = distance(1, 25);  // the left hand, from end to end
  EXPECT_GT(whole, 1e-4);
  for (size_t i = 1; i + 2 < meshes.size(); i += 2) EXPECT_LT(distance(i, i + 2), 0.5 * whole) << i;
}

TEST(PatternImage, FewerPatternsThanImagesShowEachOnce) {
  torch::manual_seed(0);
  TemporaryDirectory folder;
  InteractionSynthesisConfig config;
  config.count = 3;
  config.threads = 1;
  const HandModel model = procedural_hand();
  images_of(folder.path(), InteractionPrior(InteractionPriorConfig{8, 16, 1}), synthesize_patterns(model, config), 2);
  EXPECT_EQ(read_image_list(folder.path()).size(), 6u);  // two worst, one best, two kinds of samples, the interpolation
}

TEST(PatternImage, OnePatternHasNoLatentWalk) {
  torch::manual_seed(0);
  TemporaryDirectory folder;
  InteractionSynthesisConfig config;
  config.count = 1;
  config.threads = 1;
  const HandModel model = procedural_hand();
  images_of(folder.path(), InteractionPrior(InteractionPriorConfig{8, 16, 1}), synthesize_patterns(model, config), 1);
  for (const ListedImage& image : read_image_list(folder.path())) EXPECT_NE(image.group, "Latent walk");
}

// Samples of both kinds use the same noise: while the posterior is unknown, their images are equal.
TEST(PatternImage, SamplesOfTheAggregatedPosteriorAreShownSeparately) {
  torch::manual_seed(0);
  InteractionSynthesisConfig config;
  config.count = 2;
  config.threads = 1;
  const HandModel model = procedural_hand();
  const Patterns patterns = synthesize_patterns(model, config);
  InteractionPrior prior(InteractionPriorConfig{8, 16, 1});
  const auto equal_images = [&] {
    TemporaryDirectory folder;
    images_of(folder.path(), prior, patterns, 1);
    return read_file(folder / "images/samples.jpg") == read_file(folder / "images/samples_aggregated.jpg");
  };
  EXPECT_TRUE(equal_images());
  prior->set_aggregate(normal_tensor({50, 8}, Seed{2}) + 3);
  EXPECT_FALSE(equal_images());
}

TEST(LatentWalk, IsStraightAndEndsExactly) {
  const torch::Tensor from = normal_tensor({5}, Seed{3}), to = normal_tensor({5}, Seed{4});
  const torch::Tensor walk = latent_walk(from, to, 7);
  ASSERT_EQ(walk.sizes(), torch::IntArrayRef({7, 5}));
  EXPECT_TRUE(torch::equal(walk[0], from));
  EXPECT_TRUE(torch::equal(walk[6], to));
  EXPECT_THAT(walk[3], TensorNear((from + to) / 2, 1e-6));
  EXPECT_THAT(walk.diff(1, 0), TensorNear(((to - from) / 6).expand({6, 5}), 1e-6));
  EXPECT_THAT([&] { latent_walk(from, to, 1); }, ThrowsError(::testing::HasSubstr("two")));
  EXPECT_THAT([&] { latent_walk(from, to.slice(0, 1), 7); }, ThrowsError(::testing::HasSubstr("latent_walk")));
}

}  // namespace
}  // namespace interprior
