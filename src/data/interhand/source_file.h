#pragma once
#include <string>
#include <vector>

#include "interprior/data/interhand/image_tables.h"

namespace interprior {

// The current path, size and modification time of a file; `hash` is supplied by the reader of the file.
SourceFile source_file(const std::filesystem::path& path, uint64_t hash = 0);

// The first file whose contents have changed since the tables were read, or "". Missing files are ignored, because an index may
// be used without its sources. The contents are hashed only if the size is equal and the modification time differs.
std::string changed_source(const std::vector<SourceFile>& sources);

}  // namespace interprior
