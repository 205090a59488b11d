#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "interprior/experiment/seed_statistics.h"
#include "interprior/experiment/sweep.h"

namespace interprior {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const std::string kBaseline = "baseline_";

std::optional<double> value_of(const SweepResult& result, const std::string& cell, int64_t seed, const std::string& name) {
  for (const SweepResult::Run& run : result.runs)
    if (run.done && run.cell == cell && run.seed == seed && run.values.count(name) > 0) return run.values.at(name);
  return std::nullopt;
}

std::string with_sign(double value) { return (value > 0 ? "+" : "") + number(value); }

// One metric of one cell per seed.
std::vector<double> row_of(const SweepConfig& config, const SweepResult& result, const std::string& cell,
                           const std::string& name) {
  std::vector<double> row;
  for (const int64_t seed : config.seeds) row.push_back(value_of(result, cell, seed, name).value_or(kNone));
  return row;
}

std::vector<double> measured(const std::vector<double>& row) {
  std::vector<double> values;
  for (const double value : row)
    if (!std::isnan(value)) values.push_back(value);
  return values;
}

std::vector<std::string> texts_of(const std::string& name, const std::vector<double>& row) {
  std::vector<std::string> texts = {name};
  for (const double value : row) texts.push_back(number(value));
  const SeedStatistics seeds = seed_statistics(measured(row));
  for (const std::string& text : {number(seeds.mean), number(seeds.deviation), std::to_string(seeds.count)})
    texts.push_back(text);
  return texts;
}

// The mean paired difference of a row to the reference, and the half width of its interval.
std::vector<std::string> difference_texts(const std::vector<double>& row, const std::vector<double>& reference) {
  std::vector<double> differences;
  for (size_t i = 0; i < row.size(); ++i)
    if (!std::isnan(row[i] - reference[i])) differences.push_back(row[i] - reference[i]);
  const SeedStatistics seeds = seed_statistics(differences);
  return {seeds.count > 0 ? with_sign(seeds.mean) : "-", number(seeds.half_width)};
}

// Names of a metric's baselines in the validation: baseline_mpjpe_mm is the mean pose's, baseline_X_mpjpe_mm another's.
std::vector<std::string> baselines_of(const SweepResult& result, const std::string& metric) {
  std::vector<std::string> names;
  for (const SweepResult::Run& run : result.runs)
    for (const auto& [name, value] : run.values) {
      const bool baseline = name.rfind(kBaseline, 0) == 0 && name.size() >= kBaseline.size() + metric.size() &&
                            name.compare(name.size() - metric.size(), metric.size(), metric) == 0;
      if (run.done && baseline && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  return names;
}

std::string baseline_title(const std::string& name, const std::string& metric) {
  std::string words = name.substr(kBaseline.size(), name.size() - kBaseline.size() - metric.size());
  std::replace(words.begin(), words.end(), '_', ' ');
  while (!words.empty() && words.back() == ' ') words.pop_back();
  if (words == "true wrist") words = "GT orientation";
  return "baseline: mean pose" + (words.empty() ? "" : ", " + words);
}

bool agree(const std::vector<double>& a, const std::vector<double>& b) {
  constexpr double kSame = 1e-6;
  for (size_t i = 0; i < a.size(); ++i)
    if (std::abs(a[i] - b[i]) > kSame) return false;  // NaN (not measured) counts as equal
  return true;
}

// One row when the baseline is equal in all cells, otherwise one per cell.
void add_baseline(const SweepConfig& config, const SweepResult& result, const std::string& name, const std::string& title,
                  Table& table) {
  std::vector<double> all(config.seeds.size(), kNone);
  bool same = true;
  for (const SweepCell& cell : config.cells) {
    const std::vector<double> row = row_of(config, result, cell.name, name);
    same = same && agree(all, row);
    for (size_t i = 0; i < row.size(); ++i)
      if (std::isnan(all[i])) all[i] = row[i];
  }
  if (same) return table.rows.push_back(texts_of(title, all));
  for (const SweepCell& cell : config.cells)
    if (const auto row = row_of(config, result, cell.name, name); !measured(row).empty())
      table.rows.push_back(texts_of(title + ", " + cell.name, row));
}

}  // namespace

Table sweep_table(const SweepConfig& config, const SweepResult& result, const std::string& metric) {
  const std::string name = metric.empty() ? config.shown_metrics().front() : metric;
  // The table may contradict its claim.
  const std::string claim = config.claim.empty() ? "" : "claim under test: " + config.claim + " ";
  Table table{claim + "(" + name + " on validation data)", {{"cell"}}};
  for (const int64_t seed : config.seeds) table.rows[0].push_back(c10::str("seed ", seed));
  for (const char* column : {"mean", "sd", "seeds"}) table.rows[0].push_back(column);
  const bool several = config.cells.size() > 1;
  if (several) table.rows[0].insert(table.rows[0].end(), {"difference to " + config.cells[0].name, "+- 95 %"});
  const std::vector<double> reference = row_of(config, result, config.cells[0].name, name);
  for (const SweepCell& cell : config.cells) {
    const std::vector<double> row = row_of(config, result, cell.name, name);
    table.rows.push_back(texts_of(cell.name, row));
    const auto difference = &cell == &config.cells[0] ? std::vector<std::string>{"", ""} : difference_texts(row, reference);
    if (several) table.rows.back().insert(table.rows.back().end(), difference.begin(), difference.end());
  }
  for (const std::string& baseline : baselines_of(result, name))
    add_baseline(config, result, baseline, baseline_title(baseline, name), table);
  return table;
}

}  // namespace interprior
