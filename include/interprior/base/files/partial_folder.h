#pragma once
#include <filesystem>
#include <optional>

#include "interprior/base/files/temporary_path.h"

namespace interprior {

// A folder that appears under its name complete or not at all. Without commit() it is removed.
class PartialFolder {
 public:
  explicit PartialFolder(std::filesystem::path folder);                          // throws Error if it exists and is not empty
  const std::filesystem::path& temporary() const { return temporary_->path(); }  // write here
  void commit();                                                                 // throws Error

 private:
  std::filesystem::path folder_;
  std::optional<TemporaryPath> temporary_;
};

}  // namespace interprior
