#pragma once
#include <filesystem>
#include <functional>

namespace interprior {

// A file or folder that must not outlive the program. Removed with its owner, and when SIGINT, SIGTERM or SIGHUP end the program.
class TemporaryPath {
 public:
  TemporaryPath() = default;
  // `make` creates the file or folder and returns its path; what it throws passes through.
  explicit TemporaryPath(const std::function<std::filesystem::path()>& make);
  ~TemporaryPath();
  TemporaryPath(const TemporaryPath&) = delete;
  TemporaryPath& operator=(const TemporaryPath&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void keep();  // it has been given its final name: nothing is removed

 private:
  std::filesystem::path path_;
};

// Called once by main, before other threads start: SIGINT, SIGTERM and SIGHUP remove every TemporaryPath, then end the program
// with exit code 128 + signal. A StopSignal takes precedence while it lives.
void remove_temporary_paths_on_signals();

}  // namespace interprior
