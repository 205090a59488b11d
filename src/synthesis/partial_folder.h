#pragma once
#include <filesystem>

namespace interprior {

// A folder that appears under its name when everything is in it, or not at all.
class PartialFolder {
 public:
  explicit PartialFolder(std::filesystem::path folder);   // throws Error when it exists and is not empty
  ~PartialFolder();                                       // without commit(), nothing is left behind
  PartialFolder(const PartialFolder&) = delete;
  PartialFolder& operator=(const PartialFolder&) = delete;

  const std::filesystem::path& temporary() const { return temporary_; }   // write here
  void commit();                                                          // throws Error

 private:
  std::filesystem::path folder_, temporary_;
};

}  // namespace interprior
