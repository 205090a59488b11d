#include "output_place.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/name_text.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

bool lies_in(const fs::path& file, const std::string& folder) {
  std::error_code not_there;
  return fs::equivalent(file.has_parent_path() ? file.parent_path() : ".", folder, not_there);
}

// NAME, or NAME_2 and NAME_000012, as pairs of hands and frames are named.
bool is_named_after(const std::string& stem, const std::string& name) {
  if (stem.rfind(name, 0) != 0) return false;
  const std::string rest = stem.substr(name.size());
  const bool digits = std::all_of(rest.begin(), rest.end(), [](unsigned char c) { return std::isdigit(c) || c == '_'; });
  return rest.empty() || (rest[0] == '_' && digits);
}

bool is_there(const fs::path& path) {
  std::error_code not_there;
  return fs::exists(path, not_there);
}

}  // namespace

OutputFolder::OutputFolder(const fs::path& path) : path_(path), created_(!is_there(path)) { make_folder(path); }

OutputFolder::~OutputFolder() {
  std::error_code not_empty;
  if (created_) fs::remove(path_, not_empty);  // only an empty folder
}

void require_other_folder(const std::string& out, const std::vector<Input>& inputs) {
  for (const Input& input : inputs) {
    const bool file = !input.camera && input.source != "-";
    require(!file || !lies_in(input.file, out),
            "the output folder holds the input images: overlays would be inputs of the next run", out,
            "choose another folder with --out");
  }
}

void require_no_output(const std::string& file, const std::string& out, const std::vector<std::string>& names) {
  const fs::path path = file;
  if (file.empty() || path.extension() != ".json" || !lies_in(path, out)) return;
  for (const std::string& name : names)
    require(!is_named_after(path.stem().string(), name), "an output of " + name + " would replace a file that is read",
            name_text(file), "choose another folder with --out");
}

void require_not_read(const std::string& output, const std::string& option, const std::vector<std::string>& read) {
  std::error_code not_there;
  for (const std::string& file : read)
    require(output.empty() || file.empty() || !fs::equivalent(output, file, not_there),
            "the output would replace a file that is read: " + name_text(output), option, "choose another file");
}

}  // namespace interprior
