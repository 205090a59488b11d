#pragma once
#include <string>

#include "batch_split.h"
#include "interprior/run/run_checkpoints.h"
#include "interprior/run/run_folder.h"
#include "interprior/train/fit_config.h"
#include "interprior/train/train_options.h"
#include "optimiser.h"

// What a run does before its first step.
namespace interprior {

// Throws Error, in every process, when one has another config or other data than rank 0.
void require_same_run(const std::string& resolved_config, const std::string& data, const TrainOptions& options);
// Records the job that would restart this run in RUN/.job.
void record_job(const RunFolder& run, const TrainOptions& options);
// Leaves a core to each loader thread when the network runs on the CPU: two parallel regions on one core wait for each other.
// OMP_NUM_THREADS takes precedence.
void share_cores(torch::Device device, int64_t workers);
// Logs a GPU's precision settings.
void describe_device(torch::Device device, const FitConfig& config);
// Resumes from the run's newest undamaged checkpoint, or starts at step 0; the same in every process. Logs when the number of
// processes or the batch differs from the checkpoint's.
RunPosition starting_position(const RunFolder& run, Optimiser& optimiser, const BatchSplit& split, const TrainOptions& options);

}  // namespace interprior
