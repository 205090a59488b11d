#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interprior/base/files/folder_lock.h"
#include "interprior/run/tensorboard_events.h"

namespace interprior {

// RUN/: config.yaml (resolved), log.jsonl, TensorBoard events, checkpoints/, report.html. One process at a time.
class RunFolder {
 public:
  // Creates the folder, or opens it for resuming. Throws Error when it holds a run or checkpoints and `resume` is false, when it
  // holds none and `resume` is true, or when another process trains in it. Resuming with another config logs the differences.
  // `writes`: false for processes other than rank 0; no file is touched then.
  RunFolder(std::filesystem::path path, const std::string& config, bool resume, bool writes = true);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  std::filesystem::path path() const { return path_; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path events() const { return events_; }  // of this process; each resume adds a file
  bool writes() const { return writes_; }

  // Continues the run after `step`: records its config and drops log lines of later steps (a killed run may have logged more than
  // it saved) and a truncated last line. Drops damaged lines with a warning and keeps the old file next to the new one.
  void resume_from(int64_t step);
  // Writes one line of log.jsonl and the same values as TensorBoard scalars "GROUP/NAME". A failed write (full disk) is logged;
  // its lines are written with the next ones.
  void log(int64_t step, const std::string& group, const std::map<std::string, double>& values);
  // Flushes the log to disk before a checkpoint is written, so that no checkpoint is newer than the log.
  void sync();
  // Written to TensorBoard only; a failed write is logged.
  void log_images(int64_t step, const std::map<std::string, EventImage>& images);
  void log_histograms(int64_t step, const std::map<std::string, EventHistogram>& histograms);

 private:
  bool write_log();  // false when lines are left to be written
  void say_unwritten(const std::string& problem);

  std::filesystem::path path_, events_;
  std::string config_;
  bool writes_;
  std::unique_ptr<FolderLock> lock_;
  std::string unwritten_;  // lines of the log that are not on disk yet
  bool said_unwritten_ = false;
};

// Whether a folder holds a run (its config.yaml and log).
bool is_run_folder(const std::filesystem::path& folder);

// Whether RUN/checkpoints/ holds a *.safetensors file.
bool holds_checkpoints(const std::filesystem::path& run);

// Reads log.jsonl. Leaves out an unterminated last line (of a run in progress, or killed); values that were not finite are NaN.
// Throws Error with file:line.
struct LogLine {
  int64_t step = 0;
  double time = 0;    // s since 1970
  std::string group;  // "train" or "validation"
  std::map<std::string, double> values;
};
std::vector<LogLine> read_log(const std::filesystem::path& run);
// The last step with a validation in the log, -1 if none. Ignores damaged lines.
int64_t last_validation(const std::filesystem::path& run);

}  // namespace interprior
