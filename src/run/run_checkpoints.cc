#include "interprior/run/run_checkpoints.h"

#include <ATen/Context.h>
#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/log.h"
#include "interprior/model/checkpoint.h"
#include "weights_advice.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResumeKind = "interprior.resume";
constexpr const char* kResume = ".resume.safetensors";
constexpr const char* kUse = ".safetensors";
// Marker file that exists until a run's first resume checkpoint is complete.
constexpr const char* kFirst = "first.unfinished";

fs::path step_file(const fs::path& folder, int64_t step, const char* end) {
  char name[64];
  std::snprintf(name, sizeof name, "step_%09lld", static_cast<long long>(step));
  return folder / (name + std::string(end));
}

// Files step_N with the given suffix (kResume or kUse), newest first.
std::vector<fs::path> steps_in(const fs::path& folder, const std::string& end) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("step_", 0) == 0 && name.ends_with(end) && name.ends_with(kResume) == (end == kResume))
      files.push_back(entry.path());
  }
  std::sort(files.rbegin(), files.rend());
  return files;
}

int64_t step_of(const fs::path& file) { return std::atoll(file.filename().string().c_str() + std::string("step_").size()); }

// Hash of the tensors' contents, to detect files with flipped bits.
std::string content_of(const NamedTensors& tensors) {
  std::string hashes;
  for (const auto& [name, tensor] : tensors)
    hashes +=
        name + " " + text_hash({static_cast<const char*>(tensor.const_data_ptr()), static_cast<size_t>(tensor.nbytes())}) + "\n";
  return text_hash(hashes);
}

int64_t number_of(const Safetensors& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  require(found != file.metadata().end() && !found->second.empty() && found->second.size() < 18 &&
              found->second.find_first_not_of("0123456789") == std::string::npos,
          "this is not a resume checkpoint of a run", file.path().string(), "start over without --resume, in another folder");
  return std::stoll(found->second);
}

at::Generator generator_of(torch::DeviceType device) {
  return at::globalContext().defaultGenerator(torch::Device(device, device == torch::kCPU ? -1 : 0));
}

RunPosition take(const fs::path& path, const std::function<void(const Safetensors&)>& load) {
  const Safetensors file(path);
  const auto kind = file.metadata().find("kind"), content = file.metadata().find("content");
  const auto program = file.metadata().find("program");
  require(program == file.metadata().end() || program->second != "interprior",
          "this checkpoint has weights, but no state of an optimiser", path.string(), kStartFromWeights);
  require(kind != file.metadata().end() && kind->second == kResumeKind, "this is not a resume checkpoint of a run", path.string(),
          "start over without --resume, in another folder");
  const RunPosition position{number_of(file, "step"), number_of(file, "samples"), number_of(file, "batch"),
                             number_of(file, "ranks")};
  NamedTensors tensors;
  for (const std::string& name : file.names()) tensors.emplace_back(name, file.tensor(name));
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  require(content != file.metadata().end() && content->second == content_of(tensors), "its tensors do not match their checksum",
          path.string(), "the file was damaged on disk or while it was copied");
  load(file);
  if (file.has("generator.cpu")) generator_of(torch::kCPU).set_state(file.tensor("generator.cpu"));
  return position;
}

// Another file under the name `last`, such as weights trained further in Python, would be replaced without having been used.
void require_own_last(const fs::path& checkpoints, int64_t step) {
  const fs::path own = step_file(checkpoints, step, kUse), last = checkpoints / ("last" + std::string(kUse));
  std::error_code none;
  if (!fs::exists(own, none) || !fs::exists(last, none) || fs::equivalent(own, last, none)) return;
  try {
    if (read_checkpoint_info(read_safetensors_header(last)).step != step) return;  // killed before the newest one was linked
  } catch (const Error&) {
    return;  // damaged
  }
  require(file_hash(own) == file_hash(last), "this is not the checkpoint that the run saved at step " + std::to_string(step),
          last.string(), c10::str("move it away; ", kStartFromWeights));
}

// A run may have been killed between writing a checkpoint and linking it: points `last` to the newest one again.
void repair_last(const fs::path& checkpoints, int64_t step) {
  for (const char* end : {kUse, kResume})
    if (const fs::path file = step_file(checkpoints, step, end); fs::exists(file))
      link_file(file, checkpoints / ("last" + std::string(end)));
  std::error_code ignored;
  fs::remove(checkpoints / kFirst, ignored);
}

