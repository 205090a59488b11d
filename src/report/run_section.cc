#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/progress.h"
#include "interprior/run/run_folder.h"
#include "sections.h"

namespace interprior {
namespace {

constexpr size_t kCurvesPerChart = 6;
const std::string kLossPrefix = "loss/";
const std::string kTerms = "Loss terms, not weighted";

std::map<std::string, Curve> curves_of(const std::vector<LogLine>& log, const std::string& group) {
  std::map<std::string, Curve> curves;
  for (const LogLine& line : log) {
    if (line.group != group) continue;
    for (const auto& [name, value] : line.values) {
      curves[name].x.push_back(static_cast<double>(line.step));
      curves[name].y.push_back(value);
    }
  }
  std::erase_if(curves, [](const auto& curve) {  // all zero: nothing was left out
    return curve.first.rfind("implausible_", 0) == 0 &&
           std::all_of(curve.second.y.begin(), curve.second.y.end(), [](double value) { return value == 0; });
  });
  return curves;
}

std::vector<Page::NamedChart> training_charts(const std::map<std::string, Curve>& curves) {
  const ChartStyle plain{"step", "", false, false}, smooth{"step", "", false, true}, logarithmic{"step", "", true, true};
  std::vector<Page::NamedChart> charts, others;
  std::vector<Curve> terms;
  for (auto [name, curve] : curves) {
    if (name.rfind(kLossPrefix, 0) == 0) {
      curve.name = name.substr(kLossPrefix.size());
      terms.push_back(curve);
    } else if (name == "loss") {
      charts.push_back({"Training loss", {curve}, logarithmic});
    } else {
      const bool all_zero = std::all_of(curve.y.begin(), curve.y.end(), [](double value) { return value == 0; });
      if (!all_zero) others.push_back({"Training: " + label_of(name).name, {curve}, name == "gradient_norm" ? smooth : plain});
    }
  }
  for (size_t first = 0; first < terms.size(); first += kCurvesPerChart) {
    const auto end = terms.begin() + static_cast<long>(std::min(terms.size(), first + kCurvesPerChart));
    charts.push_back({kTerms, {terms.begin() + static_cast<long>(first), end}, logarithmic});
  }
  charts.insert(charts.end(), others.begin(), others.end());
  return charts;
}

std::vector<Page::NamedChart> validation_charts(const std::map<std::string, Curve>& curves) {
  std::vector<Page::NamedChart> charts;
  std::vector<Curve> millimetres;
  for (auto [name, curve] : curves) {
    const Label label = label_of(name);
    curve.name = label.name;
    curve.reference = name.rfind("baseline_", 0) == 0;
    if (label.unit == "mm")
      millimetres.push_back(curve);
    else
      charts.push_back({"Validation: " + label.name, {curve}, {"step", "", false, false}});
  }
  std::stable_partition(millimetres.begin(), millimetres.end(), [](const Curve& curve) { return !curve.reference; });
  if (!millimetres.empty()) charts.insert(charts.begin(), {"Validation errors", millimetres, {"step", "mm", false, false}});
  return charts;
}

Table validation_table(const std::map<std::string, Curve>& curves) {
  Table table{"Validation", {{"", "last", "smallest", "at step"}}};
  for (const auto& [name, curve] : curves) {
    const Label label = label_of(name);
    size_t smallest = 0;
    for (size_t i = 0; i < curve.y.size(); ++i)
      if (curve.y[i] < curve.y[smallest] || std::isnan(curve.y[smallest])) smallest = i;
    table.rows.push_back({label.name + (label.unit.empty() ? "" : ", " + label.unit), number(curve.y.back()),
                          number(curve.y[smallest]), std::to_string(static_cast<int64_t>(curve.x[smallest]))});
  }
  return table;
}

// Seconds of training, without pauses between a stop and its resume.
double seconds_of(const std::vector<LogLine>& log) {
  constexpr double kMaxPause = 1800;
  double sum = 0;
  for (size_t i = 1; i < log.size(); ++i) {
    const double pause = log[i].time - log[i - 1].time;
    if (pause > 0 && pause < kMaxPause) sum += pause;
  }
  return sum;
}

std::vector<Page::Number> headline(const std::vector<LogLine>& log, const std::map<std::string, Curve>& training,
                                   const std::map<std::string, Curve>& validation) {
  std::vector<Page::Number> numbers;
  for (const char* name : {"mpjpe_mm", "mpvpe_mm", "mrrpe_mm", "prior_joint_error_mm", "prior_vertex_error_mm"}) {
    const auto curve = validation.find(name);
    if (curve == validation.end()) continue;
    const auto baseline = validation.find(std::string("baseline_") + name);
    const bool prior = std::string(name).rfind("prior_", 0) == 0;  // samplers are validated under one protocol
    std::string note = prior ? "validation, right wrist's frame" : "validation, protocol intaghand";
    if (baseline != validation.end()) note += "; mean pose " + number(baseline->second.y.back());
    numbers.push_back({label_of(name).name, number(curve->second.y.back()), "mm", note});
  }
  if (const auto loss = training.find("loss"); loss != training.end())
    numbers.push_back({"training loss", number(loss->second.y.back(), 3), "", "last logged"});
  if (!log.empty()) numbers.push_back({"steps", std::to_string(log.back().step), "", duration_text(seconds_of(log))});
  return numbers;
}

}  // namespace

void add_run(Page& page, const std::filesystem::path& run) {
  const std::vector<LogLine> log = read_log(run);
  const auto training = curves_of(log, "train"), validation = curves_of(log, "validation");
  if (log.empty()) page.paragraph("Nothing has been logged yet.");
  if (const auto numbers = headline(log, training, validation); !numbers.empty()) page.numbers(numbers);
  if (!validation.empty()) {
    page.charts(validation_charts(validation));
    page.table(validation_table(validation));
  }
  if (!training.empty()) page.charts(training_charts(training));
  add_listed_images(page, run);
  page.code("Resolved config (config.yaml)", read_file(run / "config.yaml"));
}

}  // namespace interprior
