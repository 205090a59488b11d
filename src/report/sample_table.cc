#include "interprior/report/sample_table.h"

#include <algorithm>
#include <c10/util/StringUtil.h>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double number_in(const std::string& cell, const std::string& where) {
  if (cell.empty() || cell == "-") return kNone;
  char* end = nullptr;
  const double value = std::strtod(cell.c_str(), &end);
  require(*end == '\0', c10::str("'", cell, "' is not a number"), where, "evaluate again");
  return value;
}

size_t column_named(const std::vector<std::string>& head, const std::string& name, const std::filesystem::path& path) {
  const auto found = std::find(head.begin(), head.end(), name);
  require(found != head.end(), c10::str("the table has no column '", name, "'"), path.string() + ":1", "evaluate again");
  return static_cast<size_t>(found - head.begin());
}

double mean_of(double right, double left) { return std::isnan(right) ? left : std::isnan(left) ? right : (right + left) / 2; }

}  // namespace

std::vector<std::string> csv_cells(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') cells.back() += line[++i];
    else if (line[i] == '"') quoted = !quoted;
    else if (line[i] == ',' && !quoted) cells.emplace_back();
    else if (line[i] != '\r') cells.back() += line[i];
  }
  return cells;
}

SampleTable read_sample_table(const std::filesystem::path& path) {
  std::istringstream text(read_file(path));
  std::string line;
  require(static_cast<bool>(std::getline(text, line)), "the table is empty", path.string(), "evaluate again");
  const std::vector<std::string> head = csv_cells(line);
  const size_t sample = column_named(head, "sample", path), right = column_named(head, "right_mpjpe_mm", path),
               left = column_named(head, "left_mpjpe_mm", path);
  SampleTable table;
  for (int64_t number = 2; std::getline(text, line); ++number) {
    const std::string where = c10::str(path.string(), ":", number);
    const std::vector<std::string> cells = csv_cells(line);
    require(cells.size() == head.size(), c10::str(cells.size(), " cells instead of ", head.size()), where, "evaluate again");
    SampleTable::Row row{cells[sample], number_in(cells[right], where), number_in(cells[left], where), 0};
    row.error_mm = mean_of(row.right_mm, row.left_mm);
    table.rows.push_back(row);
  }
  return table;
}

std::vector<SampleTable::Row> SampleTable::worst(size_t count) const {
  std::vector<Row> order;
  for (const Row& row : rows)
    if (std::isfinite(row.error_mm)) order.push_back(row);
  std::stable_sort(order.begin(), order.end(), [](const Row& a, const Row& b) { return a.error_mm > b.error_mm; });
  order.resize(std::min(count, order.size()));
  return order;
}

}  // namespace interprior
