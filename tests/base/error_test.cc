#include "interprior/base/error.h"

#include <gtest/gtest.h>

#include <vector>

namespace interprior {
namespace {

TEST(ErrorTest, OmitsEmptyParts) {
  EXPECT_STREQ(Error("it broke").what(), "it broke");
  EXPECT_STREQ(Error("it broke", "a.yaml:3:4").what(), "it broke (a.yaml:3:4)");
  EXPECT_STREQ(Error("it broke", "", "mend it").what(), "it broke: mend it");
  EXPECT_STREQ(Error("it broke", "a.yaml:3:4", "mend it").what(), "it broke (a.yaml:3:4): mend it");
}

TEST(ErrorTest, RequireThrowsOnlyWhereTheConditionFails) {
  EXPECT_NO_THROW(require(true, "never"));
  EXPECT_THROW(require(false, "always"), Error);
}

TEST(EditDistanceTest, CountsInsertDeleteReplaceAndSwap) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("joints", "joints"), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("joint", "joints"), 1);
  EXPECT_EQ(edit_distance("joints", "jpints"), 1);
  EXPECT_EQ(edit_distance("joints", "jionts"), 1);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
}

TEST(EditDistanceTest, IsSymmetric) {
  const std::vector<std::string> words = {"", "a", "ab", "ba", "learning_rate", "larning_rtae", "weight"};
  for (const std::string& a : words)
    for (const std::string& b : words) EXPECT_EQ(edit_distance(a, b), edit_distance(b, a)) << a << " " << b;
}

TEST(NearestWordTest, FindsTheIntendedWordAndNoDistantOne) {
  const std::vector<std::string> known = {"joints", "vertices", "bones"};
  EXPECT_EQ(nearest_word("jonits", known), "joints");
  EXPECT_EQ(nearest_word("bone", known), "bones");
  EXPECT_EQ(nearest_word("zzzzzzzz", known), "");
  EXPECT_EQ(nearest_word("trainer", std::vector<std::string>{"loader"}), "");
  EXPECT_EQ(nearest_word("fit.lr", std::vector<std::string>{"fit.norm"}), "");
}

}  // namespace
}  // namespace interprior
