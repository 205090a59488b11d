#pragma once
#include <filesystem>

namespace interprior {

// Writes FOLDER/report.html for a run folder, an evaluation folder, a sweep folder, a folder of `predict`, `fit` or
// `sample --draw`, or a folder that contains several of them (as the quickstart's), and returns its path. Throws Error for any
// other folder.
std::filesystem::path write_report(const std::filesystem::path& folder);

}  // namespace interprior
