#pragma once
#include "interprior/base/finding.h"
#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// Reports missing annotation files and captures of a data set. `asked`: the splits to check.
// Names: file_missing, capture_missing.
void report_missing_files(const ImageTables& tables, const std::array<bool, 3>& asked, Findings& findings);

}  // namespace interprior
