#pragma once
#include <string>
#include <vector>

// Charts as inline SVG; colours come from the page's style sheet and follow its light and dark modes.
namespace interprior {

struct Curve {
  std::string name;
  std::vector<double> x, y;  // a point that is not finite interrupts the line
  bool reference = false;    // a baseline: dashed, in a muted colour
};

struct ChartStyle {
  std::string x_label, y_label;
  bool log_y = false;   // points that are not positive are left out
  bool smooth = false;  // long curves: faint raw line under a running mean
};

// Lines with axes, round ticks, grid and legend; a note in place of the chart when no curve has a point.
std::string line_chart(const std::vector<Curve>& curves, const ChartStyle& style);

// One row of a dot plot: a dot per value, a bar at the mean of several values, and the interval mean +- half_width if given.
struct DotRow {
  std::string name;
  std::vector<double> values;
  double half_width = 0;  // 0 or NaN: none
};
std::string dot_chart(const std::vector<DotRow>& rows, const std::string& unit);

// Round numbers (1, 2, 5 times a power of ten) inside [low, high], about `count` of them.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace interprior
