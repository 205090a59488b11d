#include "interprior/evaluation/test_set.h"

#include <gtest/gtest.h>

#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TestSets, GroupTheProtocolsInTheOrderOfTheFirst) {
  const std::vector<TestSet> sets = test_sets({Protocol::interwild, Protocol::wrist, Protocol::internet, Protocol::intaghand});
  ASSERT_EQ(sets.size(), 2u);
  EXPECT_EQ(sets[0].name(), "all");
  EXPECT_EQ(sets[0].box, BoxSource::annotation);
  EXPECT_THAT(sets[0].protocols, ElementsAre(Protocol::interwild, Protocol::internet));
  EXPECT_THAT(sets[0].place, ElementsAre(0u, 2u));
  EXPECT_EQ(sets[1].name(), "both_hands");
  EXPECT_EQ(sets[1].box, BoxSource::oracle);
  EXPECT_THAT(sets[1].protocols, ElementsAre(Protocol::wrist, Protocol::intaghand));
  EXPECT_THAT(sets[1].place, ElementsAre(1u, 3u));
  EXPECT_THAT([] { test_sets({}); }, ThrowsError(HasSubstr("no protocol")));
}

TEST(TestSets, OnlyTheBenchmarkNeedsBothHandsAndBrightImages) {
  const UsableRule both = usable_rule(test_sets({Protocol::intaghand}).front(), "ids.txt"),
                   all = usable_rule(test_sets({Protocol::interwild}).front(), "");
  EXPECT_TRUE(both.interacting_only && both.need_mano);
  EXPECT_EQ(both.filter.min_mean_intensity, 10);
  EXPECT_EQ(both.filter.annotations, "ids.txt");
  EXPECT_FALSE(all.interacting_only || all.need_mano);
  EXPECT_EQ(all.filter.min_mean_intensity, 0);
}

}  // namespace
}  // namespace interprior
