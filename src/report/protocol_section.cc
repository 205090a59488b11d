#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "interprior/base/error.h"
#include "sections.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;
constexpr size_t kWorstShown = 10;

Json member(const Json& object, const char* key) { return object.is_object() ? object.value(key, Json()) : Json(); }

Json baselines_of(const Json& evaluation) {
  const Json baselines = member(evaluation, "baselines");
  return baselines.is_object() ? baselines : Json::object();
}

std::vector<double> numbers_in(const Json& list) {
  std::vector<double> numbers;
  if (list.is_array())
    for (const Json& value : list) numbers.push_back(value.is_number() ? value.get<double>() : std::nan(""));
  return numbers;
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

// All metrics, with columns for each hand and each baseline.
Table metrics_table(const Json& evaluation, const std::string& protocol) {
  std::vector<std::pair<std::string, Json>> columns = {{"both hands", evaluation["metrics"]}};
  for (const char* side : {"right", "left"}) columns.emplace_back(side, evaluation.value(side, Json::object()));
  const Json baselines = baselines_of(evaluation);
  for (const auto& [name, values] : baselines.items()) columns.emplace_back(with_spaces(name), values);
  Table table{"Protocol " + protocol, {{""}}};
  for (const auto& [name, values] : columns) table.rows[0].push_back(name);
  table.rows[0].push_back("95 % interval");
  for (const auto& [key, value] : evaluation["metrics"].items()) {
    if (!value.is_number() && !value.is_null()) continue;
    const Label label = label_of(key);
    std::vector<std::string> row = {label.name + (label.unit.empty() ? "" : ", " + label.unit)};
    for (const auto& [name, values] : columns)
      row.push_back(number(number_of(values, key), key == "auc_50mm" ? 3 : key == "hypotheses" ? 0 : label.decimals));
    const std::vector<double> interval = numbers_in(member(evaluation["metrics"], label.interval.c_str()));
    row.push_back(interval.size() == 2 && std::isfinite(interval[0]) ? number(interval[0]) + " to " + number(interval[1]) : "");
    table.rows.push_back(row);
  }
  return table;
}

void add_warnings(Page& page, const Json& evaluation) {
  const Json warnings = member(evaluation, "warnings");
  if (!warnings.is_array()) return;
  for (const Json& text : warnings)
    if (text.is_string()) page.paragraph("Warning: " + text.get<std::string>() + ".");
}

void add_skipped(Page& page, const Json& evaluation) {
  const Json skipped = member(evaluation, "skipped");
  if (!skipped.is_object() || skipped.empty()) return;
  Table table{"Left out", {{"reason", "samples"}}};
  for (const auto& [reason, count] : skipped.items()) table.rows.push_back({with_spaces(reason), count.dump()});
  page.table(table);
}

void add_bins(Page& page, const Json& metrics) {
  const auto add = [&](const char* key, const char* title, const char* counted) {
    const Json bins = member(metrics, key);
    if (!bins.is_array() || bins.empty()) return;
    Table table{title, {{"share", counted, "MPJPE, mm", "MRRPE, mm"}}};
    for (const Json& bin : bins) {
      const double to = number_of(bin, "up_to");
      table.rows.push_back({to == 0 ? "none" : number(number_of(bin, "above")) + " to " + number(to),
                            number(number_of(bin, counted), 0), number(number_of(bin, "mpjpe_mm")),
                            number(number_of(bin, "mrrpe_mm"))});
    }
    page.table(table);
  };
  add("overlap_bins", "By overlap: share of one hand's box that the other's covers", "samples");
  add("occlusion_bins", "By occlusion: share of a hand's joints behind the other hand", "hands");
}

// Charts of hypotheses: best-of-k error over k, and error over their standard deviation.
void add_hypotheses(const Json& metrics, const std::string& protocol, std::vector<Page::NamedChart>& charts) {
  Curve best{"best", {}, {}}, groups{"samples in groups by spread", {}, {}};
  const Json best_of = member(metrics, "best_of_mpjpe_mm"), calibration = member(metrics, "calibration");
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

Curve curve_of(const std::string& name, const std::vector<double>& shares, bool reference = false) {
  Curve curve{name, {}, {}, reference};
  for (size_t i = 0; i < shares.size(); ++i) {
    curve.x.push_back(static_cast<double>(i));
    curve.y.push_back(100 * shares[i]);
  }
  return curve;
}

// Curves of the method, the second method and the mean pose.
void add_shares(const Json& evaluation, const char* key, const Page::NamedChart& empty, std::vector<Page::NamedChart>& charts) {
  Page::NamedChart chart = empty;
  const auto add = [&](const std::string& name, const Json& metrics, bool reference) {
    if (const std::vector<double> shares = numbers_in(member(metrics, key)); !shares.empty())
      chart.curves.push_back(curve_of(name, shares, reference));
  };
  add("method", evaluation["metrics"], false);
  add("against", member(member(evaluation, "against"), "second_metrics"), false);
  add("mean pose", member(baselines_of(evaluation), "mean_pose"), true);
  if (!chart.curves.empty()) charts.push_back(chart);
}

void add_charts(const Json& evaluation, const std::string& protocol, std::vector<Page::NamedChart>& charts) {
  add_shares(evaluation, "pck", {"PCK, protocol " + protocol, {}, {"threshold, mm", "% of joints", false, false}}, charts);
  add_shares(
      evaluation, "distribution",
      {"Samples with at most this error, protocol " + protocol, {}, {"mean joint error, mm", "% of samples", false, false}},
      charts);
  add_hypotheses(evaluation["metrics"], protocol, charts);
  const Json per_joint = member(evaluation, "per_joint_mm");
  if (!per_joint.is_object()) return;
  Page::NamedChart chart{"Error per joint, mm, both hands, protocol " + protocol, {}, {"mm", "", false, false}};
  for (const auto& [joint, value] : per_joint.items()) {
    chart.rows.push_back({with_spaces(joint), {number_of(per_joint, joint)}});
    chart.hand.push_back(number_of(per_joint, joint));
  }
  if (chart.hand.size() != 21) chart.hand.clear();
  charts.push_back(chart);
}

void add_worst(Page& page, const Json& evaluation, const std::string& protocol) {
  const Json worst = member(evaluation, "worst");
  if (!worst.is_array() || worst.empty()) return;
  Table table{"Worst samples, protocol " + protocol, {{"sample", "right, mm", "left, mm", "mean, mm"}}};
  for (const Json& sample : worst) {
    if (table.rows.size() > kWorstShown) break;
    const Json id = member(sample, "sample");
    table.rows.push_back({id.is_string() ? id.get<std::string>() : "", number(number_of(sample, "right_mpjpe_mm")),
                          number(number_of(sample, "left_mpjpe_mm")), number(number_of(sample, "mpjpe_mm"))});
  }
  page.table(table);
}

std::string sentence_of(const Json& evaluation, const std::string& protocol) {
  const Json box = member(evaluation, "box");
  return c10::str(static_cast<int64_t>(number_of(evaluation, "samples")), " samples under protocol ", protocol, ", box ",
                  box.is_string() ? box.get<std::string>() : "not stated",
                  ". Intervals are 95 % bootstrap intervals over sequences.");
}

std::string protocol_of(const Json& evaluation, const std::filesystem::path& file) {
  require(member(evaluation, "metrics").is_object() && member(evaluation, "protocol").is_string(), "this is no evaluation",
          file.string(), "make it again with `interprior evaluate --out`");
  return evaluation["protocol"].get<std::string>();
}

}  // namespace

void add_protocols(Page& page, const Json& evaluations, const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "evaluation.json";
  const Json list = evaluations.is_array() ? evaluations : Json::array({evaluations});
  for (const Json& one : list) page.numbers(headline(one, protocol_of(one, file)));
  add_listed_images(page, folder);
  std::vector<Page::NamedChart> charts;
  for (const Json& one : list) {
    const std::string protocol = protocol_of(one, file);
    page.paragraph(sentence_of(one, protocol));
    page.table(metrics_table(one, protocol));
    add_warnings(page, one);
    add_skipped(page, one);
    add_bins(page, one["metrics"]);
    if (const Json against = member(one, "against"); against.is_object()) add_comparison(page, against, protocol);
    add_charts(one, protocol, charts);
    add_worst(page, one, protocol);
  }
  if (!charts.empty()) page.charts(charts);
}

}  // namespace interprior
