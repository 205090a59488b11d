#include "interprior/metric/hand_sets/hand_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/joint_orders.h"
#include "random_hand_set.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

HandSet named(int64_t count, uint64_t seed, const std::string& split = "test") {
  HandSet set = random_hand_set(count, seed);
  for (int64_t i = 0; i < count; ++i) {
    set.sample[static_cast<size_t>(i)] = split + "/" + std::to_string(seed) + "_" + std::to_string(i) + ".jpg";
    set.group.push_back("sequence" + std::to_string(i % 3));
  }
  return set;
}

void expect_equal(const HandSet& a, const HandSet& b) {
  EXPECT_EQ(a.sample, b.sample);
  EXPECT_EQ(a.group, b.group);
  for (const auto& [name, member] : kHandSetTensors) {
    ASSERT_EQ((a.*member).defined(), (b.*member).defined()) << name;
    if ((a.*member).defined()) EXPECT_TRUE(torch::equal(a.*member, b.*member)) << name;
  }
}

TEST(HandSets, RowsFromMemoryAndFromFilesAreEqual) {
  const TemporaryDirectory folder;
  const HandSet first = named(5, 1), second = named(7, 2), all = concatenated({first, second});
  write_hand_set(folder / "a.h5", first);
  HandSetWriter writer(folder / "b.h5", "oracle");  // appended in chunks
  writer.append(rows(second, 0, 3));
  writer.append(rows(second, 3, 4));
  writer.append(rows(second, 4, 7));
  writer.close();
  expect_equal(read_hand_set(folder / "b.h5"), second);
  const HandSets held(all), files({folder / "a.h5", folder / "b.h5"});
  for (const HandSets* sets : {&held, &files}) {
    EXPECT_EQ(sets->size(), 12);
    EXPECT_TRUE(sets->has(&HandSet::pose));
    EXPECT_FALSE(sets->has(&HandSet::vertices));
    expect_equal(sets->rows(3, 9), rows(all, 3, 9));
    expect_equal(sets->rows(std::vector<int64_t>{11, 4, 5, 6, 0}), rows(all, torch::tensor({11, 4, 5, 6, 0})));
    const HandSets some = sets->slice(4, 10);
    EXPECT_EQ(some.size(), 6);
    expect_equal(some.rows(1, 3), rows(all, 5, 7));
    EXPECT_EQ(some.slice(2, 4).ids(0, 2), (std::vector<std::string>{all.sample[6], all.sample[7]}));
  }
}

TEST(HandSets, IdsSelectTheirRowsAndMissingOnesAreNamed) {
  const HandSets sets(concatenated({named(5, 1), named(5, 2)}), "predictions.h5");
  const IdRows ids(sets);
  EXPECT_EQ(ids.rows_of({"test/2_3.jpg", "test/1_0.jpg"}), (std::vector<int64_t>{8, 0}));
  EXPECT_EQ(ids.row_of("test/3_0.jpg"), -1);
  EXPECT_THAT(
      [&] {
        ids.rows_of({"test/1_1.jpg", "test/9.jpg"});
      },
      ThrowsError(AllOf(HasSubstr("no prediction for sample test/9.jpg"), HasSubstr("predictions.h5"))));
  EXPECT_THAT([&] { ids.rows_of({"val/1_1.jpg"}); }, ThrowsError(HasSubstr("is that another split?")));
  HandSet doubled = named(4, 1);
  doubled.sample[3] = doubled.sample[1];
  EXPECT_THAT([&] { IdRows twice{HandSets(doubled)}; }, ThrowsError(HasSubstr("test/1_1.jpg is duplicated")));
}

TEST(HandSets, FilesOfOneSetMustHoldTheSameDatasets) {
  const TemporaryDirectory folder;
  write_hand_set(folder / "a.h5", named(3, 1));
  write_hand_set(folder / "b.h5", annotated(named(3, 2)));
  EXPECT_THAT([&] { HandSets({folder / "a.h5", folder / "b.h5"}); }, ThrowsError(HasSubstr("joints")));
  HandSetWriter writer(folder / "c.h5");
  writer.append(named(2, 1));
  EXPECT_THAT([&] { writer.append(annotated(named(2, 2))); }, ThrowsError(HasSubstr("other datasets")));
}

