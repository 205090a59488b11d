#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/metric/hand_sets/hand_set.h"
#include "random_hand_set.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

HandSet in_order(const HandSet& set, std::vector<int64_t> order) { return rows(set, torch::tensor(order)); }

TEST(HandSetRows, JoinsByIdNeverByOrder) {
  const HandSet truth = random_hand_set(4, 1);
  const HandSet shuffled = in_order(random_hand_set(4, 2), {2, 0, 3, 1});
  const HandSet found = joined(shuffled, truth);
  EXPECT_EQ(found.sample, truth.sample);
  EXPECT_TRUE(torch::equal(found.pose, random_hand_set(4, 2).pose));
}

TEST(HandSetRows, JoinNamesMissingSurplusAndDuplicateIds) {
  const HandSet truth = random_hand_set(4, 1);
  EXPECT_THAT([&] { joined(rows(truth, 0, 3), truth); }, ThrowsError(AllOf(HasSubstr("test/3.jpg"), HasSubstr("no prediction"))));
  EXPECT_THAT([&] { joined(truth, rows(truth, 1, 4)); },
              ThrowsError(AllOf(HasSubstr("test/0.jpg"), HasSubstr("no ground truth"))));
  EXPECT_THAT(
      [&] {
        joined(in_order(truth, {0, 1, 1, 2, 3}), truth);
      },
      ThrowsError(AllOf(HasSubstr("test/1.jpg"), HasSubstr("predictions"))));
  EXPECT_THAT(
      [&] {
        joined(truth, in_order(truth, {0, 1, 2, 3, 3}));
      },
      ThrowsError(AllOf(HasSubstr("test/3.jpg"), HasSubstr("truth"))));
}

TEST(HandSetRows, AnIdDiffersByASingleLetter) {
  const HandSet truth = random_hand_set(2, 1);
  HandSet other = truth;
  other.sample[1] = "test/1.JPG";
  EXPECT_THAT([&] { joined(other, truth); }, ThrowsError(HasSubstr("test/1.jpg")));
}

TEST(HandSetRows, ConcatenatedPartsEqualTheFullSet) {
  HandSet set = annotated(random_hand_set(5, 1));
  set.group = {"a", "b", "c", "d", "e"};
  const HandSet whole = concatenated({rows(set, 0, 2), rows(set, 2, 3), rows(set, 3, 5)});
  EXPECT_EQ(whole.sample, set.sample);
  EXPECT_EQ(whole.group, set.group);
  for (const auto& [name, member] : kHandSetTensors)
    if ((set.*member).defined()) {
      EXPECT_TRUE(torch::equal(whole.*member, set.*member)) << name;
    }
}

TEST(HandSetRows, PartsMustHoldTheSameDatasets) {
  const HandSet set = random_hand_set(2, 1);
  EXPECT_THAT([&] { concatenated({set, annotated(set)}); }, ThrowsError(HasSubstr("joints")));
  EXPECT_THAT([&] { concatenated({}); }, ThrowsError(HasSubstr("no sets")));
}

TEST(HandSetRows, RefusesRowsOutOfRange) {
  EXPECT_THAT([&] { rows(random_hand_set(2, 1), torch::tensor({2})); }, ThrowsError(HasSubstr("row 2")));
}

}  // namespace
}  // namespace interprior
