#include <c10/util/StringUtil.h>
#include <cmath>
#include <limits>
#include <optional>

#include "interprior/experiment/sweep.h"

namespace interprior {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::optional<double> value_of(const SweepResult& result, const std::string& cell, int64_t seed) {
  for (const SweepResult::Run& run : result.runs)
    if (run.done && run.cell == cell && run.seed == seed) return run.value;
  return std::nullopt;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? kNone : sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return kNone;
  double sum = 0;
  for (const double value : values) sum += (value - mean_of(values)) * (value - mean_of(values));
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

// 97.5 % quantile of Student's t: exact to three decimals up to 10 degrees of freedom, then Cornish and Fisher's expansion.
double t_quantile(size_t freedom) {
  constexpr double kExact[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
  if (freedom <= std::size(kExact)) return kExact[freedom - 1];
  const double z = 1.959964, n = static_cast<double>(freedom);
  return z + (std::pow(z, 3) + z) / (4 * n) + (5 * std::pow(z, 5) + 16 * std::pow(z, 3) + 3 * z) / (96 * n * n);
}

std::string with_sign(double value) { return (value > 0 ? "+" : "") + number(value); }

std::string difference_text(const std::vector<double>& differences) {
  if (differences.empty()) return "-";
  if (differences.size() < 2) return with_sign(mean_of(differences));
  const double count = static_cast<double>(differences.size());
  return with_sign(mean_of(differences)) + " +- " +
         number(t_quantile(differences.size() - 1) * deviation_of(differences) / std::sqrt(count));
}

}  // namespace

Table sweep_table(const SweepConfig& config, const SweepResult& result) {
  Table table{config.claim + (config.claim.empty() ? "" : " ") + "(" + config.metric + " on validation data)", {{"cell"}}};
  for (const int64_t seed : config.seeds) table.rows[0].push_back(c10::str("seed ", seed));
  for (const char* column : {"mean", "sd"}) table.rows[0].push_back(column);
  if (config.cells.size() > 1) table.rows[0].push_back("difference to " + config.cells[0].name + " (95 %)");
  for (const SweepCell& cell : config.cells) {
    std::vector<std::string> row = {cell.name};
    std::vector<double> values, differences;
    for (const int64_t seed : config.seeds) {
      const auto value = value_of(result, cell.name, seed), reference = value_of(result, config.cells[0].name, seed);
      row.push_back(number(value.value_or(kNone)));
      if (value) values.push_back(*value);
      if (value && reference) differences.push_back(*value - *reference);
    }
    row.push_back(number(mean_of(values)));
    row.push_back(number(deviation_of(values)));
    if (config.cells.size() > 1) row.push_back(&cell == &config.cells[0] ? "" : difference_text(differences));
    table.rows.push_back(row);
  }
  return table;
}

}  // namespace interprior
