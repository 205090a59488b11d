#pragma once
#include <functional>

#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// Copies the bytes of all present images into large files (shard-00000.bin ...) of about shard_bytes in `folder`, and points the
// tables to them: cluster file systems handle millions of small files badly. A shard is written atomically, with a list of its
// images and their sizes beside it, so that an interrupted run can resume. Images that cannot be read become `damaged`. Throws
// Error.
void pack_images(ImageTables& tables, const std::filesystem::path& folder, int64_t shard_bytes,
                 const std::function<void(int64_t done)>& report);

}  // namespace interprior
