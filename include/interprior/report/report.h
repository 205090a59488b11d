#pragma once
#include <filesystem>

namespace interprior {

// Writes DIR/report.html for a run folder, an evaluation folder, a sweep folder, or a folder that holds several of them (the
// quickstart's), and returns its path. Throws Error when DIR is none of these.
std::filesystem::path write_report(const std::filesystem::path& folder);

}  // namespace interprior
