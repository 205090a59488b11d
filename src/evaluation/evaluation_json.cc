#include <nlohmann/json.hpp>

#include "interprior/evaluation/evaluation.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;  // NaN is written as null

Json interval_json(const Interval& interval) { return {interval.low, interval.high}; }

Json bins_json(const std::vector<Bin>& bins, const char* counted, bool with_root) {
  Json list = Json::array();
  for (const Bin& bin : bins) {
    list.push_back({{"above", bin.above}, {"up_to", bin.up_to}, {counted, bin.count}, {"mpjpe_mm", bin.mpjpe_mm}});
    if (with_root) list.back()["mrrpe_mm"] = bin.mrrpe_mm;
  }
  return list;
}

Json hand_json(const Metrics& metrics, Side side) {
  Json json;
  for (size_t i = 0; i < metrics.values.size(); ++i)
    if (const Metric& metric = metric_table()[i]; metric.per_hand && is_measured(metric, metrics))
      json[metric.name] = metrics.values[i].hand[side];
  return json;
}

void add_rank_correlations(Json& json, const Metrics& metrics) {
  json["spread_rank_correlation"] = metrics.stddev_rank_correlation;
  json["joint_spread_rank_correlation"] = metrics.joint_stddev_rank_correlation;
  json["calibration"] = Json::array();
  for (const CalibrationGroup& group : metrics.calibration)
    json["calibration"].push_back({{"samples", group.samples}, {"spread_mm", group.stddev_mm}, {"error_mm", group.error_mm}});
}

Json metrics_json(const Metrics& metrics) {
  Json json;
  for (size_t i = 0; i < metrics.values.size(); ++i)
    if (const Metric& metric = metric_table()[i]; is_measured(metric, metrics)) json[metric.name] = metrics.values[i].all;
  json["auc_50mm"] = metrics.auc_50mm;
  if (rule_of(metrics.protocol).masked) {
    json["single_mpjpe_mm"] = metrics.single_mpjpe_mm;
    json["interacting_mpjpe_mm"] = metrics.interacting_mpjpe_mm;
    json["mean_of_single_and_interacting_mpjpe_mm"] = metrics.mean_of_single_and_interacting_mpjpe_mm;
  }
  for (size_t i = 0; i < metrics.values.size(); ++i)
    if (const Metric& metric = metric_table()[i]; metric.interval)
      json[interval_key(metric)] = interval_json(metrics.values[i].interval);
  json["pck"] = metrics.pck;
  json["distribution"] = metrics.distribution;
  if (!metrics.overlap_bins.empty()) {
    json["overlap_bins"] = bins_json(metrics.overlap_bins, "samples", true);
    json["occlusion_bins"] = bins_json(metrics.occlusion_bins, "hands", false);
  }
  if (metrics.hypotheses == 0) return json;
  json["hypotheses"] = metrics.hypotheses;
  for (const auto& [k, error] : metrics.best_of_mpjpe_mm) json["best_of_mpjpe_mm"][std::to_string(k)] = error;
  if (metrics.hypotheses > 1) add_rank_correlations(json, metrics);
  return json;
}

Json per_joint_json(const std::vector<double>& per_joint) {
  Json json;
  for (size_t joint = 0; joint < per_joint.size() && joint < kJointNames.size(); ++joint)
    json[kJointNames[joint]] = per_joint[joint];
  return json;
}

Json ranked_json(const std::vector<RankedSample>& samples) {
  Json list = Json::array();
  for (const RankedSample& sample : samples)
    list.push_back({{"sample", sample.sample},
                    {"mpjpe_mm", sample.error_mm},
                    {"right_mpjpe_mm", sample.hand_mm.right},
                    {"left_mpjpe_mm", sample.hand_mm.left}});
  return list;
}

// Samples with large differences between two methods.
Json cases_json(const std::vector<RankedSample>& samples) {
  Json list = Json::array();
  for (const RankedSample& sample : samples)
    list.push_back({{"sample", sample.sample},
                    {"difference_mm", sample.error_mm},
                    {"first_mpjpe_mm", sample.hand_mm.right},
                    {"second_mpjpe_mm", sample.hand_mm.left}});
  return list;
}

Json comparison_json(const Comparison& comparison) {
  Json json = {{"first", comparison.first}, {"second", comparison.second}, {"second_metrics", metrics_json(comparison.other)}};
  for (const PairedDifference& difference : comparison.differences)
    json["differences"][difference.name] = {{"samples", difference.samples},
                                            {"mean", difference.mean},
                                            {"interval", interval_json(difference.interval)},
                                            {"share_better", difference.share_better}};
  for (const auto& [bound, share] : comparison.mpjpe_distribution) json["mpjpe_distribution"].push_back({bound, share});
  json["first_better"] = cases_json(comparison.first_better);
  json["second_better"] = cases_json(comparison.second_better);
  return json;
}

Json one_evaluation(const Evaluation& evaluation) {
  const Metrics& metrics = evaluation.metrics;
  Json json = {{"protocol", name_of(metrics.protocol)}, {"box", evaluation.box}, {"samples", metrics.samples}};
  json["skipped"] = Json::object();
  for (const auto& [reason, count] : evaluation.skipped) json["skipped"][reason] = count;
  if (metrics.left_out.implausible_hands > 0)
    json["implausible"] = {{"hands", metrics.left_out.implausible_hands}, {"samples", metrics.left_out.implausible_samples}};
  if (const auto reasons = surfaces_left_out(metrics); !reasons.empty()) json["surfaces_left_out"] = reasons;
  json["warnings"] = evaluation.warnings;
  json["metrics"] = metrics_json(metrics);
  for (const Side side : kSides) json[side_name(side)] = hand_json(metrics, side);
  json["per_joint_mm"] = per_joint_json(metrics.per_joint_mm);
  json["worst"] = ranked_json(metrics.worst);
  json["best"] = ranked_json(metrics.best);
  json["baselines"] = {{"mean_pose", metrics_json(evaluation.mean_pose)},
                       {"mean_pose_true_wrist", metrics_json(evaluation.mean_pose_gt_orientation)}};
  if (evaluation.against) json["against"] = comparison_json(*evaluation.against);
  return json;
}

// Replaces invalid UTF-8, because sample ids may be any bytes.
std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string evaluation_json(const std::vector<Evaluation>& evaluations) {
  if (evaluations.size() == 1) return text_of(one_evaluation(evaluations.front()));
  Json list = Json::array();
  for (const Evaluation& evaluation : evaluations) list.push_back(one_evaluation(evaluation));
  return text_of(list);
}

}  // namespace interprior
