#include "interprior/base/table.h"

#include <gtest/gtest.h>

#include <limits>

namespace interprior {
namespace {

const Table kTable{"protocol wrist", {{"method", "MPJPE"}, {"ours_1", "8.34"}, {"mean | pose", "-"}}};

TEST(Table, TextAlignsNumbersRight) {
  EXPECT_EQ(text_table(kTable),
            "protocol wrist\n"
            "method       MPJPE\n"
            "-----------  -----\n"
            "ours_1        8.34\n"
            "mean | pose      -\n");
}

TEST(Table, TextCountsCharactersNotBytes) {
  EXPECT_EQ(text_table({"", {{"x", "n"}, {"\xc3\xa9", "1"}}}), "x  n\n-  -\n\xc3\xa9  1\n");
}

TEST(Table, CsvQuotesWhereNeeded) {
  EXPECT_EQ(csv_table({"t", {{"a", "b"}, {"x,\"y\"", "two\nlines"}}}), "a,b\n\"x,\"\"y\"\"\",\"two\nlines\"\n");
}

TEST(Table, LatexEscapesItsSpecialCharacters) {
  const std::string latex = latex_table({"", {{"method", "%"}, {"a_b & c", "1"}}});
  EXPECT_NE(latex.find("\\begin{tabular}{lr}"), std::string::npos);
  EXPECT_NE(latex.find("a\\_b \\& c & 1 \\\\"), std::string::npos);
  EXPECT_NE(latex.find("method & \\%"), std::string::npos);
}

TEST(Table, ShortRowsAreFilledUp) {
  EXPECT_EQ(csv_table({"", {{"a", "b"}, {"1"}}}), "a,b\n1,\n");
  EXPECT_EQ(text_table({}), "");
}

TEST(Table, Numbers) {
  EXPECT_EQ(number(8.346), "8.35");
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "-");
  EXPECT_EQ(number(1e300), "1e+300");
}

}  // namespace
}  // namespace interprior
