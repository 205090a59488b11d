#include "interprior/data/patterns.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "data/interhand/small_root.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/geometry/rotation.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Patterns random_patterns(int64_t count) {
  torch::manual_seed(1);
  const torch::Tensor rows = torch::arange(count);
  return {0.4 * torch::randn({count, 2, 48}),
          torch::randn({count, 2, 10}),
          0.1 * torch::randn({count, 2, 3}),
          rows % 2,
          rows % 3,
          rows % 3,
          rows * 1000003,
          {"interhand", "freihand"},
          {"marker", "markerless", "object"}};
}

TEST(Patterns, ReadBackAsWritten) {
  const TemporaryDirectory folder;
  const Patterns patterns = random_patterns(7);
  write_patterns(folder / "p.h5", patterns);
  const Patterns read = read_patterns(folder / "p.h5");
  EXPECT_TRUE(torch::equal(read.pose, patterns.pose));
  EXPECT_TRUE(torch::equal(read.shape, patterns.shape));
  EXPECT_TRUE(torch::equal(read.translation, patterns.translation));
  EXPECT_TRUE(torch::equal(read.source, patterns.source));
  EXPECT_TRUE(torch::equal(read.modality, patterns.modality));
  EXPECT_TRUE(torch::equal(read.split, patterns.split));
  EXPECT_TRUE(torch::equal(read.seed, patterns.seed));
  EXPECT_EQ(read.sources, patterns.sources);
  EXPECT_EQ(read.modalities, patterns.modalities);
}

TEST(Patterns, KeepTheFieldsOfARebuiltSet) {
  const TemporaryDirectory folder;
  Patterns patterns = random_patterns(7);
  write_patterns(folder / "plain.h5", patterns);
  EXPECT_FALSE(read_patterns(folder / "plain.h5").penetration.defined());
  patterns.penetration = 1e-3 * torch::arange(7).to(torch::kFloat32);
  patterns.meant_to_touch = torch::arange(7) % 2;
  patterns.rejected = {{"too_deep", 12}, {"no_contact", 0}};
  write_patterns(folder / "rebuilt.h5", patterns);
  const Patterns read = read_patterns(folder / "rebuilt.h5");
  EXPECT_TRUE(torch::equal(read.penetration, patterns.penetration));
  EXPECT_TRUE(torch::equal(read.meant_to_touch, patterns.meant_to_touch));
  EXPECT_EQ(read.rejected, patterns.rejected);
  EXPECT_TRUE(torch::equal(of_split(read, "val").penetration, patterns.penetration.index_select(0, torch::tensor({1, 4}))));
  EXPECT_TRUE(torch::equal(of_modalities(read, {"object"}).meant_to_touch, torch::tensor({0, 1})));
  EXPECT_TRUE(torch::equal(subsample(read, 2).penetration, patterns.penetration.index_select(0, torch::tensor({0, 3}))));
  const Patterns both = merged({read, read});
  EXPECT_EQ(both.size(), 14);
  EXPECT_TRUE(torch::equal(both.penetration.slice(0, 7), patterns.penetration));
  EXPECT_EQ(both.rejected.at("too_deep"), 24);
  EXPECT_FALSE(merged({read, random_patterns(2)}).meant_to_touch.defined()) << "half of it is unknown";
  patterns.meant_to_touch[3] = 2;
  EXPECT_THAT([&] { write_patterns(folder / "p.h5", patterns); },
              ThrowsError(AllOf(HasSubstr("pattern 3"), HasSubstr("meant_to_touch"))));
  patterns.meant_to_touch[3] = 1;
  patterns.penetration[6] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT([&] { write_patterns(folder / "p.h5", patterns); },
              ThrowsError(AllOf(HasSubstr("pattern 6"), HasSubstr("penetration"))));
}

