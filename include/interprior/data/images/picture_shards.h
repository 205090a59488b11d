#pragma once
#include <functional>

#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// Copies the pictures that are present, byte for byte, into few large files (shard-00000.bin ...) of about shard_bytes in
// `folder`, and lets the tables name those: a million small files ruin a cluster's file system. A shard appears whole or not at
// all, with a list of its pictures' sizes beside it, so that a run that was stopped goes on. Pictures that cannot be read become
// `damaged`. Throws Error.
void pack_pictures(ImageTables& tables, const std::filesystem::path& folder, int64_t shard_bytes,
                   const std::function<void(int64_t done)>& report);

}  // namespace interprior
