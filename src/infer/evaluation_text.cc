#include <nlohmann/json.hpp>

#include "interprior/hand/skeleton.h"
#include "interprior/infer/evaluation.h"
#include "interprior/metric/table.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;  // NaN is written as null

Json hand_json(const HandMetrics& hand) {
  return {{"mpjpe_mm", hand.mpjpe_mm},
          {"mpvpe_mm", hand.mpvpe_mm},
          {"pa_mpjpe_mm", hand.pa_mpjpe_mm},
          {"pa_mpvpe_mm", hand.pa_mpvpe_mm}};
}

Json metrics_json(const Metrics& metrics) {
  Json json = {{"mpjpe_mm", metrics.all.mpjpe_mm},
               {"mpvpe_mm", metrics.all.mpvpe_mm},
               {"mrrpe_mm", metrics.mrrpe_mm},
               {"pa_mpjpe_mm", metrics.all.pa_mpjpe_mm},
               {"pa_mpvpe_mm", metrics.all.pa_mpvpe_mm},
               {"rrve_mm", metrics.rrve_mm},
               {"auc_50mm", metrics.auc_50mm}};
  json["penetration_mm"] = metrics.penetration_mm;
  json["largest_penetration_mm"] = metrics.largest_penetration_mm;
  json["contact_ratio"] = metrics.contact_ratio;
  json["true_contact_ratio"] = metrics.true_contact_ratio;
  json["mpjpe_interval_mm"] = {metrics.interval_low_mm, metrics.interval_high_mm};
  if (rule_of(metrics.protocol).masked) {
    json["single_mpjpe_mm"] = metrics.single_mpjpe_mm;
    json["interacting_mpjpe_mm"] = metrics.interacting_mpjpe_mm;
    json["mean_of_single_and_interacting_mpjpe_mm"] = metrics.mean_of_single_and_interacting_mpjpe_mm;
  }
  if (metrics.hypotheses > 0) {
    json["hypotheses"] = metrics.hypotheses;
    json["best_of_k_mpjpe_mm"] = metrics.best_of_k_mpjpe_mm;
    json["mean_of_k_mpjpe_mm"] = metrics.mean_of_k_mpjpe_mm;
    for (const auto& [k, error] : metrics.best_of_mpjpe_mm) json["best_of_mpjpe_mm"][std::to_string(k)] = error;
  }
  if (metrics.hypotheses > 1) {
    json["spread_mm"] = metrics.spread_mm;
    json["spread_rank_correlation"] = metrics.spread_rank_correlation;
    json["joint_spread_rank_correlation"] = metrics.joint_spread_rank_correlation;
    json["calibration"] = Json::array();
    for (const SpreadGroup& group : metrics.calibration)
      json["calibration"].push_back({{"samples", group.samples}, {"spread_mm", group.spread_mm}, {"error_mm", group.error_mm}});
  }
  return json;
}

Json one_evaluation(const Evaluation& evaluation) {
  const Metrics& metrics = evaluation.metrics;
  Json json = {{"protocol", name_of(metrics.protocol)}, {"samples", metrics.samples}};
  json["skipped"] = Json::object();
  for (const auto& [reason, count] : evaluation.skipped) json["skipped"][reason] = count;
  json["metrics"] = metrics_json(metrics);
  for (const Side side : kSides) json[side_name(side)] = hand_json(metrics.hand[side]);
  for (size_t joint = 0; joint < metrics.per_joint_mm.size() && joint < kJointNames.size(); ++joint)
    json["per_joint_mm"][kJointNames[joint]] = metrics.per_joint_mm[joint];
  json["baselines"] = {{"mean_pose", metrics_json(evaluation.mean_pose)},
                       {"mean_pose_true_wrist", metrics_json(evaluation.mean_pose_true_wrist)}};
  return json;
}

std::vector<std::string> metrics_row(const std::string& name, const Metrics& metrics) {
  return {name,
          number(metrics.all.mpjpe_mm),
          number(metrics.all.mpvpe_mm),
          number(metrics.mrrpe_mm),
          number(metrics.all.pa_mpjpe_mm),
          number(metrics.all.pa_mpvpe_mm),
          number(metrics.auc_50mm, 3)};
}

std::vector<std::string> hand_row(Side side, const HandMetrics& hand) {
  return {std::string("  ") + side_name(side),
          number(hand.mpjpe_mm),
          number(hand.mpvpe_mm),
          "-",
          number(hand.pa_mpjpe_mm),
          number(hand.pa_mpvpe_mm),
          "-"};
}

