#pragma once
#include <string>
#include <vector>

#include "interprior/infer/inputs.h"

// Checks before any work that no output replaces a file of the user.
namespace interprior {

// Throws Error if the folder `out` holds one of the inputs.
void require_other_folder(const std::string& out, const std::vector<Input>& inputs);

// Throws Error if `file`, which is read, lies in `out` and is named as NAME.json or NAME_2.json of one of the outputs' names.
void require_no_output(const std::string& file, const std::string& out, const std::vector<std::string>& names);

// Throws Error if the file `output` is one of those that are read; empty names are skipped.
void require_not_read(const std::string& output, const std::string& option, const std::vector<std::string>& read);

}  // namespace interprior
