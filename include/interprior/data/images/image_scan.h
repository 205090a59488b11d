#pragma once
#include <functional>

#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// Checks whether each image's file exists and sets state to present or missing. Each folder is listed once. threads 0: one per
// core.
void find_images(ImageTables& tables, int64_t threads = 0);

// Decodes every image that is not known to be missing: sets grey, or state damaged if it cannot be decoded or its size differs
// from the annotation. Progress is written to `progress_file`, so that an interrupted scan can resume. The caller removes the
// file once the tables are saved, and ensures that only one process scans at a time. Throws Error if the file cannot be written.
void scan_images(ImageTables& tables, const std::filesystem::path& progress_file, int64_t threads,
                 const std::function<void(int64_t done)>& report);

}  // namespace interprior
