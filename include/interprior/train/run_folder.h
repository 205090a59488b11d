#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace interprior {

// RUN/: config.yaml (resolved), log.jsonl, TensorBoard events, checkpoints/, report.html.
class RunFolder {
 public:
  // Makes the folder, or opens it for resuming. Throws Error when it holds a run and `resume` is false, or holds none and
  // `resume` is true. A resume with another config says what differs (warnings) and records the new one.
  RunFolder(std::filesystem::path path, const std::string& config, bool resume);

  std::filesystem::path path() const { return path_; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path last() const { return checkpoints() / "last.safetensors"; }
  std::filesystem::path resume_file() const { return checkpoints() / "last.resume.safetensors"; }
  std::filesystem::path events() const { return events_; }      // of this start; a resumed run has a second file

  // Drops log lines of steps after `step` (a killed run may have logged more than it saved) and a line cut off in the middle.
  void truncate_log(int64_t step);
  // One line of log.jsonl and the same numbers as TensorBoard scalars "GROUP/NAME".
  void log(int64_t step, const std::string& group, const std::map<std::string, double>& values);

 private:
  std::filesystem::path path_, events_;
};

// Whether a folder holds a run (its config.yaml and log).
bool is_run_folder(const std::filesystem::path& folder);

// log.jsonl read back, for reports. A last line without its end (a run being written, or killed) is left out; a number that was
// not finite is NaN. Throws Error with file:line.
struct LogLine {
  int64_t step = 0;
  double time = 0;                         // s since 1970
  std::string group;                       // "train" or "validation"
  std::map<std::string, double> values;
};
std::vector<LogLine> read_log(const std::filesystem::path& run);

}  // namespace interprior
