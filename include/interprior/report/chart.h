#pragma once
#include <string>
#include <vector>

// Charts as inline SVG; colours come from the page's style sheet, so that they follow light and dark.
namespace interprior {

struct Curve {
  std::string name;
  std::vector<double> x, y;  // a point that is not finite interrupts the line
  bool reference = false;    // what the others are compared with: dashed, in the quiet colour
};

struct ChartStyle {
  std::string x_label, y_label;
  bool log_y = false;   // points that are not positive are left out
  bool smooth = false;  // long curves: the raw line faint, a running mean over it
};

// Lines with axes, round ticks, grid and a legend. No curve with a point: a sentence that says so.
std::string line_chart(const std::vector<Curve>& curves, const ChartStyle& style);

// One row of a dot plot: every value a dot, the mean of several a bar, with its interval mean +- half_width where there is one.
struct DotRow {
  std::string name;
  std::vector<double> values;
  double half_width = 0;  // 0 or NaN: none
};
std::string dot_chart(const std::vector<DotRow>& rows, const std::string& unit);

// Round numbers (1, 2, 5 times a power of ten) inside [low, high], about `count` of them.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace interprior
