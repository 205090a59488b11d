#include <c10/util/StringUtil.h>

#include <nlohmann/json.hpp>

#include "interprior/base/table.h"
#include "interprior/evaluation/prior_evaluation.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;  // NaN is written as null

Json quality_json(const SampleQuality& quality) {
  return {{"samples", quality.to_real.samples},           {"real_samples", quality.to_real.real_samples},
          {"frechet_mm2", quality.to_real.frechet_mm2},   {"kernel_distance", quality.to_real.kernel_distance},
          {"precision", quality.to_real.precision},       {"recall", quality.to_real.recall},
          {"diversity_mm", quality.own.diversity_mm},     {"penetration_share", quality.own.penetration_share},
          {"penetration_mm", quality.own.penetration_mm}, {"largest_penetration_mm", quality.own.largest_penetration_mm},
          {"contact_ratio", quality.own.contact_ratio}};
}

std::string samples_table(const PriorSamples& sampled) {
  std::vector<const SampleQuality*> columns = {&sampled.standard_normal, &sampled.aggregated_posterior, &sampled.density,
                                               &sampled.separated,       &sampled.reconstructed,        &sampled.held_out};
  Table table{c10::str("samples, ", sampled.count, " samples of each kind"),
              {{"", "z ~ N(0, I)", "aggregated posterior", "density: " + sampled.density_kind, "the same, parted",
                "rebuilt patterns", "held-out patterns"}}};
  const auto row = [&](const std::string& name, const auto& value, int decimals) {
    table.rows.push_back({name});
    for (const SampleQuality* quality : columns) table.rows.back().push_back(number(value(*quality), decimals));
  };
  const auto of_comparison = [&](const std::string& name, double SampleComparison::*member, int decimals) {
    row(
        name, [=](const SampleQuality& quality) { return quality.to_real.*member; }, decimals);
  };
  const auto of_set = [&](const std::string& name, double SampleStatistics::*member, int decimals, double scale = 1) {
    row(
        name, [=](const SampleQuality& quality) { return scale * (quality.own.*member); }, decimals);
  };
  of_comparison("Frechet distance, mm^2", &SampleComparison::frechet_mm2, 0);
  of_comparison("kernel distance", &SampleComparison::kernel_distance, 3);
  of_comparison("precision", &SampleComparison::precision, 3);
  of_comparison("recall", &SampleComparison::recall, 3);
  of_set("diversity, mm", &SampleStatistics::diversity_mm, 1);
  of_set("hands overlap, %", &SampleStatistics::penetration_share, 1, 100);
  of_set("overlap, mean of all, mm", &SampleStatistics::penetration_mm, 2);
  of_set("overlap, largest, mm", &SampleStatistics::largest_penetration_mm, 1);
  of_set("hands touch, %", &SampleStatistics::contact_ratio, 1, 100);
  const SampleComparison& compared = sampled.standard_normal.to_real;
  return c10::str("\n", text_table(table), "feature space: ", sampled.feature_space, "\n",
                  "density: what the prior samples, noise of standard deviation ", number(sampled.temperature), " through its ",
                  sampled.density_kind,
                  "; parted: the first of these as\n`interprior sample` writes them; aggregated posterior: its Gaussian alone\n",
                  "first four rows: ", compared.samples, " of the samples against ", compared.real_samples,
                  " held-out patterns; in the last column as many others of these,\nwhich is what is "
                  "within reach, in the one before the same after encoder and decoder (small sets overstate the Frechet\n"
                  "distance: all columns alike)\n");
}

}  // namespace

std::string prior_evaluation_table(const PriorEvaluation& evaluation) {
  const Table table{"prior, " + std::to_string(evaluation.samples) + " patterns, mm",
                    {{"", "joints", "vertices"},
                     {"right wrist's frame", number(evaluation.joint_mm), number(evaluation.vertex_mm)},
                     {"per hand, middle MCP", number(evaluation.joint_per_hand_mm), number(evaluation.vertex_per_hand_mm)},
                     {"mean pattern", number(evaluation.mean_pattern_joint_mm), "-"}}};
  std::string out = text_table(table) + "active latent dimensions: " + std::to_string(evaluation.active_dimensions) + "\n";
  if (evaluation.implausible_samples > 0)
    out += c10::str("left out, rebuilt with implausible coordinates: ", evaluation.implausible_hands, " hands of ",
                    evaluation.implausible_samples, " patterns\n");
  if (evaluation.sampled.count > 0) return out + samples_table(evaluation.sampled);
  if (evaluation.sampled.implausible > 0)
    return out + c10::str("samples are not judged: ", evaluation.sampled.implausible, " samples have implausible coordinates\n");
  if (evaluation.samples < kMinPatternsForSamples)
    out += c10::str("samples are not judged: that needs at least ", kMinPatternsForSamples, " held-out patterns\n");
  return out;
}

std::string prior_evaluation_json(const PriorEvaluation& evaluation) {
  const PriorSamples& sampled = evaluation.sampled;
  Json json = {{"samples", evaluation.samples},
               {"joint_mm", evaluation.joint_mm},
               {"vertex_mm", evaluation.vertex_mm},
               {"joint_per_hand_mm", evaluation.joint_per_hand_mm},
               {"vertex_per_hand_mm", evaluation.vertex_per_hand_mm},
               {"mean_pattern_joint_mm", evaluation.mean_pattern_joint_mm},
               {"active_dimensions", evaluation.active_dimensions},
               {"samples_drawn", sampled.count},
               {"implausible_draws", sampled.implausible},
               {"implausible_hands", evaluation.implausible_hands},
               {"implausible_samples", evaluation.implausible_samples}};
  if (sampled.count > 0) {
    json["feature_space"] = sampled.feature_space;
    json["standard_normal"] = quality_json(sampled.standard_normal);
    json["aggregated_posterior"] = quality_json(sampled.aggregated_posterior);
    json["density"] = quality_json(sampled.density);
    json["parted"] = quality_json(sampled.separated);
    json["density_kind"] = sampled.density_kind;
    json["temperature"] = sampled.temperature;
    json["rebuilt"] = quality_json(sampled.reconstructed);
    json["held_out"] = quality_json(sampled.held_out);
  }
  return json.dump(2) + "\n";
}

}  // namespace interprior
