#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/experiment/sweep.h"

namespace interprior {
namespace {

using ::testing::ElementsAre;

// Cells A and B, seeds from 0 on.
struct Outcomes {
  SweepConfig config;
  SweepResult result;

  explicit Outcomes(int64_t seeds) {
    config.cells = {{"A", {}}, {"B", {}}};
    config.seeds.clear();
    for (int64_t seed = 0; seed < seeds; ++seed) config.seeds.push_back(seed);
  }
  void add(const std::string& cell, int64_t seed, std::map<std::string, double> values) {
    SweepResult::Run run;
    run.cell = cell;
    run.seed = seed;
    run.done = true;
    run.values = std::move(values);
    result.runs.push_back(run);
  }
  void add(const std::string& cell, int64_t seed, double value) { add(cell, seed, {{"mpjpe_mm", value}}); }
  Table table(const std::string& metric = "") const { return sweep_table(config, result, metric); }
};

TEST(SweepTable, ShowsSeedsMeanStddevAndPairedDifference) {
  Outcomes outcomes(3);
  for (int64_t seed = 0; seed < 3; ++seed)
    for (const bool a : {true, false}) outcomes.add(a ? "A" : "B", seed, (a ? 10 : 8) + 0.1 * static_cast<double>(seed * seed));
  const Table table = outcomes.table();
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_THAT(table.rows[0],
              ElementsAre("cell", "seed 0", "seed 1", "seed 2", "mean", "sd", "seeds", "difference to A", "+- 95 %"));
  EXPECT_THAT(table.rows[1], ElementsAre("A", "10.00", "10.10", "10.40", "10.17", "0.21", "3", "", ""));
  EXPECT_THAT(table.rows[2], ElementsAre("B", "8.00", "8.10", "8.40", "8.17", "0.21", "3", "-2.00", "-"));
}

TEST(SweepTable, MissingRunsAreDashesAndOnlyCommonSeedsArePaired) {
  Outcomes outcomes(3);
  outcomes.add("A", 0, 10), outcomes.add("A", 1, 20), outcomes.add("B", 1, 17), outcomes.add("B", 2, 1);
  EXPECT_THAT(outcomes.table().rows[2], ElementsAre("B", "-", "17.00", "1.00", "9.00", "11.31", "2", "-3.00", "-"));
  outcomes.result.runs.clear();
  EXPECT_THAT(outcomes.table().rows[2], ElementsAre("B", "-", "-", "-", "-", "-", "0", "-", "-"));
}

TEST(SweepTable, FiveSeedsHaveStudentsInterval) {
  Outcomes outcomes(5);
  const double difference[] = {-1, -2, -3, -4, -5};  // mean -3, sd sqrt(2.5): half width 2.776 sqrt(2.5 / 5) = 1.963
  for (int64_t seed = 0; seed < 5; ++seed) {
    outcomes.add("A", seed, 5);
    if (seed < 4) outcomes.add("B", seed, 5 + difference[seed]);
  }
  EXPECT_EQ(outcomes.table().rows[2].back(), "-") << "four seeds";
  outcomes.add("B", 4, 5 + difference[4]);
  const auto row = outcomes.table().rows[2];
  EXPECT_EQ(row[row.size() - 2], "-3.00");
  EXPECT_EQ(row.back(), "1.96");
}

TEST(SweepTable, EachMetricHasItsOwnNamedTable) {
  Outcomes outcomes(1);
  outcomes.config.metrics = {"mrrpe_mm", "mpjpe_mm"};
  outcomes.add("A", 0, {{"mpjpe_mm", 5}, {"mrrpe_mm", 50}});
  EXPECT_EQ(outcomes.table().rows[1][1], "50.00");
  EXPECT_EQ(outcomes.table("mpjpe_mm").rows[1][1], "5.00");
  EXPECT_NE(outcomes.table("mpjpe_mm").title.find("mpjpe_mm"), std::string::npos);
}

TEST(SweepTable, SharedBaselinesAreShownOnceBelowTheTable) {
  Outcomes outcomes(2);
  outcomes.add("A", 0,
               {{"mpjpe_mm", 5}, {"baseline_mpjpe_mm", 20}, {"baseline_true_wrist_mpjpe_mm", 15}, {"baseline_mrrpe_mm", 9}});
  outcomes.add("B", 1, {{"mpjpe_mm", 5}, {"baseline_mpjpe_mm", 22}});
  Table table = outcomes.table();
  ASSERT_EQ(table.rows.size(), 5u);
  EXPECT_THAT(table.rows[3], ElementsAre("baseline: mean pose", "20.00", "22.00", "21.00", "1.41", "2"));
  EXPECT_THAT(table.rows[4], ElementsAre("baseline: mean pose, GT orientation", "15.00", "-", "15.00", "-", "1"));
  outcomes.add("B", 0, {{"mpjpe_mm", 5}, {"baseline_mpjpe_mm", 30}});  // measured on other data than A
  table = outcomes.table();
  ASSERT_EQ(table.rows.size(), 6u);
  EXPECT_THAT(table.rows[3], ElementsAre("baseline: mean pose, A", "20.00", "-", "20.00", "-", "1"));
  EXPECT_THAT(table.rows[4], ElementsAre("baseline: mean pose, B", "30.00", "22.00", "26.00", "5.66", "2"));
}

}  // namespace
}  // namespace interprior
