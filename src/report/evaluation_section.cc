#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "sections.h"

namespace interprior {
namespace {

using Json = nlohmann::ordered_json;

// Kinds of samples compared with validation patterns; nothing when no samples were measured.
void add_samples(Page& page, const Json& evaluation) {
  if (!(number_of(evaluation, "samples_drawn") > 0)) return;
  std::vector<std::pair<const char*, const char*>> columns = {{"standard_normal", "z ~ N(0, I)"},
                                                              {"aggregated_posterior", "aggregated posterior"},
                                                              {"density", "density"},
                                                              {"parted", "density, parted"},
                                                              {"rebuilt", "rebuilt patterns"},
                                                              {"held_out", "held-out patterns"}};
  // Evaluations of November 2026 and before lack some columns.
  std::erase_if(columns, [&](const auto& column) { return !evaluation.contains(column.first); });
  Table table{c10::str("Sampling, ", static_cast<int64_t>(number_of(evaluation, "samples_drawn")), " samples of each kind"),
              {{""}}};
  for (const auto& [key, name] : columns) table.rows[0].push_back(name);
  const auto values_of = [&](const char* key) { return evaluation.value(key, Json::object()); };
  const Json first = values_of("standard_normal");
  for (const auto& [key, value] : first.items()) {
    const Label label = label_of(key);
    table.rows.push_back({label.name + (label.unit.empty() ? "" : ", " + label.unit)});
    const int decimals = value.is_number_integer() ? 0 : key.find("_mm") != std::string::npos ? 2 : 3;
    for (const auto& column : columns) table.rows.back().push_back(number(number_of(values_of(column.first), key), decimals));
  }
  page.table(table);
  const Json space = evaluation.value("feature_space", Json());
  page.paragraph(c10::str("Feature space: ", space.is_string() ? space.get<std::string>() : "not stated",
                          ". Distances, precision and recall compare as many samples with half of the held-out patterns; in the ",
                          "last column the other half stands in their place, which is what is within reach (small sets ",
                          "overstate the Frechet distance, all columns alike)."));
}

void add_prior(Page& page, const Json& evaluation) {
  const double baseline = number_of(evaluation, "mean_pattern_joint_mm");
  const std::string frame = "right wrist's frame";
  page.numbers(
      {{"joint error", number(number_of(evaluation, "joint_mm")), "mm", frame + "; mean pattern " + number(baseline)},
       {"vertex error", number(number_of(evaluation, "vertex_mm")), "mm", frame},
       {"joint error per hand", number(number_of(evaluation, "joint_per_hand_mm")), "mm", "root-aligned at the middle MCP joint"},
       {"active dimensions", number(number_of(evaluation, "active_dimensions"), 0), "", "of the latent code"}});
  Table table{c10::str("Reconstruction of ", static_cast<int64_t>(number_of(evaluation, "samples")), " held-out patterns"),
              {{"", "mm"}}};
  for (const auto& [key, value] : evaluation.items())
    if (label_of(key).unit == "mm") table.rows.push_back({label_of(key).name, number(number_of(evaluation, key))});
  page.table(table);
  add_samples(page, evaluation);
}

void add_origin(Page& page, const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return;
  const Json origin = read_json(file);
  std::string text;
  for (const auto& [key, value] : origin.items())
    text += (text.empty() ? "" : "; ") + with_spaces(key) + ": " + (value.is_string() ? value.get<std::string>() : value.dump());
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
  if (prior)
    add_prior(page, evaluation);
  else
    add_protocols(page, evaluation, folder);
  if (prior) add_listed_images(page, folder);
}

}  // namespace interprior