// Checkpoints to resume from, newest first. `last` links to one of them, unless files were copied or removed by hand.
std::vector<fs::path> candidates_in(const fs::path& checkpoints) {
  std::vector<fs::path> candidates = steps_in(checkpoints, kResume);
  const fs::path last = checkpoints / ("last" + std::string(kResume));
  std::error_code none;
  const bool known =
      std::any_of(candidates.begin(), candidates.end(), [&](const fs::path& file) { return fs::equivalent(file, last, none); });
  if (known || !fs::exists(last)) return candidates;
  int64_t step = 0;
  try {
    step = number_of(Safetensors(last), "step");
  } catch (const Error& problem) {
    log_warning(std::string("cannot resume from this checkpoint: ") + problem.what());
  }
  const auto place =
      std::find_if(candidates.begin(), candidates.end(), [&](const fs::path& file) { return step_of(file) < step; });
  candidates.insert(place, last);
  return candidates;
}

bool has_state(const fs::path& checkpoints) {
  return fs::exists(checkpoints / ("last" + std::string(kResume))) || !steps_in(checkpoints, kResume).empty();
}

bool is_unfinished(const fs::path& checkpoints) { return fs::exists(checkpoints / kFirst) && !has_state(checkpoints); }

}  // namespace

std::string metric_text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.4f", value);
  return buffer;
}

RunCheckpoints::RunCheckpoints(fs::path folder, CheckpointPolicy policy)
    : folder_(std::move(folder)), policy_(std::move(policy)) {
  const fs::path best = folder_ / "best.safetensors";
  if (policy_.monitor.empty() || !fs::exists(best) || is_unfinished(folder_)) return;
  try {
    const CheckpointInfo info = read_checkpoint_info(read_safetensors_header(best));
    remember_best(info);
  } catch (const Error& problem) {
    log_warning(std::string("the best checkpoint so far cannot be read and will be replaced: ") + problem.what());
  }
}

void RunCheckpoints::remember_best(const CheckpointInfo& info) {
  const auto value = info.metrics.find(policy_.monitor);
  if (value == info.metrics.end()) return;
  best_ = std::atof(value->second.c_str());
  best_step_ = info.step;
}

RunCheckpoints::~RunCheckpoints() {
  if (writer_.joinable()) writer_.join();
}

double RunCheckpoints::age() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - saved_).count(); }

bool RunCheckpoints::is_best(int64_t step, const std::map<std::string, double>& values) {
  const auto value = values.find(policy_.monitor);
  if (value == values.end() && !policy_.monitor.empty())
    log_warning(c10::str("the validation of step ", step, " has no ", policy_.monitor,
                         " (fit.monitor), so best.safetensors is not written"));
  if (value == values.end() || !std::isfinite(value->second)) return false;
  wait();                                                                // a better one may be being written
  const double rounded = std::atof(metric_text(value->second).c_str());  // as stored in the file
  // A step that is repeated after a kill may replace its own checkpoint.
  return !best_ || rounded < *best_ || (rounded == *best_ && step == best_step_);
}

void RunCheckpoints::save(NamedTensors state, CheckpointInfo info, const RunPosition& position, bool best) {
  wait();
  if (!problem_.empty()) log_warning("the last checkpoint could not be written, trying again: " + problem_);
  state.emplace_back("generator.cpu", generator_of(torch::kCPU).get_state());
  const bool on_gpu = std::any_of(state.begin(), state.end(), [](const auto& item) { return item.second.is_cuda(); });
  if (copy_.empty()) {
    NamedTensors copy;
    for (const auto& [name, tensor] : state)
      copy.emplace_back(name, torch::empty_like(tensor, tensor.options().device(torch::kCPU).pinned_memory(on_gpu)));
    copy_ = std::move(copy);
  }
  {
    torch::NoGradGuard no_grad;
    for (size_t i = 0; i < state.size(); ++i) copy_[i].second.copy_(state[i].second, /*non_blocking=*/on_gpu);
  }
  if (on_gpu) state.front().second.to(torch::kCPU);  // same stream: waits for all copies
  saved_ = std::chrono::steady_clock::now();
  info.step = position.step;
  writer_ = std::thread([this, info = std::move(info), position, best] {
    try {
      write(info, position, best);
      problem_.clear();
    } catch (const std::exception& problem) {
      problem_ = problem.what();
    }
  });
}

