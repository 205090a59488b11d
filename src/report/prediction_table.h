#pragma once
#include <filesystem>
#include <set>
#include <string>

#include "interprior/base/table.h"

namespace interprior {

// A row per pair of hands of a folder of `predict` or `fit`: those of NAME.json for each of `images`, then those of the lines of
// NAME.jsonl for each of `videos`. Numbers that a file lacks are "-".
struct PredictionTable {
  Table table;
  size_t damaged = 0;  // files and lines that are no JSON objects
  std::string first_damaged;
};
PredictionTable prediction_table(const std::filesystem::path& folder, const std::set<std::string>& images,
                                 const std::set<std::string>& videos);

}  // namespace interprior
