#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "interprior/base/files/safetensors.h"
#include "interprior/model/checkpoint_info.h"

namespace interprior {

// Progress of a run.
struct RunPosition {
  int64_t step = 0, samples = 0;  // steps done; samples consumed by all processes
  int64_t batch = 0, ranks = 1;   // batch and number of processes when this was saved
};

// Checkpoints to keep: the newest `keep_last`, and the one with the smallest value of the validation metric `monitor` ("":
// none).
struct CheckpointPolicy {
  int64_t keep_last = 2;
  std::string monitor;
};

// RUN/checkpoints/: step_N.safetensors for inference and step_N.resume.safetensors for resuming, the newest of each; last.* and
// best.safetensors are links to them. Files are written atomically; older files are removed once newer ones are complete.
class RunCheckpoints {
 public:
  RunCheckpoints(std::filesystem::path folder, CheckpointPolicy policy);
  ~RunCheckpoints();  // waits for the writer
  RunCheckpoints(const RunCheckpoints&) = delete;
  RunCheckpoints& operator=(const RunCheckpoints&) = delete;

  // Copies `state` (of network and optimiser, by name; Optimiser::state) and writes the copy in the background. A failed write is
  // logged and retried with the next checkpoint. `best`: whether the checkpoint is the best so far.
  void save(NamedTensors state, CheckpointInfo info, const RunPosition& position, bool best);
  // Waits for the write in progress. Throws Error when the last checkpoint is not on disk.
  void finish();
  // Whether a validation's metrics are better than those of best.safetensors. Waits for the write in progress.
  bool is_best(int64_t step, const std::map<std::string, double>& values);
  // Seconds since the last save, or since the start.
  double age() const;

 private:
  void write(const CheckpointInfo& info, const RunPosition& position, bool best);
  void remember_best(const CheckpointInfo& info);
  void wait();

  std::filesystem::path folder_;
  CheckpointPolicy policy_;
  NamedTensors copy_;  // pinned memory when the state is on a GPU
  std::thread writer_;
  std::string problem_;         // error of the last write, "" if none
  std::optional<double> best_;  // value of best.safetensors
  int64_t best_step_ = -1;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
};

// A metric as the text stored in a checkpoint.
std::string metric_text(double value);

// Whether a run has a checkpoint to resume from.
bool has_resume_state(const std::filesystem::path& run);
// Whether a run was killed while it wrote its first checkpoint. The run then starts over and repeats these steps.
bool ended_in_first_checkpoint(const std::filesystem::path& run);

// Whether a checkpoint of this step or a later one is on disk under all its names: for inference, and for resuming unless all
// resume files were deleted. Throws Error when the inference file is damaged.
bool is_saved_at(const std::filesystem::path& run, int64_t step);

// Loads the newest undamaged checkpoint (Optimiser::load); logs each damaged one it skips. Repairs `last` when the run was killed
// between writing a checkpoint and linking it. Empty when there is none. Throws Error when all are damaged, of another network or
// without an optimiser's state, and when `last.safetensors` is another file than the run saved.
std::optional<RunPosition> resume_from(const std::filesystem::path& checkpoints,
                                       const std::function<void(const Safetensors& state)>& load);

}  // namespace interprior
