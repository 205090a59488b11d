#pragma once
#include <filesystem>
#include <optional>

#include "interprior/base/files/temporary_path.h"

namespace interprior {

// A folder that appears under its name when everything is in it, or not at all.
class PartialFolder {
 public:
  explicit PartialFolder(std::filesystem::path folder);  // throws Error when it exists and is not empty
  // Without commit(), nothing is left behind.
  const std::filesystem::path& temporary() const { return temporary_->path(); }  // write here
  void commit();                                                                 // throws Error

 private:
  std::filesystem::path folder_;
  std::optional<TemporaryPath> temporary_;
};

}  // namespace interprior