TEST(Patterns, NameTheFirstBadIndex) {
  const TemporaryDirectory folder;
  Patterns patterns = random_patterns(7);
  patterns.shape[5][1][2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT([&] { write_patterns(folder / "p.h5", patterns); }, ThrowsError(AllOf(HasSubstr("pattern 5"), HasSubstr("shape"))));
  EXPECT_FALSE(std::filesystem::exists(folder / "p.h5"));
  patterns = random_patterns(7);
  patterns.split[4] = 3;
  EXPECT_THAT([&] { PatternDataset dataset(patterns); }, ThrowsError(AllOf(HasSubstr("pattern 4"), HasSubstr("split"))));
  patterns = random_patterns(7);
  patterns.sources.pop_back();
  EXPECT_THAT([&] { PatternDataset dataset(patterns); }, ThrowsError(AllOf(HasSubstr("pattern 1"), HasSubstr("source"))));
}

void write_raw(const std::filesystem::path& path, const Patterns& patterns, const torch::Tensor& pose) {
  TensorFileWriter file(path, "interprior.patterns", 1);
  file.write("pose", pose);
  file.write("shape", patterns.shape);
  file.write("translation", patterns.translation);
  for (const auto& [name, tensor] : {std::pair("source", patterns.source), std::pair("modality", patterns.modality),
                                     std::pair("split", patterns.split), std::pair("seed", patterns.seed)})
    file.write(name, tensor);
  file.attribute("sources", "interhand,freihand");
  file.attribute("modalities", "marker,markerless,object");
  file.close();
}

TEST(Patterns, RefuseDamagedFiles) {
  const TemporaryDirectory folder;
  const Patterns patterns = random_patterns(6);
  write_raw(folder / "good.h5", patterns, patterns.pose);
  EXPECT_EQ(read_patterns(folder / "good.h5").sources, patterns.sources);
  write_raw(folder / "wide.h5", patterns, torch::zeros({6, 2, 51}));
  EXPECT_THAT([&] { read_patterns(folder / "wide.h5"); }, ThrowsError(HasSubstr("pose")));
  write_raw(folder / "long.h5", patterns, torch::zeros({5, 2, 48}));
  EXPECT_THAT([&] { read_patterns(folder / "long.h5"); }, ThrowsError(HasSubstr("shape")));
  torch::Tensor broken = patterns.pose.clone();
  broken[3][0][0] = std::numeric_limits<float>::infinity();
  write_raw(folder / "nan.h5", patterns, broken);
  EXPECT_EQ(read_patterns(folder / "nan.h5").size(), 5);
  EXPECT_EQ(read_patterns(folder / "nan.h5").first_left_out, "pattern 3");
  const std::string bytes = read_file(folder / "good.h5");
  write_file(folder / "cut.h5", bytes.substr(0, bytes.size() / 2));
  EXPECT_THROW(read_patterns(folder / "cut.h5"), Error);
  write_file(folder / "text.h5", "not a pattern");
  EXPECT_THROW(read_patterns(folder / "text.h5"), Error);
}

TEST(Patterns, AreSelectedBySplit) {
  const Patterns patterns = random_patterns(8);
  const Patterns val = of_split(patterns, "val");
  EXPECT_EQ(val.size(), 3);
  EXPECT_TRUE(torch::equal(val.pose[1], patterns.pose[4]));
  EXPECT_EQ(of_split(patterns, "all").size(), 8);
  EXPECT_THAT([&] { of_split(patterns, "validation"); }, ThrowsError(HasSubstr("train, val, test, all")));
  EXPECT_THAT([&] { of_split(val, "train"); }, ThrowsError(HasSubstr("no pattern")));
}

TEST(Patterns, AreSelectedByModality) {
  const Patterns patterns = random_patterns(8);
  const Patterns object = of_modalities(patterns, {"object"}), two = of_modalities(patterns, {"object", "marker"});
  EXPECT_EQ(object.size(), 2);
  EXPECT_TRUE(torch::equal(object.pose[1], patterns.pose[5]));
  EXPECT_TRUE(torch::equal(two.modality, torch::tensor({0, 2, 0, 2, 0})));
  EXPECT_EQ(of_modalities(patterns, {}).size(), 8);
  EXPECT_THAT(
      [&] {
        of_modalities(patterns, {"object", "objects"});
      },
      ThrowsError(AllOf(HasSubstr("`objects`"), HasSubstr("known: marker, markerless, object"))));
  EXPECT_THAT([&] { of_modalities(object, {"marker"}); }, ThrowsError(HasSubstr("no pattern is of the modality marker")));
  const TemporaryDirectory folder;
  write_patterns(folder / "p.h5", patterns);
  EXPECT_EQ(read_modalities(folder / "p.h5"), patterns.modalities);
}

// A file is ordered by source: its first rows would be of one source only.
TEST(Patterns, AreSubsampledEvenly) {
  const Patterns patterns = random_patterns(1000);
  const Patterns ten = subsample(patterns, 10), hundred = subsample(patterns, 100);
  EXPECT_TRUE(torch::equal(ten.seed, torch::arange(10) * 100 * 1000003));
  EXPECT_TRUE(torch::isin(ten.seed, hundred.seed).all().item<bool>()) << "a smaller set is part of a larger one";
  EXPECT_EQ(subsample(patterns, 7).size(), 7);
  EXPECT_EQ(subsample(patterns, 5000).size(), 1000);
}

TEST(Patterns, PoseHoldsManosTranslation) {
  const TwoHands hands(test_hand());
  const Patterns patterns = random_patterns(4);
  const PatternBatch batch = {patterns.pose, patterns.shape, patterns.translation};
  const PerHand<HandPose> pose = pose_from(batch, hands);
  EXPECT_THAT(pose.right.wrist_in_root, TensorNear(torch::zeros({4, 3}), 0));
  const torch::Tensor right = hands.layer.right.rest_wrist(patterns.shape.select(1, 0)) + patterns.translation.select(1, 0);
  const torch::Tensor left = hands.layer.left.rest_wrist(patterns.shape.select(1, 1)) + patterns.translation.select(1, 1);
  EXPECT_THAT(pose.left.wrist_in_root, TensorNear(left - right, 1e-7));
  const Interaction interaction = interaction_from(batch, hands);
  const torch::Tensor turned = matrix_from_axis_angle(patterns.pose.select(1, 0).slice(1, 0, 3)).transpose(1, 2);
  EXPECT_THAT(interaction.left_in_right, TensorNear(torch::matmul(turned, (left - right).unsqueeze(2)).squeeze(2), 1e-6));
}

TEST(Patterns, AreUnchangedByConversionToAPoseAndBack) {
  const TwoHands hands(test_hand());
  const Patterns patterns = random_patterns(4);
  const PerHand<HandPose> pose = pose_from(PatternBatch{patterns.pose, patterns.shape, patterns.translation}, hands);
  const PerHand<HandPose> again = pose_from(pattern_from(pose, hands), hands);
  for (const Side side : kSides) {
    EXPECT_THAT(again[side].rotations, TensorNear(pose[side].rotations, 2e-6));
    EXPECT_THAT(again[side].wrist_in_root, TensorNear(pose[side].wrist_in_root, 1e-6));
    EXPECT_TRUE(torch::equal(again[side].shape, pose[side].shape));
  }
}

TEST(PatternDataset, FillsTheRequestedRow) {
  const PatternDataset dataset(random_patterns(5));
  PatternBatch batch = dataset.allocate(2);
  dataset.fill(3, Seed{0}, batch, 1);
  EXPECT_TRUE(torch::equal(batch.pose[1], dataset.patterns().pose[3]));
  EXPECT_TRUE(torch::equal(batch.translation[1], dataset.patterns().translation[3]));
  EXPECT_EQ(batch.pose[0].abs().sum().item<float>(), 0);
}

}  // namespace
}  // namespace interprior