void RunCheckpoints::write(const CheckpointInfo& info, const RunPosition& position, bool best) {
  NamedTensors state, use;
  for (const auto& [name, tensor] : copy_) state.emplace_back(name, tensor.contiguous());
  std::sort(state.begin(), state.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [name, tensor] : state)
    for (const std::string prefix : {"parameter.", "buffer.", ""})
      if (name.rfind(prefix.empty() ? "averaged." : prefix, 0) == 0) use.emplace_back(name.substr(prefix.size()), tensor);
  const fs::path for_use = step_file(folder_, position.step, kUse), to_go_on = step_file(folder_, position.step, kResume);
  // The resume file is written last: a run killed before that repeats this step.
  const bool first = !fs::exists(folder_ / ("last" + std::string(kResume)));
  if (first) write_file(folder_ / kFirst, "");
  write_checkpoint(for_use, use, info);
  if (best) {
    link_file(for_use, folder_ / ("best" + std::string(kUse)));
    remember_best(info);
  }
  link_file(for_use, folder_ / ("last" + std::string(kUse)));
  write_safetensors(to_go_on, state,
                    {{"kind", kResumeKind},
                     {"step", std::to_string(position.step)},
                     {"samples", std::to_string(position.samples)},
                     {"batch", std::to_string(position.batch)},
                     {"ranks", std::to_string(position.ranks)},
                     {"content", content_of(state)}});
  link_file(to_go_on, folder_ / ("last" + std::string(kResume)));
  std::error_code ignored;
  if (first) fs::remove(folder_ / kFirst, ignored);
  for (const char* end : {kUse, kResume}) {
    // Newer files were skipped as damaged and do not count.
    int64_t kept = 0;
    for (const fs::path& file : steps_in(folder_, end)) {
      if (step_of(file) <= position.step && ++kept > policy_.keep_last) fs::remove(file, ignored);
    }
  }
}

void RunCheckpoints::wait() {
  if (writer_.joinable()) writer_.join();
}

void RunCheckpoints::finish() {
  wait();
  require(problem_.empty(), "the last checkpoint could not be written: " + problem_, folder_.string(),
          "free disk space, then pass --resume to continue from the previous checkpoint, if there is one");
}

bool has_resume_state(const fs::path& run) { return has_state(run / "checkpoints"); }

bool ended_in_first_checkpoint(const fs::path& run) { return is_unfinished(run / "checkpoints"); }

bool is_saved_at(const fs::path& run, int64_t step) {
  const fs::path folder = run / "checkpoints", for_use = folder / ("last" + std::string(kUse)),
                 state = folder / ("last" + std::string(kResume));
  if (!fs::exists(for_use) || read_checkpoint_info(read_safetensors_header(for_use)).step < step || fs::exists(folder / kFirst))
    return false;
  return fs::exists(state) ? number_of(Safetensors(state), "step") >= step : !has_state(folder);
}

std::optional<RunPosition> resume_from(const fs::path& checkpoints, const std::function<void(const Safetensors& state)>& load) {
  const std::vector<fs::path> candidates = candidates_in(checkpoints);
  std::string first_problem;
  std::optional<RunPosition> went_on;
  for (const fs::path& candidate : candidates) {
    try {
      const RunPosition position = take(candidate, load);
      went_on = position;
      if (!first_problem.empty())
        log_warning(c10::str("going back to the checkpoint of step ", position.step, ": ", candidate.string()));
      break;
    } catch (const Error& problem) {
      if (first_problem.empty()) first_problem = problem.what();
      log_warning(std::string("cannot resume from this checkpoint: ") + problem.what());
    }
  }
  if (went_on && first_problem.empty()) {
    require_own_last(checkpoints, went_on->step);
    repair_last(checkpoints, went_on->step);
  }
  require(went_on || candidates.empty(), "no checkpoint of this run can be resumed from: " + first_problem, checkpoints.string(),
          "resume with the config of the run folder, or start over in another folder");
  return went_on;
}

}  // namespace interprior