std::string remarks(const Evaluation& evaluation) {
  const Metrics& metrics = evaluation.metrics;
  std::string out = "MPJPE, 95 % interval over sequences: " + number(metrics.interval_low_mm) + " to " +
                    number(metrics.interval_high_mm) + " mm\n";
  out += "hands touch in " + number(100 * metrics.contact_ratio, 1) + " % (truth " + number(100 * metrics.true_contact_ratio, 1) +
         " %), overlap as capsules: mean " + number(metrics.penetration_mm) + ", largest " +
         number(metrics.largest_penetration_mm) + " mm\n";
  if (rule_of(metrics.protocol).masked)
    out += "MPJPE of single hands " + number(metrics.single_mpjpe_mm) + ", interacting " + number(metrics.interacting_mpjpe_mm) +
           ", mean of the two " + number(metrics.mean_of_single_and_interacting_mpjpe_mm) + " mm\n";
  if (metrics.hypotheses > 0)
    out += "MPJPE of " + std::to_string(metrics.hypotheses) + " hypotheses: best " + number(metrics.best_of_k_mpjpe_mm) +
           ", mean " + number(metrics.mean_of_k_mpjpe_mm) + " mm\n";
  if (metrics.hypotheses > 1)
    out += "spread of the hypotheses " + number(metrics.spread_mm) + " mm; rank correlation with the error: of samples " +
           number(metrics.spread_rank_correlation) + ", of joints " + number(metrics.joint_spread_rank_correlation) + "\n";
  for (const auto& [reason, count] : evaluation.skipped) out += "skipped, " + reason + ": " + std::to_string(count) + "\n";
  return out;
}

}  // namespace

std::string evaluation_table(const std::vector<Evaluation>& evaluations) {
  std::string out;
  for (const Evaluation& evaluation : evaluations) {
    const Metrics& metrics = evaluation.metrics;
    Table table;
    table.title = "protocol " + name_of(metrics.protocol) + ", " + std::to_string(metrics.samples) + " samples, mm";
    table.rows = {{"", "MPJPE", "MPVPE", "MRRPE", "PA-MPJPE", "PA-MPVPE", "AUC 0-50"},
                  metrics_row("method", metrics),
                  hand_row(Side::right, metrics.hand.right),
                  hand_row(Side::left, metrics.hand.left),
                  metrics_row("mean pose", evaluation.mean_pose),
                  metrics_row("mean pose, true wrist", evaluation.mean_pose_true_wrist)};
    if (!out.empty()) out += '\n';
    out += text_table(table) + remarks(evaluation);
  }
  return out;
}

std::string evaluation_json(const std::vector<Evaluation>& evaluations) {
  if (evaluations.size() == 1) return one_evaluation(evaluations.front()).dump(2) + "\n";
  Json list = Json::array();
  for (const Evaluation& evaluation : evaluations) list.push_back(one_evaluation(evaluation));
  return list.dump(2) + "\n";
}

std::string sample_csv(const SampleErrors& errors) {
  Table table{"",
              {{"sample", "group", "right_mpjpe_mm", "left_mpjpe_mm", "right_mpvpe_mm", "left_mpvpe_mm", "right_pa_mpjpe_mm",
                "left_pa_mpjpe_mm", "right_pa_mpvpe_mm", "left_pa_mpvpe_mm", "mrrpe_mm"}}};
  if (errors.hypotheses > 0)
    table.rows[0].insert(table.rows[0].end(), {"best_of_k_mpjpe_mm", "mean_of_k_mpjpe_mm", "spread_mm"});
  for (size_t i = 0; i < errors.sample.size(); ++i) {
    std::vector<std::string> row = {errors.sample[i], errors.group.empty() ? "" : errors.group[i]};
    const auto index = static_cast<int64_t>(i);
    for (const torch::Tensor& values : {errors.joint, errors.vertex, errors.pa_joint, errors.pa_vertex})
      for (int64_t side = 0; side < 2; ++side) row.push_back(number(values[index][side].item<double>(), 4));
    row.push_back(number(errors.relative_root[index].item<double>(), 4));
    if (errors.hypotheses > 0)
      for (const torch::Tensor& values : {errors.best_joint, errors.mean_joint, errors.spread})
        row.push_back(number(values[index].item<double>(), 4));
    table.rows.push_back(std::move(row));
  }
  return csv_table(table);
}

}  // namespace interprior
