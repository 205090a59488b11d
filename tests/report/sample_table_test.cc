#include "interprior/report/sample_table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "interprior/base/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

SampleTable table_of(const std::string& text) {
  TemporaryDirectory folder;
  write_file(folder / "samples.csv", text);
  return read_sample_table(folder / "samples.csv");
}

TEST(SampleTable, CellsMayBeQuoted) {
  EXPECT_THAT(csv_cells("a,b,"), ElementsAre("a", "b", ""));
  EXPECT_THAT(csv_cells("\"a,b\",\"say \"\"yes\"\"\"\r"), ElementsAre("a,b", "say \"yes\""));
}

TEST(SampleTable, TheWorstComeFirstAndAHandThatDoesNotCountIsLeftOut) {
  const SampleTable table = table_of("sample,group,right_mpjpe_mm,left_mpjpe_mm\na,g,1,3\nb,g,-,9\nc,g,5,5\nd,g,-,-\n");
  ASSERT_EQ(table.rows.size(), 4u);
  EXPECT_DOUBLE_EQ(table.rows[0].error_mm, 2);
  EXPECT_TRUE(std::isnan(table.rows[1].right_mm));
  EXPECT_TRUE(std::isnan(table.rows[3].error_mm));
  const auto worst = table.worst(2);
  ASSERT_EQ(worst.size(), 2u);
  EXPECT_EQ(worst[0].sample, "b");
  EXPECT_EQ(worst[1].sample, "c");
  EXPECT_EQ(table.worst(10).size(), 3u);
}

TEST(SampleTable, DamageIsNamedByFileAndLine) {
  EXPECT_THAT([] { table_of(""); }, ThrowsError(HasSubstr("empty")));
  EXPECT_THAT([] { table_of("sample,right_mpjpe_mm\n"); }, ThrowsError(HasSubstr("no column 'left_mpjpe_mm'")));
  EXPECT_THAT([] { table_of("sample,right_mpjpe_mm,left_mpjpe_mm\na,1,2\na,1\n"); },
              ThrowsError(AllOf(HasSubstr("samples.csv:3"), HasSubstr("2 cells"))));
  EXPECT_THAT([] { table_of("sample,right_mpjpe_mm,left_mpjpe_mm\na,x,2\n"); },
              ThrowsError(AllOf(HasSubstr("samples.csv:2"), HasSubstr("'x'"))));
}

}  // namespace
}  // namespace interprior