// check_hand_sets refuses a set with this message.
void expect_refused(const HandSet& set, const std::string& words) {
  EXPECT_THAT([&] { check_hand_sets(HandSets(set, "method.h5"), procedural_hands().model); },
              ThrowsError(AllOf(HasSubstr(words), HasSubstr("method.h5"))));
}

TEST(HandSetChecks, ValidSetsPass) {
  const HandModel& hand = procedural_hands().model;
  const HandSet set = random_hand_set(20, 1);
  for (const HandSet& good : {set, as_meshes(set), annotated(set)}) EXPECT_NO_THROW(check_hand_sets(HandSets(good), hand));
  HandSet joints;
  joints.sample = set.sample;
  joints.joints = annotated(set).joints;
  EXPECT_NO_THROW(check_hand_sets(HandSets(joints), hand));
}

TEST(HandSetChecks, NonFiniteValuesAreCountedAndTheFirstIsNamed) {
  HandSet set = random_hand_set(9, 1);
  for (const int64_t row : {3, 5, 8}) set.pose[row][1][7] = std::numeric_limits<double>::quiet_NaN();
  expect_refused(set, "pose of 3 of 9 samples is not finite, the first is test/3.jpg");
  set.hand_valid = torch::ones({9, 2}, torch::kBool);
  set.hand_valid.select(1, 1).fill_(false);  // invalid hands may have any values
  EXPECT_NO_THROW(check_hand_sets(HandSets(set), procedural_hands().model));
}

TEST(HandSetChecks, MillimetresAreDetected) {
  HandSet meshes = as_meshes(random_hand_set(6, 1)), parameters = random_hand_set(6, 1);
  meshes.vertices = meshes.vertices * 1000;
  expect_refused(meshes, "these look like millimetres");
  parameters.translation = parameters.translation * 1000;
  expect_refused(parameters, "these look like millimetres");
}

TEST(HandSetChecks, SingleImplausibleHandsAreCountedAndNamed) {
  HandSet set = random_hand_set(9, 1);
  set.translation[4][0][0] = 1e30;
  set.translation[6][1][2] = 5000;
  expect_refused(set, "2 of 9 samples (2 hands) have an implausible position (beyond 1000 m), the first is test/4.jpg");
  set = random_hand_set(9, 1);
  set.shape[2][1][3] = 1e4;
  expect_refused(set, "1 of 9 samples (1 hands) have an implausible shape coefficient (beyond 100), the first is test/2.jpg");
  set = as_meshes(random_hand_set(9, 1));
  set.vertices[5][1] *= 30;
  expect_refused(set, "1 of 9 samples (1 hands) have an implausible size (beyond 3 m), the first is test/5.jpg");
  set = random_hand_set(9, 1);
  set.camera = torch::full({9, 4}, 1e300, torch::kFloat64);
  expect_refused(set, "9 of 9 samples (18 hands) have an implausible camera (beyond 1e7 px)");
}

TEST(HandSetChecks, SwappedSidesAreDetected) {
  HandSet meshes = as_meshes(random_hand_set(6, 1)), joints;
  meshes.vertices = meshes.vertices.flip(1);
  expect_refused(meshes, "hands look swapped");
  joints.sample = meshes.sample;
  joints.joints = annotated(random_hand_set(6, 1)).joints.flip(1);
  expect_refused(joints, "hands look swapped");
  HandSet mirrored = as_meshes(random_hand_set(6, 1));
  mirrored.vertices =
      mirrored.vertices * torch::tensor({-1.0, 1.0, 1.0}, torch::kFloat64);  // a mirrored image, not mirrored back
  expect_refused(mirrored, "mirrored back");
  HandSet one_side = as_meshes(random_hand_set(6, 1));
  one_side.vertices.select(1, 1).copy_(one_side.vertices.select(1, 0));
  expect_refused(one_side, "6 of 6 left hands are mirror images");
}

TEST(HandSetChecks, OtherJointOrdersAreNamed) {
  HandSet set;
  const torch::Tensor joints = annotated(random_hand_set(8, 1)).joints;
  set.sample = random_hand_set(8, 1).sample;
  const auto in_order = [&](const std::array<int64_t, kJoints>& order) {
    return joints.index_select(2, torch::tensor(std::vector<int64_t>(order.begin(), order.end())));
  };
  set.joints = in_order(kToInterHand);
  expect_refused(set, "in InterHand2.6M's order");
  std::array<int64_t, kJoints> to_mano{};  // native[kFromMano[i]] = ours[i]
  for (size_t i = 0; i < to_mano.size(); ++i) to_mano[static_cast<size_t>(kFromMano[i])] = static_cast<int64_t>(i);
  set.joints = in_order(to_mano);
  expect_refused(set, "in MANO's order");
  std::array<int64_t, kJoints> to_rhd{};
  for (size_t i = 0; i < to_rhd.size(); ++i) to_rhd[static_cast<size_t>(kFromRhd[i])] = static_cast<int64_t>(i);
  set.joints = in_order(to_rhd);
  expect_refused(set, "in RHD's order");
}

