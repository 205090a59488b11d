#include <algorithm>
#include <array>
#include <c10/util/StringUtil.h>
#include <cmath>
#include <cstdlib>

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/report/sample_table.h"
#include "sections.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;
constexpr size_t kWorstShown = 10;

// "mano_missing" -> "mano missing"
std::string spoken(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

Json baselines_of(const Json& evaluation) {
  return evaluation.contains("baselines") && evaluation["baselines"].is_object() ? evaluation["baselines"] : Json::object();
}

std::vector<Page::Number> headline(const Json& evaluation, const std::string& protocol) {
  std::vector<Page::Number> numbers;
  for (const char* key : {"mpjpe_mm", "mpvpe_mm", "mrrpe_mm", "pa_mpjpe_mm"}) {
    std::string note = "protocol " + protocol;
    if (const double baseline = number_of(baselines_of(evaluation).value("mean_pose", Json::object()), key);
        std::isfinite(baseline))
      note += "; mean pose " + number(baseline);
    numbers.push_back({label_of(key).name, number(number_of(evaluation["metrics"], key)), "mm", note});
  }
  return numbers;
}

// Every number of `metrics`, beside the same of each hand and of each baseline.
Table metrics_table(const Json& evaluation, const std::string& protocol) {
  std::vector<std::pair<std::string, Json>> columns = {{"both hands", evaluation["metrics"]}};
  for (const char* side : {"right", "left"}) columns.emplace_back(side, evaluation.value(side, Json::object()));
  const Json baselines = baselines_of(evaluation);
  for (const auto& [name, values] : baselines.items()) columns.emplace_back(spoken(name), values);
  Table table{"Protocol " + protocol, {{""}}};
  for (const auto& [name, values] : columns) table.rows[0].push_back(name);
  for (const auto& [key, value] : evaluation["metrics"].items()) {
    if (!value.is_number() && !value.is_null()) continue;
    const Label label = label_of(key);
    std::vector<std::string> row = {label.name + (label.unit.empty() ? "" : ", " + label.unit)};
    for (const auto& [name, values] : columns)
      row.push_back(number(number_of(values, key), key == "auc_50mm" ? 3 : key == "hypotheses" ? 0 : 2));
    table.rows.push_back(row);
  }
  return table;
}

void add_skipped(Page& page, const Json& evaluation) {
  if (!evaluation.contains("skipped") || evaluation["skipped"].empty()) return;
  Table table{"Left out", {{"reason", "samples"}}};
  for (const auto& [reason, count] : evaluation["skipped"].items()) table.rows.push_back({spoken(reason), count.dump()});
  page.table(table);
}

// What K draws are worth: the best of more and more of them, and the error of samples of more and more spread.
void add_hypotheses(const Json& metrics, const std::string& protocol, std::vector<Page::NamedChart>& charts) {
  Curve best{"best", {}, {}}, groups{"samples in groups by spread", {}, {}};
  const Json best_of = metrics.value("best_of_mpjpe_mm", Json()), calibration = metrics.value("calibration", Json());
  if (best_of.is_object())
    for (const auto& [k, error] : best_of.items()) {
      best.x.push_back(std::strtod(k.c_str(), nullptr));
      best.y.push_back(number_of(best_of, k));
    }
  if (calibration.is_array())
    for (const Json& group : calibration) {
      groups.x.push_back(number_of(group, "spread_mm"));
      groups.y.push_back(number_of(group, "error_mm"));
    }
  if (best.x.size() > 1)
    charts.push_back({"Best of K hypotheses, protocol " + protocol, {best}, {"K", "MPJPE, mm", false, false}});
  if (groups.x.size() > 1)
    charts.push_back({c10::str("Spread of the hypotheses against the error, ", groups.x.size(), " groups of samples, protocol ",
                               protocol, ": rank correlation ", number(number_of(metrics, "spread_rank_correlation"))),
                      {groups},
                      {"spread, mm", "error of the one answer, mm", false, false}});
}

void add_protocol(Page& page, const Json& evaluation, const std::filesystem::path& file, std::vector<Page::NamedChart>& charts) {
  require(evaluation.is_object() && evaluation.value("metrics", Json()).is_object() &&
              evaluation.value("protocol", Json()).is_string(),
          "this is no evaluation", file.string(), "make it again with `interprior evaluate --out`");
  const std::string protocol = evaluation["protocol"].get<std::string>();
  page.numbers(headline(evaluation, protocol));
  std::string sentence =
      c10::str(static_cast<int64_t>(number_of(evaluation, "samples")), " samples under protocol ", protocol, ".");
  if (const Json interval = evaluation["metrics"].value("mpjpe_interval_mm", Json());
      interval.is_array() && interval.size() == 2 && interval[0].is_number())
    sentence += c10::str(" 95 % interval of MPJPE over sequences: ", number(interval[0].get<double>()), " to ",
                         number(interval[1].get<double>()), " mm.");
  page.paragraph(sentence);
  page.table(metrics_table(evaluation, protocol));
  add_skipped(page, evaluation);
  add_hypotheses(evaluation["metrics"], protocol, charts);
  if (!evaluation.contains("per_joint_mm") || !evaluation["per_joint_mm"].is_object()) return;
  Page::NamedChart chart{"Error per joint, protocol " + protocol, {}, {"mm", "", false, false}};
  for (const auto& [joint, value] : evaluation["per_joint_mm"].items())
    chart.rows.push_back({spoken(joint), {number_of(evaluation["per_joint_mm"], joint)}});
  charts.push_back(chart);
}

// The two kinds of draws beside the held-out patterns; nothing where none were judged.
void add_draws(Page& page, const Json& evaluation) {
  constexpr std::array<std::pair<const char*, const char*>, 3> columns = {
      {{"standard_normal", "z ~ N(0, I)"}, {"aggregated_posterior", "aggregated posterior"}, {"held_out", "held-out patterns"}}};
  if (!(number_of(evaluation, "samples_drawn") > 0)) return;
  Table table{c10::str("Samples, ", static_cast<int64_t>(number_of(evaluation, "samples_drawn")), " draws of each kind"), {{""}}};
  for (const auto& [key, name] : columns) table.rows[0].push_back(name);
  const auto values_of = [&](const char* key) { return evaluation.value(key, Json::object()); };
  const Json first = values_of(columns[0].first);
  for (const auto& [key, value] : first.items()) {
    const Label label = label_of(key);
    table.rows.push_back({label.name + (label.unit.empty() ? "" : ", " + label.unit)});
    const int decimals = value.is_number_integer() ? 0 : key.find("_mm") != std::string::npos ? 2 : 3;
    for (const auto& column : columns) table.rows.back().push_back(number(number_of(values_of(column.first), key), decimals));
  }
  page.table(table);
  const Json space = evaluation.value("feature_space", Json());
  page.paragraph(c10::str("Feature space: ", space.is_string() ? space.get<std::string>() : "not stated",
                          ". Distances, precision and recall compare as many draws with half of the held-out patterns; in the ",
                          "last column the other half stands in their place, which is what is within reach (small sets ",
                          "overstate the Frechet distance, all columns alike)."));
}

void add_prior(Page& page, const Json& evaluation) {
  const double baseline = number_of(evaluation, "mean_pattern_joint_mm");
  const std::string frame = "right wrist's frame";
  page.numbers({{"joint error", number(number_of(evaluation, "joint_mm")), "mm", frame + "; mean pattern " + number(baseline)},
                {"vertex error", number(number_of(evaluation, "vertex_mm")), "mm", frame},
                {"joint error per hand", number(number_of(evaluation, "joint_per_hand_mm")), "mm", "about the middle knuckle"},
                {"active dimensions", number(number_of(evaluation, "active_dimensions"), 0), "", "of the latent code"}});
  Table table{c10::str("Reconstruction of ", static_cast<int64_t>(number_of(evaluation, "samples")), " held-out patterns"),
              {{"", "mm"}}};
  for (const auto& [key, value] : evaluation.items())
    if (label_of(key).unit == "mm") table.rows.push_back({label_of(key).name, number(number_of(evaluation, key))});
  page.table(table);
  add_draws(page, evaluation);
}

Page::NamedChart distribution(const SampleTable& samples) {
  std::vector<double> errors;
  for (const SampleTable::Row& row : samples.rows)
    if (std::isfinite(row.error_mm)) errors.push_back(row.error_mm);
  std::sort(errors.begin(), errors.end());
  Curve curve{"samples", {}, {}};
  for (size_t i = 0; i < errors.size(); ++i) {
    curve.x.push_back(errors[i]);
    curve.y.push_back(100 * static_cast<double>(i + 1) / static_cast<double>(errors.size()));
  }
  return {"Samples with at most this error, first protocol", {curve}, {"mean joint error, mm", "% of samples", false, false}};
}

void add_samples(Page& page, const SampleTable& samples) {
  Table table{"Worst samples, first protocol", {{"sample", "right, mm", "left, mm", "mean, mm"}}};
  for (const SampleTable::Row& row : samples.worst(kWorstShown))
    table.rows.push_back({row.sample, number(row.right_mm), number(row.left_mm), number(row.error_mm)});
  page.table(table);
}

void add_origin(Page& page, const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return;
  const Json origin = read_json(file);
  std::string text;
  for (const auto& [key, value] : origin.items())
    text += (text.empty() ? "" : "; ") + spoken(key) + ": " + (value.is_string() ? value.get<std::string>() : value.dump());
  page.paragraph(text);
}

}  // namespace

bool is_evaluation_folder(const std::filesystem::path& folder) {
  return std::filesystem::is_regular_file(folder / "evaluation.json");
}

void add_evaluation(Page& page, const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "evaluation.json";
  const Json evaluation = read_json(file);
  add_origin(page, folder / "origin.json");
  const bool prior = evaluation.is_object() && evaluation.contains("joint_mm");
  if (prior) add_prior(page, evaluation);
  std::vector<Page::NamedChart> charts;
  for (const Json& one : evaluation.is_array() ? evaluation : prior ? Json::array() : Json::array({evaluation}))
    add_protocol(page, one, file, charts);
  if (std::filesystem::exists(folder / "samples.csv")) {
    const SampleTable samples = read_sample_table(folder / "samples.csv");
    charts.push_back(distribution(samples));
    page.charts(charts);
    add_samples(page, samples);
  } else if (!charts.empty()) {
    page.charts(charts);
  }
  add_listed_pictures(page, folder);
}

}  // namespace interprior
