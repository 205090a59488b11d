#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "interprior/model/checkpoint.h"

namespace interprior {

// How far a run has come.
struct RunPosition {
  int64_t step = 0, samples = 0;  // done; consumed by all processes together
  int64_t batch = 0, ranks = 1;   // of the run when this was saved
};

// Which checkpoints stay: the newest `keep_last`, and the one with the smallest validation value of the name `monitor` ("":
// none).
struct CheckpointPolicy {
  int64_t keep_last = 2;
  std::string monitor;
};

// RUN/checkpoints/: step_N.safetensors for use and step_N.resume.safetensors for going on, the newest of each; last.* and
// best.safetensors are further names of one of them. Each file is atomic, and older ones are removed when newer ones are whole.
class RunCheckpoints {
 public:
  RunCheckpoints(std::filesystem::path folder, CheckpointPolicy policy);
  ~RunCheckpoints();  // waits
  RunCheckpoints(const RunCheckpoints&) = delete;
  RunCheckpoints& operator=(const RunCheckpoints&) = delete;

  // `state`: of network and optimiser, by name (Optimiser::state). Copies it at once and writes the copy beside the training.
  // What could not be written is said, and tried again with the next checkpoint. `best`: is the best one so far.
  void save(NamedTensors state, CheckpointInfo info, const RunPosition& position, bool best);
  // Waits for what is being written. Throws Error when the last checkpoint is not on disk.
  void finish();
  // Whether a validation's numbers are better than those of best.safetensors. Waits for what is being written.
  bool is_best(int64_t step, const std::map<std::string, double>& values);
  // Seconds since the last save, or since the start.
  double age() const;

 private:
  void write(const CheckpointInfo& info, const RunPosition& position, bool best);
  void remember_best(const CheckpointInfo& info);
  void wait();

  std::filesystem::path folder_;
  CheckpointPolicy policy_;
  NamedTensors copy_;  // page-locked where the state lies on a GPU
  std::thread writer_;
  std::string problem_;         // of the last write, "" where it went well
  std::optional<double> best_;  // of best.safetensors
  int64_t best_step_ = -1;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

// The metric's text in a checkpoint.
std::string metric_text(double value);

// Whether a run has a state to go on from.
bool has_resume_state(const std::filesystem::path& run);
// Whether a run was killed while it wrote its first checkpoint: what lies there for use is not more than it will do again.
bool ended_in_first_checkpoint(const std::filesystem::path& run);

// Whether a step, or a later one, is on disk with all its names: for use, and to go on from unless all states were deleted.
// Throws Error when the file for use is damaged.
bool is_saved_at(const std::filesystem::path& run, int64_t step);

// Loads the newest state that is whole (Optimiser::load); damaged ones are said. Where a kill came between a state and its name,
// `last` is mended. Empty where there is none. Throws Error when all are damaged, or fit another network.
std::optional<RunPosition> resume_from(const std::filesystem::path& checkpoints,
                                       const std::function<void(const Safetensors& state)>& load);

}  // namespace interprior