// A network's joints are near those of its meshes, not equal.
TEST(HandSetChecks, OtherJointOrdersAreNamedBesideMeshesToo) {
  const HandSet parameters = random_hand_set(8, 1);
  const torch::Tensor near = annotated(parameters).joints + noise({8, 2, kJoints, 3}, 0.005, Seed{9});
  HandSet meshes = as_meshes(parameters);
  for (HandSet set : {parameters, meshes}) {
    set.joints = near;
    EXPECT_NO_THROW(check_hand_sets(HandSets(set), procedural_hands().model));
    for (const JointOrder& order : kOtherJointOrders) {
      std::vector<int64_t> to(kJoints);
      for (size_t i = 0; i < to.size(); ++i) to[static_cast<size_t>(order.from[i])] = static_cast<int64_t>(i);
      set.joints = near.index_select(2, torch::tensor(to));
      expect_refused(set, order.name);
    }
    set.joints = near.flip(1);
    expect_refused(set, "those of the other hand's mesh");
    set.joints = near + noise({8, 2, kJoints, 3}, 0.1, Seed{3});  // as an untrained network's: the order is undetermined
    EXPECT_NO_THROW(check_hand_sets(HandSets(set), procedural_hands().model));
  }
}

TEST(HandSetChecks, NoiseIsNotReportedAsAMirrorImage) {
  for (uint64_t seed = 1; seed < 6; ++seed) {
    HandSet set = as_meshes(random_hand_set(4, 1));
    set.vertices = noise(set.vertices.sizes(), 0.1, Seed{seed}) + torch::tensor({0.0, 0.0, 0.6}, torch::kFloat64);
    EXPECT_NO_THROW(check_hand_sets(HandSets(set), procedural_hands().model)) << seed;
  }
}

TEST(HandSetChecks, HandsBehindTheCameraAreDetected) {
  HandSet set = as_meshes(random_hand_set(6, 1));
  set.vertices = set.vertices * torch::tensor({1.0, -1.0, -1.0}, torch::kFloat64);  // axes of graphics: y up, z backward
  expect_refused(set, "behind the camera");
}

TEST(HandSetChecks, AllFindingsAreListedAndOneIsAcceptedByName) {
  HandSet set = as_meshes(random_hand_set(6, 1));
  set.vertices = set.vertices * torch::tensor({-1.0, 1.0, -1.0}, torch::kFloat64);
  set.vertices = set.vertices.flip(1);
  const HandModel& hand = procedural_hands().model;
  const HandSets sets(set, "method.h5");
  std::vector<std::string> names;
  for (const Finding& finding : examine_hand_sets(sets, hand)) names.push_back(finding.name);
  EXPECT_THAT(names, ElementsAre("hands_mirrored", "hands_behind_camera"));
  EXPECT_THAT([&] { check_hand_sets(sets, hand, {"hands_mirrored"}); },
              ThrowsError(AllOf(HasSubstr("behind the camera"), HasSubstr("--accept hands_behind_camera"))));
  EXPECT_NO_THROW(check_hand_sets(sets, hand, names));
  set.vertices[1][0][5][0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(
      [&] {
        check_hand_sets(HandSets(set), hand, {"values_not_finite", "hands_mirrored", "hands_behind_camera"});
      },
      ThrowsError(AllOf(HasSubstr("is not finite"), Not(HasSubstr("--accept")))));
}

TEST(HandSetChecks, AnotherHandFilesMeshesAreRefused) {
  HandSet set = as_meshes(random_hand_set(4, 1));
  set.vertices = set.vertices.slice(2, 0, 700);
  EXPECT_THAT([&] { check_hand_sets(HandSets(set, "method.h5"), procedural_hands().model); },
              ThrowsError(AllOf(HasSubstr("meshes of 700 vertices"), HasSubstr("931"))));
}

}  // namespace
}  // namespace interprior
