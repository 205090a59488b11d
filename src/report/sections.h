#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>

#include "page.h"

// Sections of pages, one per kind of folder.
namespace interprior {

bool is_evaluation_folder(const std::filesystem::path& folder);  // evaluation.json
bool is_prediction_folder(const std::filesystem::path& folder);  // of predict or fit
bool is_draw_folder(const std::filesystem::path& folder);        // of sample --draw

void add_run(Page& page, const std::filesystem::path& run);
void add_evaluation(Page& page, const std::filesystem::path& folder);
// Evaluations under any number of protocols; images first. Throws Error when the JSON is not an evaluation.
void add_protocols(Page& page, const nlohmann::ordered_json& evaluations, const std::filesystem::path& folder);
// Paired differences of two methods.
void add_comparison(Page& page, const nlohmann::ordered_json& comparison, const std::string& protocol);
void add_sweep(Page& page, const std::filesystem::path& folder);
void add_predictions(Page& page, const std::filesystem::path& folder);
// One figure, in which a slider steps through the samples.
void add_draws(Page& page, const std::filesystem::path& folder);

// The meshes of a GLB for a figure; none, and a warning on the page, if it cannot be read.
std::vector<NamedMesh> meshes_of(Page& page, const std::filesystem::path& glb);

// Images of FOLDER/images/list.json, group by group.
void add_listed_images(Page& page, const std::filesystem::path& folder);

// Reads a JSON file. Throws Error naming it when it is damaged.
nlohmann::ordered_json read_json(const std::filesystem::path& path);
// Number in a JSON object; NaN when null or missing.
double number_of(const nlohmann::ordered_json& object, const std::string& key);

// "mpjpe_mm" -> "MPJPE" and "mm"; "active_dimensions" -> "active dimensions" and "".
struct Label {
  std::string name, unit;
  int decimals = 2;
  std::string interval = "";  // key of the metric's interval
};
Label label_of(const std::string& key);
std::string with_spaces(std::string key);  // "mano_missing" -> "mano missing"

}  // namespace interprior
