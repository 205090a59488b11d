#include "report/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

int64_t count_of(const std::string& text, const std::string& part) {
  int64_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// Points of the first line of a chart.
std::vector<std::pair<double, double>> points_of(const std::string& svg) {
  const size_t begin = svg.find(" d=\"") + 4;
  const std::string path = svg.substr(begin, svg.find('"', begin) - begin);
  std::vector<std::pair<double, double>> points;
  for (size_t at = 0; at < path.size(); at = path.find_first_of("ML", at + 1)) {
    double x = 0, y = 0;
    if (std::sscanf(path.c_str() + at + 1, "%lf %lf", &x, &y) == 2) points.emplace_back(x, y);
    if (path.find_first_of("ML", at + 1) == std::string::npos) break;
  }
  return points;
}

TEST(Chart, TicksAreRoundAndInsideTheirRange) {
  EXPECT_THAT(round_ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(round_ticks(-1.2, 1.2, 5), ElementsAre(-1, -0.5, 0, 0.5, 1));
  EXPECT_THAT(round_ticks(1, 1, 5), IsEmpty());
  EXPECT_THAT(round_ticks(0, kInfinity, 5), IsEmpty());
  for (const double high : {1e-6, 0.37, 7.3, 912.0, 5e8}) {
    const auto ticks = round_ticks(0, high, 5);
    EXPECT_GE(ticks.size(), 3u);
    EXPECT_LE(ticks.size(), 10u);
    EXPECT_LE(ticks.back(), high * (1 + 1e-9));
  }
}

TEST(Chart, LargerIsHigherAndLaterIsFurtherRight) {
  const auto points = points_of(line_chart({{"a", {0, 1, 2}, {1, 3, 2}}}, {}));
  ASSERT_EQ(points.size(), 3u);
  EXPECT_LT(points[0].first, points[1].first);
  EXPECT_LT(points[1].second, points[2].second);  // y grows downwards on screen
  EXPECT_LT(points[2].second, points[0].second);
}

TEST(Chart, ALogarithmicAxisSpacesDecadesEvenlyAndSkipsNonPositiveValues) {
  ChartStyle style;
  style.log_y = true;
  const auto points = points_of(line_chart({{"a", {0, 1, 2, 3, 4}, {1, 10, 100, 0, -1}}}, style));
  ASSERT_EQ(points.size(), 3u);
  EXPECT_NEAR(points[0].second - points[1].second, points[1].second - points[2].second, 0.2);
}

TEST(Chart, NonFiniteNumbersOnlyInterruptTheLine) {
  const std::string svg = line_chart({{"a", {0, 1, 2, 3, 4}, {1, 2, kNan, kInfinity, 3}}}, {});
  EXPECT_THAT(svg, AllOf(Not(HasSubstr("nan")), Not(HasSubstr("inf"))));
  EXPECT_EQ(points_of(svg).size(), 3u);
  EXPECT_EQ(count_of(svg.substr(svg.find(" d=\"")), "M"), 2);
}

TEST(Chart, WithoutNumbersTheChartIsReplacedByAMessage) {
  for (const std::vector<Curve>& curves : {std::vector<Curve>{}, {{"a", {}, {}}}, {{"a", {1}, {kNan}}}})
    EXPECT_THAT(line_chart(curves, {}), AllOf(Not(HasSubstr("<svg")), HasSubstr("No numbers")));
  EXPECT_THAT(dot_chart({{"a", {}}}, "mm"), HasSubstr("No numbers"));
}

TEST(Chart, AConstantAndASinglePointHaveAnAxisToo) {
  for (const double value : {0.0, 5.0, -3.0}) {
    const auto points = points_of(line_chart({{"a", {1}, {value}}}, {}));
    ASSERT_EQ(points.size(), 1u);
    EXPECT_TRUE(std::isfinite(points[0].second));
  }
  ChartStyle style;
  style.log_y = true;
  EXPECT_EQ(points_of(line_chart({{"a", {1, 2}, {7, 7}}}, style)).size(), 2u);
}

TEST(Chart, AChartOfALongRunStaysSmall) {
  Curve curve{"loss", {}, {}};
  for (int i = 0; i < 200000; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(1.0 / (1 + i));
  }
  ChartStyle style;
  style.smooth = true;
  EXPECT_LT(line_chart({curve}, style).size(), 30000u);
}

TEST(Chart, SeveralCurvesHaveALegendAndOneHasNone) {
  EXPECT_THAT(line_chart({{"a", {0, 1}, {0, 1}}, {"b", {0, 1}, {0, 1}}}, {}), HasSubstr("class=\"legend\""));
  EXPECT_THAT(line_chart({{"a", {0, 1}, {0, 1}}}, {}), Not(HasSubstr("class=\"legend\"")));
}

TEST(Chart, EveryValueIsADotAndSeveralHaveAMean) {
  const std::string svg = dot_chart({{"A", {1, 2, 3}}, {"B", {kNan, 2}}, {"C", {}}, {"D", {4, 4}}}, "mm");
  EXPECT_EQ(count_of(svg, "class=\"dot\""), 6);
  EXPECT_EQ(count_of(svg, "class=\"mean\""), 2);
}

TEST(Chart, TheIntervalOfAMeanIsDrawnAndFits) {
  const std::string svg = dot_chart({{"A", {1, 3}, 10}, {"B", {2, 4}, kNan}, {"C", {2, 4}, 0}, {"D", {}, 1}}, "mm");
  EXPECT_EQ(count_of(svg, "class=\"interval\""), 1);
  double x1 = 0, x2 = 0;
  const size_t at = svg.find("class=\"interval\"");
  ASSERT_EQ(std::sscanf(svg.c_str() + svg.find("x1=\"", at), "x1=\"%lf", &x1), 1);
  ASSERT_EQ(std::sscanf(svg.c_str() + svg.find("x2=\"", at), "x2=\"%lf", &x2), 1);
  EXPECT_GT(x1, 0);
  EXPECT_LT(x2, 520);
  EXPECT_GT(x2 - x1, 300) << "twenty of about twenty units";
}

}  // namespace
}  // namespace interprior
