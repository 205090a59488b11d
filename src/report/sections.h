#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>

#include "interprior/report/page.h"

// The parts that pages are made of: each tells of one kind of folder.
namespace interprior {

bool is_evaluation_folder(const std::filesystem::path& folder);  // evaluation.json
bool is_prediction_folder(const std::filesystem::path& folder);  // *_overlay.jpg

void add_run(Page& page, const std::filesystem::path& run);
void add_evaluation(Page& page, const std::filesystem::path& folder);
// Of any number of protocols; pictures first. Throws Error when the JSON is none of an evaluation.
void add_protocols(Page& page, const nlohmann::ordered_json& evaluations, const std::filesystem::path& folder);
// How two methods differ, sample by sample.
void add_comparison(Page& page, const nlohmann::ordered_json& comparison, const std::string& protocol);
void add_sweep(Page& page, const std::filesystem::path& folder);
void add_predictions(Page& page, const std::filesystem::path& folder);

// FOLDER/pictures as listed there, group by group.
void add_listed_pictures(Page& page, const std::filesystem::path& folder);

// A JSON file. Throws Error naming it when it is damaged.
nlohmann::ordered_json read_json(const std::filesystem::path& path);
// A number of a JSON object; NaN where it is null or not there.
double number_of(const nlohmann::ordered_json& object, const std::string& key);

// "mpjpe_mm" -> "MPJPE" and "mm"; "active_dimensions" -> "active dimensions" and "".
struct Label {
  std::string name, unit;
};
Label label_of(const std::string& key);

}  // namespace interprior
