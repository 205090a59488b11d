#include "source_file.h"

#include <sys/stat.h>

#include <array>
#include <fstream>

#include "data/content_hash.h"

namespace interprior {
namespace {

uint64_t hash_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> text(kHashedPiece);
  ContentHash hash;
  while (file.read(text.data(), static_cast<std::streamsize>(text.size())), file.gcount() > 0)
    hash.add(text.data(), static_cast<size_t>(file.gcount()));
  return hash.value;
}

}  // namespace

SourceFile source_file(const std::filesystem::path& path, uint64_t hash) {
  SourceFile source{std::filesystem::absolute(path).lexically_normal(), 0, 0, hash};
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return source;
  source.bytes = status.st_size;
  source.modified = static_cast<int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  return source;
}

std::string changed_source(const std::vector<SourceFile>& sources) {
  for (const SourceFile& then : sources) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(then.path, ignored)) continue;  // reading a device might never end
    const SourceFile now = source_file(then.path);
    if (now.bytes == then.bytes && (now.modified == then.modified || hash_of(then.path) == then.hash)) continue;
    return then.path.string();
  }
  return "";
}

}  // namespace interprior
