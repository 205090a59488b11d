#include "rebuild_folder.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <sstream>
#include <system_error>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// Lines "name value".
std::string text_of(const RebuildFolder::Settings& settings) {
  std::string text;
  for (const auto& [name, value] : settings) text += name + " " + value + "\n";
  return text;
}

RebuildFolder::Settings settings_in(const std::string& text) {
  RebuildFolder::Settings settings;
  std::istringstream lines(text);
  for (std::string name, value; lines >> name >> value;) settings[name] = value;
  return settings;
}

}  // namespace

RebuildFolder::RebuildFolder(const fs::path& output, const Settings& settings) {
  require(output.has_filename() && !fs::is_directory(output), "expected the name of a file to write", output.string());
  folder_ = fs::absolute(output);
  folder_ += ".partial";
  lock_ = std::make_unique<FolderLock>(folder_ / "lock", "a set is rebuilt", WhenTaken::leave);
  require(lock_->held(), "another process is rebuilding this set", output.string(), "wait for it, or choose another --out");
  const fs::path file = folder_ / "settings";
  if (!fs::exists(file)) write_file(file, text_of(settings));
  const Settings known = settings_in(read_file(file));
  for (const auto& [name, value] : settings) {
    const auto other = known.find(name);
    if (other == known.end() || other->second != value)
      throw Error(c10::str("this folder holds a partial set with other settings (", name, " was ",
                           other == known.end() ? "unknown" : other->second, ", is ", value, ")"),
                  folder_.string(), "use the same settings, choose another --out, or remove the folder");
  }
}

fs::path RebuildFolder::path_of(int64_t number) const { return folder_ / c10::str("chunk-", number, ".h5"); }

std::optional<Patterns> RebuildFolder::chunk(int64_t number) const {
  if (!fs::exists(path_of(number))) return std::nullopt;
  return read_patterns(path_of(number));
}

void RebuildFolder::write_chunk(int64_t number, const Patterns& patterns) const { write_patterns(path_of(number), patterns); }

void RebuildFolder::remove() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace interprior
