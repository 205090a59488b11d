#include "interprior/run/run_folder.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "interprior/base/config/config.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/run/tensorboard_events.h"
#include "weights_advice.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

fs::path config_file(const fs::path& run) { return run / "config.yaml"; }
fs::path log_file(const fs::path& run) { return run / "log.jsonl"; }

// A killed run may leave a truncated record, after which TensorBoard reads nothing: each process start writes a new file.
fs::path next_events_file(const fs::path& run) {
  for (int start = 0;; ++start) {
    char name[64];
    std::snprintf(name, sizeof name, "events.out.tfevents.%06d.interprior", start);
    if (!fs::exists(run / name)) return run / name;
  }
}

void say_difference(const fs::path& run, const std::string& config) {
  const auto lines = config_difference(read_file(config_file(run)), config);
  if (lines.empty()) return;
  log_warning(c10::str("resuming with a config that differs from the recorded one in ", lines.size(), " place(s):"));
  for (const std::string& line : lines) log_warning("  " + line);
}

double seconds_since_1970() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

LogLine log_line(const std::string& text, const std::string& where) {
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
  const bool valid = object.is_object() && object.contains("step") && object["step"].is_number_integer() &&
                     object.contains("group") && object["group"].is_string();
  require(valid, "a line of the log is damaged", where, "delete the line, or the run folder");
  LogLine line;
  line.step = object["step"].get<int64_t>();
  line.group = object["group"].get<std::string>();
  for (const auto& [name, value] : object.items()) {
    if (name == "step" || name == "group") continue;
    require(value.is_number() || value.is_null(), c10::str("'", name, "' of the log is not a number"), where, "delete the line");
    const double number = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    if (name == "time")
      line.time = number;
    else
      line.values[name] = number;
  }
  return line;
}

// The newline-terminated lines.
std::vector<std::string> whole_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  return lines;
}

}  // namespace

bool holds_checkpoints(const fs::path& run) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints", none))
    if (entry.path().extension() == ".safetensors") return true;
  return false;
}

bool is_run_folder(const fs::path& folder) {
  return fs::is_regular_file(config_file(folder)) && fs::is_regular_file(log_file(folder));
}

RunFolder::RunFolder(fs::path path, const std::string& config, bool resume, bool writes)
    : path_(std::move(path)), config_(config), writes_(writes) {
  if (!writes_) return;
  const bool there = fs::exists(config_file(path_));
  require(!fs::is_regular_file(path_), "this is a file, not the folder of a run", path_.string(), kStartFromWeights);
  require(there || !holds_checkpoints(path_), "this folder holds checkpoints, but no config.yaml of a run", path_.string(),
          kStartFromWeights);
  require(resume || !there, "this folder already holds a run", path_.string(),
          "pass --resume to continue it, or choose another --run folder");
  require(!resume || there, "there is no run to resume", path_.string(), "leave --resume out to start one here");
  make_folder(path_);
  lock_ = std::make_unique<FolderLock>(path_ / ".lock", "training in " + path_.string(), WhenTaken::leave);
  require(lock_->held(), "another process trains in this folder", path_.string(),
          "wait until it ends, or choose another --run folder");
  make_folder(checkpoints());
  remove_unfinished_files(path_);
  remove_unfinished_files(checkpoints());
  if (there) say_difference(path_, config);
  if (!there) write_file(config_file(path_), config);
  if (!fs::exists(log_file(path_))) write_file(log_file(path_), "");
  events_ = next_events_file(path_);
}

RunFolder::~RunFolder() {
  write_log();
  const auto lines = std::count(unwritten_.begin(), unwritten_.end(), '\n');
  if (lines > 0) log_error(c10::str(lines, " lines of the log could not be written: ", log_file(path_).string()));
}

void RunFolder::resume_from(int64_t step) {
  if (!writes_) return;
  write_file(config_file(path_), config_);
  std::string kept;
  int64_t number = 0;
  const std::string before = read_file(log_file(path_));
  bool damaged = false;
  for (const std::string& text : whole_lines(before)) {
    try {
      if (log_line(text, c10::str(log_file(path_).string(), ":", ++number)).step <= step) kept += text + "\n";
    } catch (const Error& problem) {
      log_warning(std::string(problem.what()) + "; the line is dropped, the old file is kept as log.damaged.jsonl");
      damaged = true;
    }
  }
  if (damaged) write_file(path_ / "log.damaged.jsonl", before);
  write_file(log_file(path_), kept);
  if (number > 0) append_restart(events_, step + 1, seconds_since_1970());
}

void RunFolder::log(int64_t step, const std::string& group, const std::map<std::string, double>& values) {
  if (!writes_) return;
  const double time = seconds_since_1970();
  nlohmann::ordered_json line = {{"step", step}, {"group", group}};
  std::map<std::string, double> scalars;
  for (const auto& [name, value] : values) {
    line[name] = value;  // a value that is not finite becomes null
    scalars[group + "/" + name] = value;
  }
  line["time"] = std::round(time * 1000) / 1000;
  unwritten_ += line.dump() + "\n";
  if (!write_log() || scalars.empty()) return;
  try {
    append_scalars(events_, step, scalars, time);
  } catch (const Error& problem) {
    say_unwritten(problem.what());
  }
}

bool RunFolder::write_log() {
  if (unwritten_.empty()) return true;
  try {
    append_to_file(log_file(path_), unwritten_);
    unwritten_.clear();
    said_unwritten_ = false;
  } catch (const Error& problem) {
    if (!said_unwritten_) say_unwritten(problem.what());
    said_unwritten_ = true;
  }
  return unwritten_.empty();
}

void RunFolder::sync() {
  if (!writes_ || !write_log()) return;
  try {
    sync_file(log_file(path_));
  } catch (const Error& problem) {
    say_unwritten(problem.what());
  }
}

void RunFolder::log_images(int64_t step, const std::map<std::string, EventImage>& images) {
  if (!writes_ || images.empty()) return;
  try {
    append_images(events_, step, images, seconds_since_1970());
  } catch (const Error& problem) {
    say_unwritten(problem.what());
  }
}

void RunFolder::log_histograms(int64_t step, const std::map<std::string, EventHistogram>& histograms) {
  if (!writes_ || histograms.empty()) return;
  try {
    append_histograms(events_, step, histograms, seconds_since_1970());
  } catch (const Error& problem) {
    say_unwritten(problem.what());
  }
}

void RunFolder::say_unwritten(const std::string& problem) {
  log_warning("the log cannot be written (" + problem + "); training continues and the lines are kept for later");
}

std::vector<LogLine> read_log(const fs::path& run) {
  std::vector<LogLine> lines;
  for (const std::string& text : whole_lines(read_file(log_file(run))))
    lines.push_back(log_line(text, c10::str(log_file(run).string(), ":", lines.size() + 1)));
  return lines;
}

int64_t last_validation(const fs::path& run) {
  int64_t step = -1;
  if (!fs::exists(log_file(run))) return step;
  for (const std::string& text : whole_lines(read_file(log_file(run)))) {
    try {
      if (const LogLine line = log_line(text, ""); line.group == "validation") step = std::max(step, line.step);
    } catch (const Error&) {
      continue;  // resume_from() drops it with a warning
    }
  }
  return step;
}

}  // namespace interprior
