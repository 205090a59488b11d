#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/infer/inputs.h"

namespace interprior {

// The folder of the outputs, created if missing, even its parents. One that was created is removed if nothing was written into
// it.
class OutputFolder {
 public:
  explicit OutputFolder(const std::filesystem::path& path);  // throws Error if it cannot be created
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

 private:
  std::filesystem::path path_;
  bool created_;
};

// The following are checks before any work that no output replaces a file of the user.

// Throws Error if the folder `out` holds one of the inputs.
void require_other_folder(const std::string& out, const std::vector<Input>& inputs);

// Throws Error if `file`, which is read, lies in `out` and is named as NAME.json or NAME_2.json of one of the outputs' names.
void require_no_output(const std::string& file, const std::string& out, const std::vector<std::string>& names);

// Throws Error if the file `output` is one of those that are read; empty names are skipped.
void require_not_read(const std::string& output, const std::string& option, const std::vector<std::string>& read);

}  // namespace interprior
