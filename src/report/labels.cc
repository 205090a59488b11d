#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "image_list.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/geometry/glb_reader.h"
#include "interprior/metric/metric_table.h"
#include "sections.h"

namespace interprior {
namespace {

// "best_of_k_pa_mpjpe" -> "best of K PA-MPJPE"
std::string label_text(const std::string& key) {
  static const std::set<std::string> abbreviations = {"mpjpe", "mpvpe", "mrrpe", "rrve", "pa", "k"};
  std::string text, word;
  std::istringstream words(key);
  while (std::getline(words, word, '_')) {
    const char* gap = text.empty() ? "" : text.size() >= 2 && text.compare(text.size() - 2, 2, "PA") == 0 ? "-" : " ";
    if (abbreviations.count(word) > 0)
      for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    text += gap + word;
  }
  return text;
}

}  // namespace

std::string with_spaces(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

Label label_of(const std::string& key) {
  static const std::map<std::string, std::string> names = {
      {"auc_50mm", "AUC 0-50 mm"},
      {"prior_joint_error_mm", "prior joint error"},
      {"prior_vertex_error_mm", "prior vertex error"},
      {"prior_joint_error_per_hand_mm", "prior joint error per hand"},
      {"baseline_mpjpe_mm", "mean pose (baseline)"},
      {"baseline_true_wrist_mpjpe_mm", "mean pose, GT orientation (baseline)"},
      {"spread_rank_correlation", "rank correlation of spread and error"},
      {"joint_spread_rank_correlation", "the same of single joints"},
      {"frechet_mm2", "Frechet distance, mm^2"},
      {"joint_mm", "joints, right wrist's frame"},
      {"vertex_mm", "vertices, right wrist's frame"},
      {"joint_per_hand_mm", "joints, per hand, root-aligned at the middle MCP joint"},
      {"vertex_per_hand_mm", "vertices, per hand, root-aligned at the middle MCP joint"},
      {"mean_pattern_joint_mm", "joints of the mean pattern (baseline)"}};
  for (const Metric& metric : metric_table())
    if (metric.name == key) return {metric.label, metric.unit, metric.decimals, interval_key(metric)};
  const bool millimetres = key.size() > 3 && key.compare(key.size() - 3, 3, "_mm") == 0;
  const std::string unit = millimetres ? "mm" : "";
  if (const auto known = names.find(key); known != names.end()) return {known->second, unit};
  return {label_text(millimetres ? key.substr(0, key.size() - 3) : key), unit};
}

nlohmann::ordered_json read_json(const std::filesystem::path& path) {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(read_file(path), nullptr, false);
  require(!json.is_discarded(), "this file is not JSON", path.string(), "make it again with the command that wrote it");
  return json;
}

double number_of(const nlohmann::ordered_json& object, const std::string& key) {
  const bool there = object.is_object() && object.contains(key) && object[key].is_number();
  return there ? object[key].get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::vector<NamedMesh> meshes_of(Page& page, const std::filesystem::path& glb) {
  try {
    return read_glb(glb);
  } catch (const Error& problem) {
    page.warning(std::string("These meshes cannot be shown: ") + problem.what());
    return {};
  }
}

void add_listed_images(Page& page, const std::filesystem::path& folder) {
  std::string group;
  for (const ListedImage& image : read_image_list(folder)) {
    if (image.group != group) page.subheading(group = image.group);
    const std::filesystem::path images = folder / "images";
    page.image_file(images / image.file, image.caption,
                    image.meshes.empty() ? std::vector<NamedMesh>{} : meshes_of(page, images / image.meshes));
  }
}

}  // namespace interprior
