#pragma once
#include <functional>

#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// Looks whether each picture's file is there: state becomes present or missing. Each folder is listed once, by several threads
// (0: one a core).
void find_pictures(ImageTables& tables, int64_t threads = 0);

// Opens every picture that is not known to be missing: sets grey, or state damaged where it cannot be decoded or has another size
// than annotated. What is done is written to `progress_file`, so that a scan that was stopped goes on; the caller removes it once
// the tables are safe, and sees to it that one process at a time does this. Throws Error when it cannot be written.
void scan_pictures(ImageTables& tables, const std::filesystem::path& progress_file, int64_t threads,
                   const std::function<void(int64_t done)>& report);

}  // namespace interprior
