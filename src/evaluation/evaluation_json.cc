#include <nlohmann/json.hpp>

#include "interprior/evaluation/evaluation.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;  // NaN is written as null

Json hand_json(const HandMetrics& hand) {
  return {{"mpjpe_mm", hand.mpjpe_mm},
          {"mpvpe_mm", hand.mpvpe_mm},
          {"pa_mpjpe_mm", hand.pa_mpjpe_mm},
          {"pa_mpvpe_mm", hand.pa_mpvpe_mm},
          {"joint_2d_px", hand.joint_2d_px}};
}

Json interval_json(const Interval& interval) { return {interval.low, interval.high}; }

Json bins_json(const std::vector<Bin>& bins, const char* counted, bool with_root) {
  Json list = Json::array();
  for (const Bin& bin : bins) {
    list.push_back({{"above", bin.above}, {"up_to", bin.up_to}, {counted, bin.count}, {"mpjpe_mm", bin.mpjpe_mm}});
    if (with_root) list.back()["mrrpe_mm"] = bin.mrrpe_mm;
  }
  return list;
}

void add_surfaces(Json& json, const Metrics& metrics) {
  json["penetration_mm"] = metrics.penetration_mm;
  json["largest_penetration_mm"] = metrics.largest_penetration_mm;
  json["mean_depth_mm"] = metrics.mean_depth_mm;
  json["intersection_cm3"] = metrics.intersection_cm3;
  json["contact_ratio"] = metrics.contact_ratio;
  json["true_contact_ratio"] = metrics.true_contact_ratio;
  json["contact_distance_error_mm"] = metrics.contact_distance_error_mm;
  json["overlap_bins"] = bins_json(metrics.overlap_bins, "samples", true);
  json["occlusion_bins"] = bins_json(metrics.occlusion_bins, "hands", false);
}

void add_hypotheses(Json& json, const Metrics& metrics) {
  json["hypotheses"] = metrics.hypotheses;
  json["best_of_k_mpjpe_mm"] = metrics.best_of_k_mpjpe_mm;
  json["mean_of_k_mpjpe_mm"] = metrics.mean_of_k_mpjpe_mm;
  for (const auto& [k, error] : metrics.best_of_mpjpe_mm) json["best_of_mpjpe_mm"][std::to_string(k)] = error;
  if (metrics.hypotheses < 2) return;
  json["spread_mm"] = metrics.spread_mm;
  json["spread_rank_correlation"] = metrics.spread_rank_correlation;
  json["joint_spread_rank_correlation"] = metrics.joint_spread_rank_correlation;
  json["calibration"] = Json::array();
  for (const SpreadGroup& group : metrics.calibration)
    json["calibration"].push_back({{"samples", group.samples}, {"spread_mm", group.spread_mm}, {"error_mm", group.error_mm}});
}

Json metrics_json(const Metrics& metrics) {
  Json json = {{"mpjpe_mm", metrics.all.mpjpe_mm},       {"mpvpe_mm", metrics.all.mpvpe_mm},
               {"mrrpe_mm", metrics.mrrpe_mm},           {"pa_mpjpe_mm", metrics.all.pa_mpjpe_mm},
               {"pa_mpvpe_mm", metrics.all.pa_mpvpe_mm}, {"rrve_mm", metrics.rrve_mm},
               {"joint_2d_px", metrics.all.joint_2d_px}, {"auc_50mm", metrics.auc_50mm}};
  if (rule_of(metrics.protocol).masked) {
    json["single_mpjpe_mm"] = metrics.single_mpjpe_mm;
    json["interacting_mpjpe_mm"] = metrics.interacting_mpjpe_mm;
    json["mean_of_single_and_interacting_mpjpe_mm"] = metrics.mean_of_single_and_interacting_mpjpe_mm;
  }
  json["mpjpe_interval_mm"] = interval_json(metrics.mpjpe_interval);
  json["mpvpe_interval_mm"] = interval_json(metrics.mpvpe_interval);
  json["mrrpe_interval_mm"] = interval_json(metrics.mrrpe_interval);
  json["pa_mpjpe_interval_mm"] = interval_json(metrics.pa_mpjpe_interval);
  json["pa_mpvpe_interval_mm"] = interval_json(metrics.pa_mpvpe_interval);
  json["pck"] = metrics.pck;
  json["distribution"] = metrics.distribution;
  if (!metrics.overlap_bins.empty()) add_surfaces(json, metrics);
  if (metrics.hypotheses > 0) add_hypotheses(json, metrics);
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

// Of samples in which two methods differ.
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
  for (const Side side : kSides) json[side_name(side)] = hand_json(metrics.hand[side]);
  json["per_joint_mm"] = per_joint_json(metrics.per_joint_mm);
  json["worst"] = ranked_json(metrics.worst);
  json["best"] = ranked_json(metrics.best);
  json["baselines"] = {{"mean_pose", metrics_json(evaluation.mean_pose)},
                       {"mean_pose_true_wrist", metrics_json(evaluation.mean_pose_true_wrist)}};
  if (evaluation.against) json["against"] = comparison_json(*evaluation.against);
  return json;
}

// Ids may be any bytes.
std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::string evaluation_json(const std::vector<Evaluation>& evaluations) {
  if (evaluations.size() == 1) return text_of(one_evaluation(evaluations.front()));
  Json list = Json::array();
  for (const Evaluation& evaluation : evaluations) list.push_back(one_evaluation(evaluation));
  return text_of(list);
}

}  // namespace interprior
