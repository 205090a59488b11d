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
  // Makes the folder, or opens it for resuming. Throws Error when it holds a run or checkpoints and `resume` is false, or holds
  // none and `resume` is true, or another process trains in it. A resume with another config says what differs (warnings).
  // `writes` false: of a process that only takes part in the run; nothing is touched.
  RunFolder(std::filesystem::path path, const std::string& config, bool resume, bool writes = true);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  std::filesystem::path path() const { return path_; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path events() const { return events_; }  // of this start; a resumed run has a second file
  bool writes() const { return writes_; }

  // The run goes on after `step`: its config is recorded, log lines of later steps are dropped (a killed run may have logged more
  // than it saved) and one cut off in the middle. Damaged lines are dropped with a warning, and the file kept beside the new one.
  void go_on_from(int64_t step);
  // One line of log.jsonl and the same numbers as TensorBoard scalars "GROUP/NAME". What cannot be written, as on a full disk, is
  // said, and written with what comes next.
  void log(int64_t step, const std::string& group, const std::map<std::string, double>& values);
  // Puts the log on the disk; what is saved afterwards never knows of a step that it does not.
  void sync();
  // For TensorBoard alone; likewise.
  void log_pictures(int64_t step, const std::map<std::string, EventPicture>& pictures);
  void log_histograms(int64_t step, const std::map<std::string, EventHistogram>& histograms);

 private:
  bool write_log();  // whether nothing is left to be written
  void say_unwritten(const std::string& problem);

  std::filesystem::path path_, events_;
  std::string config_;
  bool writes_;
  std::unique_ptr<FolderLock> lock_;
  std::string unwritten_;  // lines of the log
  bool said_unwritten_ = false;
};

// Whether a folder holds a run (its config.yaml and log).
bool is_run_folder(const std::filesystem::path& folder);

// Whether there is anything in its checkpoints/ that may have been trained.
bool holds_checkpoints(const std::filesystem::path& run);

// log.jsonl read back, for reports. A last line without its end (a run being written, or killed) is left out; a number that was
// not finite is NaN. Throws Error with file:line.
struct LogLine {
  int64_t step = 0;
  double time = 0;    // s since 1970
  std::string group;  // "train" or "validation"
  std::map<std::string, double> values;
};
std::vector<LogLine> read_log(const std::filesystem::path& run);
// The last step of which there is a validation, -1 where there is none. Damaged lines do not count.
int64_t last_measured(const std::filesystem::path& run);

}  // namespace interprior
