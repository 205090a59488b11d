#include <c10/util/StringUtil.h>

#include <cstdio>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/log.h"
#include "interprior/base/stop_signal.h"
#include "interprior/base/table.h"
#include "interprior/distributed/launch.h"
#include "interprior/experiment/stages.h"
#include "interprior/experiment/train_stages.h"
#include "interprior/report/report.h"
#include "interprior/run/run_folder.h"
#include "interprior/train/device.h"
#include "run_commands.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// Prints the run folder, the checkpoint and the metrics of the last validation.
void print_outcome(const std::filesystem::path& run) {
  LogLine validation;
  for (const LogLine& line : read_log(run))
    if (line.group == "validation") validation = line;
  std::printf("run         %s\n", run.c_str());
  std::printf("checkpoint  %s\n", (run / "checkpoints" / "last.safetensors").c_str());
  for (const auto& [name, value] : validation.values)
    if (value != 0 || name.rfind("implausible_", 0) != 0)
      std::printf("validation  %s %s (step %lld)\n", name.c_str(), number(value).c_str(),
                  static_cast<long long>(validation.step));
}

void meet(const Launch& launch, double timeout_minutes, TrainOptions& options) {
  if (launch.rank > 0) set_log_level(LogLevel::warning);  // only rank 0 logs
  options.communicator = std::make_shared<Communicator>(launch, options.device, 60 * timeout_minutes);
  log_info(c10::str(launch.ranks, " processes, started by ", launch.by, ", this one on ", options.device.str()));
}

// Resumes when torchrun has restarted the processes of this run, detected by its job id in RUN/.job. (TORCHELASTIC_RESTART_COUNT
// is only known on torchrun's own machine.)
void go_on_after_restart(const Launch& launch, TrainOptions& options) {
  options.job = launch.job;
  bool own = false;
  if (options.communicator->leads() && !launch.job.empty() && fs::exists(options.run / ".job"))
    own = read_file(options.run / ".job") == launch.job;
  if (options.communicator->any(own)) options.resume = true;
}

// RUN/stopped exists when a signal stopped the run before its end; for scripts that resubmit a job.
void mark_whether_stopped(const fs::path& run, const TrainEnd& end) {
  if (end.stopped)
    write_file(run / "stopped", stop_text(end) + "\n");
  else
    fs::remove(run / "stopped");
}

// Ctrl-C ends with Interrupted (exit code 130); SLURM's signals end normally.
void end_run(const TrainEnd& end) {
  if (end.interrupted) throw Interrupted(stop_text(end));
  if (end.stopped) log_info(stop_text(end));
}

// Trains as one of the launched processes; rank 0 then calls `report`.
void train_in_processes(const TrainFlags& flags, double timeout_minutes,
                        const std::function<TrainEnd(const TrainOptions&)>& train, const std::function<void()>& report) {
  [[maybe_unused]] static const auto* const held = new HeldUserSignal;  // until the process ends
  TrainOptions options;
  options.run = flags.run;
  options.resume = flags.resume;
  options.stop_after = flags.stop_after;
  options.accept = flags.accept;
  const Launch launch = read_launch();
  try {
    options.device = device_of_rank(flags.device, launch);
  } catch (const std::exception& problem) {
    Communicator::report_absence(launch, problem.what());
    throw;
  }
  if (launch.ranks > 1) meet(launch, timeout_minutes, options);
  go_on_after_restart(launch, options);
  TrainEnd end;
  try {
    end = train(options);
  } catch (const std::exception& problem) {
    options.communicator->fail(problem.what());
    throw;
  }
  options.communicator->finish();
  if (options.communicator->leads()) {
    report();
    mark_whether_stopped(flags.run, end);
  }
  end_run(end);
}

void print_replay(const StageConfig& config, const TrainFlags& flags) {
  std::string text;
  TrainOptions options;
  options.device = device_named(flags.device);
  options.replay = flags.replay;
  options.replayed = &text;
  config.train(options);
  std::fputs(text.c_str(), stdout);
}

void train_stage(const TrainFlags& flags) {
  const auto config = stage_named(flags.stage).read(flags.config, flags.set);
  if (!flags.replay.empty()) return print_replay(*config, flags);
  train_in_processes(
      flags, config->fit().timeout_minutes, [&](const TrainOptions& options) { return config->train(options); },
      [&] {
        log_info(c10::str("report: ", write_report(flags.run).string()));
        print_outcome(flags.run);
      });
}

void train_all(const TrainFlags& flags) {
  const std::vector<std::string> stages = stages_in(flags.config);
  train_in_processes(
      flags, FitConfig().timeout_minutes,
      [&](const TrainOptions& options) { return train_stages(flags.config, flags.set, options); },
      [&] {
        for (const std::string& stage : stages) {
          const fs::path run = fs::path(flags.run) / stage;
          if (!is_run_folder(run)) continue;
          log_info(c10::str("report: ", write_report(run).string()));
          print_outcome(run);
        }
      });
}

}  // namespace

void train(const TrainFlags& flags) { flags.stage.empty() ? train_all(flags) : train_stage(flags); }

}  // namespace interprior
