#include "interprior/metric/hand_sets/hand_set.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"
#include "random_hand_set.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(HandSet, ReadsBackFromDiskUnchanged) {
  const TemporaryDirectory folder;
  HandSet set = annotated(random_hand_set(3, 1));
  set.group = {"a", "a", "b"};
  set.joint_valid.index_put_({1, 0, 5}, false);
  set.hand_valid = torch::tensor({1, 1, 1, 0, 1, 1}).view({3, 2}).to(torch::kBool);
  set.mesh_valid = set.hand_valid.clone();
  set.camera = torch::tensor({{500., 500., 100., 90.}}, torch::kFloat64).repeat({3, 1});
  set.hypotheses_pose = set.pose.unsqueeze(1).repeat({1, 4, 1, 1});
  set.hypotheses_shape = set.shape.unsqueeze(1).repeat({1, 4, 1, 1});
  set.hypotheses_translation = set.translation.unsqueeze(1).repeat({1, 4, 1, 1});
  write_hand_set(folder / "hands.h5", set);
  const HandSet read = read_hand_set(folder / "hands.h5");
  EXPECT_EQ(read.sample, set.sample);
  EXPECT_EQ(read.group, set.group);
  EXPECT_EQ(read.hypotheses(), 4);
  for (const auto& [name, member] : kHandSetTensors) {
    ASSERT_EQ((read.*member).defined(), (set.*member).defined()) << name;
    if ((set.*member).defined()) {
      EXPECT_TRUE(torch::equal(read.*member, set.*member)) << name;
    }
  }
}

TEST(HandSet, MeshesAreStoredInSinglePrecision) {
  const TemporaryDirectory folder;
  const HandSet set = as_meshes(random_hand_set(2, 1));
  write_hand_set(folder / "hands.h5", set);
  EXPECT_THAT(read_hand_set(folder / "hands.h5").vertices, TensorNear(set.vertices, 1e-7));
}

TEST(HandSet, AnInvalidHandMayHaveAnyValueAndIsReadAsFinite) {
  const TemporaryDirectory folder;
  HandSet set = random_hand_set(2, 1);
  set.pose.index_put_({1, 0}, kNaN);
  set.hand_valid = torch::tensor({1, 1, 0, 1}).view({2, 2}).to(torch::kBool);
  write_hand_set(folder / "hands.h5", set);
  EXPECT_TRUE(read_hand_set(folder / "hands.h5").pose.isfinite().all().item<bool>());
}

TEST(HandSet, NamesTheFirstSampleThatIsNotFinite) {
  HandSet set = random_hand_set(4, 1);
  set.translation.index_put_({2, 1, 0}, std::numeric_limits<double>::infinity());
  set.translation.index_put_({3, 1, 0}, kNaN);
  EXPECT_THAT([&] { check_hand_set(set, "p.h5"); },
              ThrowsError(AllOf(HasSubstr("test/2.jpg"), HasSubstr("translation"), HasSubstr("p.h5"))));
  HandSet joints = annotated(random_hand_set(2, 1));
  joints.joints.index_put_({1, 0, 7}, kNaN);
  EXPECT_THAT([&] { check_hand_set(joints, "p.h5"); }, ThrowsError(HasSubstr("test/1.jpg")));
  joints.joint_valid.index_put_({1, 0, 7}, false);
  EXPECT_NO_THROW(check_hand_set(joints, "p.h5"));
}

TEST(HandSet, NamesADuplicateId) {
  HandSet set = random_hand_set(3, 1);
  set.sample[2] = set.sample[0];
  EXPECT_THAT([&] { check_hand_set(set, "p.h5"); }, ThrowsError(AllOf(HasSubstr("test/0.jpg"), HasSubstr("duplicated"))));
}

TEST(HandSet, RefusesWrongShapesAndIncompleteSets) {
  HandSet short_pose = random_hand_set(3, 1);
  short_pose.pose = short_pose.pose.slice(2, 0, 45);
  EXPECT_THAT([&] { check_hand_set(short_pose, "p.h5"); }, ThrowsError(HasSubstr("pose")));
  HandSet half = random_hand_set(3, 1);
  half.shape = torch::Tensor();
  EXPECT_THAT([&] { check_hand_set(half, "p.h5"); }, ThrowsError(HasSubstr("part of pose")));
  HandSet nothing = random_hand_set(3, 1);
  nothing.pose = nothing.shape = nothing.translation = torch::Tensor();
  EXPECT_THAT([&] { check_hand_set(nothing, "p.h5"); }, ThrowsError(HasSubstr("neither")));
  HandSet empty;
  EXPECT_THAT([&] { check_hand_set(empty, "p.h5"); }, ThrowsError(HasSubstr("has no samples")));
}

TEST(HandSet, RefusesForeignFiles) {
  const TemporaryDirectory folder;
  write_file(folder / "text.h5", "not HDF5 at all");
  EXPECT_THAT([&] { read_hand_set(folder / "text.h5"); }, ThrowsError(HasSubstr("text.h5")));
  EXPECT_THAT([&] { read_hand_set(folder / "missing.h5"); }, ThrowsError(HasSubstr("missing.h5")));
  TensorFileWriter other(folder / "other.h5", "interprior.patterns", 1);
  other.write_strings("sample", {"a"});
  other.close();
  EXPECT_THAT([&] { read_hand_set(folder / "other.h5"); }, ThrowsError(HasSubstr("interprior.hands")));
  TensorFileWriter nameless(folder / "nameless.h5", "interprior.hands", 1);
  nameless.write("pose", torch::zeros({1, 2, 48}));
  nameless.close();
  EXPECT_THAT([&] { read_hand_set(folder / "nameless.h5"); }, ThrowsError(HasSubstr("sample")));
}

TEST(HandSet, RefusesMasksThatAreNotMasks) {
  const TemporaryDirectory folder;
  TensorFileWriter file(folder / "mask.h5", "interprior.hands", 1);
  file.write_strings("sample", {"a"});
  file.write("pose", torch::zeros({1, 2, 48}));
  file.write("shape", torch::zeros({1, 2, 10}));
  file.write("translation", torch::zeros({1, 2, 3}));
  file.write("hand_valid", torch::full({1, 2}, 7, torch::kInt64));
  file.close();
  EXPECT_THAT([&] { read_hand_set(folder / "mask.h5"); }, ThrowsError(HasSubstr("hand_valid")));
}

TEST(HandSet, TranslationIsManos) {
  const HandSet set = random_hand_set(2, 3);
  const torch::Tensor joints = chain_joints_of(set, procedural_hands());
  const torch::Tensor rest = procedural_hands().layer.left.rest_wrist(set.shape.select(1, 1));
  EXPECT_THAT(joints.select(1, 1).select(1, 0), TensorNear(rest + set.translation.select(1, 1), 1e-12));
}

TEST(HandSet, MeshesMustBelongToTheHandFile) {
  HandSet set = random_hand_set(2, 3);
  set.vertices = torch::zeros({2, 2, 7, 3}, torch::kFloat64);
  EXPECT_THAT([&] { vertices_of(set, procedural_hands()); }, ThrowsError(HasSubstr("hand file")));
}

}  // namespace
}  // namespace interprior
