#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <cmath>

#include "interprior/base/table.h"
#include "interprior/evaluation/evaluation.h"

namespace interprior {
namespace {

std::vector<std::string> table_head() {
  std::vector<std::string> cells = {"protocol", ""};
  for (const Metric& metric : metric_table())
    if (metric.column) cells.push_back(metric.column);
  cells.push_back("AUC 0-50");
  return cells;
}

std::vector<std::string> metrics_row(const std::string& protocol, const std::string& name, const Metrics& metrics) {
  std::vector<std::string> cells = {protocol, name};
  for (const Metric& metric : metric_table())
    if (metric.column) cells.push_back(number(metrics.at(metric.name), metric.decimals));
  cells.push_back(number(metrics.auc_50mm, 3));
  return cells;
}

std::vector<std::string> hand_row(Side side, const Metrics& metrics) {
  std::vector<std::string> cells = {"", std::string("  ") + side_name(side)};
  for (const Metric& metric : metric_table())
    if (metric.column) cells.push_back(metric.per_hand ? number(metrics.at(metric.name, side), metric.decimals) : "-");
  cells.push_back("-");
  return cells;
}

// Metrics without a table column, except those of surfaces and hypotheses.
std::string further_metrics(const Metrics& metrics) {
  std::string out;
  for (const Metric& metric : metric_table()) {
    const bool told = metric.column || !is_measured(metric, metrics) || metric.needs == Needs::surfaces ||
                      metric.needs == Needs::hypotheses || metric.needs == Needs::several_hypotheses;
    if (told || std::isnan(metrics.at(metric.name))) continue;
    out += (out.empty() ? "  " : ", ") + std::string(metric.label) + " " + number(metrics.at(metric.name), metric.decimals) +
           " " + metric.unit;
  }
  return out.empty() ? out : out + "\n";
}

std::string interval_text(const Interval& interval) { return number(interval.low) + " to " + number(interval.high); }

std::string bins_text(const char* what, const char* counted, const std::vector<Bin>& bins) {
  std::string out = what;
  for (size_t i = 0; i < bins.size(); ++i)
    out += c10::str(i == 0 ? " none: " : c10::str("; to ", number(bins[i].up_to), ": "), number(bins[i].mpjpe_mm), " (",
                    bins[i].count, i == 0 ? c10::str(" ", counted, ")") : std::string(")"));
  return out + "\n";
}

// Metrics and warnings below the table.
std::string remarks(const Evaluation& evaluation) {
  const Metrics& metrics = evaluation.metrics;
  const ProtocolRule rule = rule_of(metrics.protocol);
  std::string out =
      c10::str(name_of(metrics.protocol), ": ", metrics.samples, " samples, box ", evaluation.box, "; root-aligned at the ",
               rule.root_joint == 0 ? "wrist" : "middle MCP joint",
               rule.bone_scale ? ", scaled by the wrist-MCP bone length" : ", unscaled", ", ground-truth joints ",
               rule.annotated_joints ? "annotated" : "regressed from the mesh", rule.masked ? ", valid joints only" : "", "\n");
  out += further_metrics(metrics);
  if (std::isfinite(metrics.interval("mpjpe_mm").low))
    out += "  95 % intervals over sequences: MPJPE " + interval_text(metrics.interval("mpjpe_mm")) + ", MPVPE " +
           interval_text(metrics.interval("mpvpe_mm")) + ", MRRPE " + interval_text(metrics.interval("mrrpe_mm")) + " mm\n";
  if (rule.masked)
    out += "  MPJPE of single hands " + number(metrics.single_mpjpe_mm) + ", interacting " +
           number(metrics.interacting_mpjpe_mm) + ", mean of the two " + number(metrics.mean_of_single_and_interacting_mpjpe_mm) +
           " mm\n";
  if (metrics.hypotheses > 0)
    out += "  MPJPE of " + std::to_string(metrics.hypotheses) + " hypotheses: best " + number(metrics.at("best_of_k_mpjpe_mm")) +
           ", mean " + number(metrics.at("mean_of_k_mpjpe_mm")) + " mm\n";
  if (metrics.hypotheses > 1)
    out += "  spread of the hypotheses " + number(metrics.at("spread_mm")) + " mm; rank correlation with the error: of samples " +
           number(metrics.stddev_rank_correlation) + ", of joints " + number(metrics.joint_stddev_rank_correlation) + "\n";
  for (const auto& [reason, count] : evaluation.skipped) out += "  skipped, " + reason + ": " + std::to_string(count) + "\n";
  for (const auto& [reason, count] : surfaces_left_out(metrics))
    out += "  surfaces left out, " + reason + ": " + std::to_string(count) + "\n";
  for (const std::string& warning : evaluation.warnings) out += "  warning: " + warning + "\n";
  return out;
}

// Surface metrics: the same under every protocol of one test set.
std::string surface_text(const Metrics& metrics) {
  if (metrics.overlap_bins.empty()) return "";
  return "surfaces: contact rate " + number(100 * metrics.at("contact_ratio"), 1) + " % (GT " +
         number(100 * metrics.at("true_contact_ratio"), 1) + " %), contact distance error " +
         number(metrics.at("contact_distance_error_mm")) + " mm; penetration: mean of the samples' deepest " +
         number(metrics.at("penetration_mm")) + ", largest " + number(metrics.at("largest_penetration_mm")) + ", mean " +
         number(metrics.at("mean_depth_mm")) + " mm; " + number(metrics.at("intersection_cm3"), 3) + " cm3 shared\n";
}

Table comparison_table(const Evaluation& evaluation) {
  const Comparison& comparison = *evaluation.against;
  Table table;
  table.title = c10::str("protocol ", name_of(evaluation.metrics.protocol), ": ", comparison.first, " minus ", comparison.second,
                         ", sample by sample");
  table.rows = {{"", "difference", "95 % low", "high", "better in", "samples"}};
  for (const PairedDifference& one : comparison.differences)
    table.rows.push_back({one.name, number(one.mean, 3), number(one.interval.low, 3), number(one.interval.high, 3),
                          number(100 * one.share_better, 1) + " %", std::to_string(one.samples)});
  return table;
}

}  // namespace

std::string evaluation_table(const std::vector<Evaluation>& evaluations) {
  Table table;
  table.title = "mm; 2D in pixels of a crop of 256";
  table.rows = {table_head()};
  for (const Evaluation& evaluation : evaluations) {
    const Metrics& metrics = evaluation.metrics;
    table.rows.push_back(metrics_row(name_of(metrics.protocol), "method", metrics));
    for (const Side side : kSides) table.rows.push_back(hand_row(side, metrics));
    if (evaluation.against) table.rows.push_back(metrics_row("", "against", evaluation.against->other));
    table.rows.push_back(metrics_row("", "mean pose", evaluation.mean_pose));
    table.rows.push_back(metrics_row("", "mean pose, GT orientation", evaluation.mean_pose_gt_orientation));
  }
  std::string out = text_table(table), surfaces;  // printed once per test set
  for (const Evaluation& evaluation : evaluations) {
    out += remarks(evaluation);
    if (!evaluation.metrics.overlap_bins.empty())
      out += bins_text("  MPJPE by overlap of the boxes,", "samples", evaluation.metrics.overlap_bins) +
             bins_text("  by occlusion of the hand,", "hands", evaluation.metrics.occlusion_bins);
    if (const std::string here = surface_text(evaluation.metrics); here != surfaces) out += surfaces = here;
    if (evaluation.against) out += text_table(comparison_table(evaluation));
  }
  return out;
}

std::string evaluation_latex(const std::vector<Evaluation>& evaluations, const std::string& method) {
  std::string out = "% method & protocol (box)";
  for (const Metric& metric : metric_table())
    if (metric.latex) out += std::string(" & ") + metric.label;
  out += " \\\\\n";
  for (const Evaluation& evaluation : evaluations) {
    const auto row = [&](const std::string& name, const Metrics& metrics) {
      std::vector<std::string> cells = {name, name_of(metrics.protocol) + " (" + evaluation.box + ")"};
      for (const Metric& metric : metric_table())
        if (metric.latex) cells.push_back(number(metrics.at(metric.name), metric.decimals));
      out += latex_row(cells);
    };
    row(method, evaluation.metrics);
    if (evaluation.against) row(evaluation.against->second, evaluation.against->other);
  }
  return out;
}

}  // namespace interprior
