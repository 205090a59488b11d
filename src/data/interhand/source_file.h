#pragma once
#include <string>
#include <vector>

#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// What the disk says of a file now; the hash is the reader's to fill in.
SourceFile source_file(const std::filesystem::path& path, uint64_t hash = 0);

// The first file whose contents are others than those the tables were made from, or "". A file that is gone says nothing: an
// index may live elsewhere than its sources. Where only the time of change differs the contents are read.
std::string changed_source(const std::vector<SourceFile>& sources);

}  // namespace interprior
