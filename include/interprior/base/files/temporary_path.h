#pragma once
#include <filesystem>
#include <functional>

namespace interprior {

// A temporary file or folder. Removed by the destructor, and when SIGINT, SIGTERM or SIGHUP end the program.
class TemporaryPath {
 public:
  TemporaryPath() = default;
  // `make` creates the file or folder and returns its path; its exceptions propagate.
  explicit TemporaryPath(const std::function<std::filesystem::path()>& make);
  ~TemporaryPath();
  TemporaryPath(const TemporaryPath&) = delete;
  TemporaryPath& operator=(const TemporaryPath&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void keep();  // releases the path, to be called after the rename to the final name: nothing is removed

 private:
  std::filesystem::path path_;
};

// Installs handlers: SIGINT, SIGTERM and SIGHUP remove every TemporaryPath, then end the program with exit code 128 + signal.
// Called once by main, before other threads start. A StopSignal takes precedence while it exists.
void remove_temporary_paths_on_signals();

}  // namespace interprior
