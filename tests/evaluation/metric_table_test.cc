#include "interprior/metric/metric_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/safetensors.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

const std::filesystem::path kProject = INTERPRIOR_SOURCE_DIR;

TEST(MetricTable, NamesAreUniqueAndEndInTheirUnit) {
  std::set<std::string> names;
  for (const Metric& metric : metric_table()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_EQ(metric_table()[metric_place(metric.name)].name, metric.name);
    if (*metric.unit != '\0') EXPECT_TRUE(std::string(metric.name).ends_with(std::string("_") + metric.unit)) << metric.name;
    EXPECT_FALSE(metric.interval && metric.reducer == Reducer::none) << metric.name << " has an interval but no number of a set";
  }
}

TEST(MetricTable, AnUnknownNameIsAnErrorWithTheNearest) {
  EXPECT_THAT([] { metric_place("mpjpe"); }, ThrowsError(AllOf(HasSubstr("no metric 'mpjpe'"), HasSubstr("mpjpe_mm"))));
}

TEST(MetricTable, IntervalKeysKeepTheUnit) {
  EXPECT_EQ(interval_key(metric_table()[metric_place("pa_mpjpe_mm")]), "pa_mpjpe_interval_mm");
  EXPECT_EQ(interval_key(metric_table()[metric_place("relative_wrist_rotation_deg")]), "relative_wrist_rotation_interval_deg");
}

// The list in docs/protocols.md equals this table, row by row.
TEST(MetricTable, ThePageListsExactlyTheseMetrics) {
  std::vector<std::string> rows, listed;
  for (const Metric& metric : metric_table())
    rows.push_back(std::string("| `") + metric.name + "` | " + metric.label + " | " + metric.unit + (*metric.unit ? " " : "") +
                   "| " + metric.meaning + " |");
  const std::string page = read_file(kProject / "docs/protocols.md");
  const std::regex row(R"(\n(\| `[a-z0-9_]+` \| [^|\n]* \| (?:mm|px|deg|cm3)? ?\| [^|\n]* \|)(?=\n))");
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it) listed.push_back((*it)[1]);
  EXPECT_EQ(listed, rows);
}

// A metric with its own function needs an independent reference implementation; protocol_golden_test.cc compares the two.
TEST(MetricTable, EachMeasuredMetricHasAReference) {
  const std::string reference = read_file(kProject / "tests/reference/metrics.py");
  const std::vector<std::string> golden = Safetensors(kProject / "tests/golden/metrics.safetensors").names();
  for (const Metric& metric : metric_table()) {
    if (!metric.measure) continue;
    EXPECT_THAT(reference, HasSubstr(std::string("errors[\"") + metric.name))
        << metric.name << " has no reference: add one to tests/reference/metrics.py";
    EXPECT_THAT(golden, Contains(std::string("wrist/errors/") + metric.name))
        << metric.name << " has no values in tests/golden/metrics.safetensors: rerun tests/reference/make_metrics_golden.py";
  }
}

}  // namespace
}  // namespace interprior
