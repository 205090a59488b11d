#include "interprior/base/files/partial_folder.h"

#include <c10/util/StringUtil.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"

namespace interprior {

namespace fs = std::filesystem;

PartialFolder::PartialFolder(fs::path folder) : folder_(std::move(folder)) {
  require(!fs::exists(folder_) || (fs::is_directory(folder_) && fs::is_empty(folder_)), "this folder exists and is not empty",
          folder_.string(), "choose another one or remove it");
  folder_ = fs::absolute(folder_).lexically_normal();
  if (!folder_.has_filename()) folder_ = folder_.parent_path();
  make_folder(folder_of(folder_));  // first, so that an error names the folder that the user passed
  temporary_.emplace([&] {
    const fs::path temporary = folder_of(folder_) / c10::str(".", folder_.filename().string(), ".", getpid(), ".partial");
    make_folder(temporary);
    return temporary;
  });
}

void PartialFolder::commit() {
  std::error_code error;
  fs::rename(temporary(), folder_, error);
  require(!error, "cannot rename the folder to its final name: " + error.message(), folder_.string());
  temporary_->keep();
}

}  // namespace interprior
