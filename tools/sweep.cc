#include <algorithm>
#include <c10/util/StringUtil.h>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/experiment/sweep.h"
#include "interprior/model/checkpoint.h"
#include "interprior/report/report.h"
#include "interprior/train/device.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

struct SweepFlags {
  std::string config, base, run, only, device;
  bool list = false;
};

// A config's base is written relative to where one works, or to the config itself.
std::string base_of(const SweepFlags& flags, const SweepConfig& config) {
  if (!flags.base.empty()) return flags.base;
  const fs::path beside = fs::path(flags.config).parent_path() / config.base;
  return config.base.empty() || fs::exists(config.base) || !fs::exists(beside) ? config.base : beside.string();
}

// True when the run has all its steps; false when it was asked to stop before. An unfinished run of the same config is resumed.
template <Described Config>
bool train_to_end(const std::string& base, const std::vector<std::string>& set, const fs::path& run, torch::Device device,
                  void (*train)(const Config&, const TrainOptions&)) {
  const Config config = base.empty() ? parse_config<Config>("", "defaults", set) : read_config<Config>(base, set);
  TrainOptions options;
  options.run = run;
  options.device = device;
  options.resume = fs::exists(run / "checkpoints" / "last.resume.safetensors");
  if (options.resume) {
    require(config_difference(read_file(run / "config.yaml"), dump_config(config)).empty(),
            "this folder holds an unfinished run of another config", run.string(), "delete it, or choose another --run folder");
  } else {
    fs::remove_all(run);  // it ended before its first checkpoint
  }
  train(config, options);
  return read_checkpoint_info(Safetensors(run / "checkpoints" / "last.safetensors")).step >= config.fit.steps;
}

const char* state_of(const SweepResult::Run& run) {
  return run.done ? "done" : !run.error.empty() ? "failed" : fs::exists(run.folder / "config.yaml") ? "unfinished" : "to do";
}

void print_list(const SweepResult& result) {
  Table table{"", {{"cell", "seed", "state", "folder"}}};
  for (const SweepResult::Run& run : result.runs)
    table.rows.push_back({run.cell, std::to_string(run.seed), state_of(run), run.folder.string()});
  std::fputs(text_table(table).c_str(), stdout);
}

void run_command(const SweepFlags& flags) {
  SweepConfig config = read_config<SweepConfig>(flags.config);
  config.base = base_of(flags, config);
  const fs::path folder = flags.run.empty() ? fs::path("runs/sweeps") / fs::path(flags.config).stem() : fs::path(flags.run);
  if (flags.list) return print_list(read_sweep(config, folder));

  const torch::Device device = device_named(flags.device);
  const TrainRun train = [&](const std::string& task, const std::string& base, const std::vector<std::string>& set,
                             const fs::path& run) {
    return task == "prior" ? train_to_end<PriorTrainConfig>(base, set, run, device, train_prior)
                           : train_to_end<SamplerTrainConfig>(base, set, run, device, train_sampler);
  };
  const SweepResult result = run_sweep(config, folder, flags.only, train);
  const Table table = sweep_table(config, result);
  write_file(folder / "table.csv", csv_table(table));
  write_file(folder / "table.tex", latex_table(table));
  log_info(c10::str("report: ", write_report(folder).string()));
  std::fputs(text_table(table).c_str(), stdout);

  const auto failed = std::count_if(result.runs.begin(), result.runs.end(),
                                    [](const SweepResult::Run& run) { return !run.done && !run.error.empty(); });
  const auto first = std::find_if(result.runs.begin(), result.runs.end(),
                                  [](const SweepResult::Run& run) { return !run.done && !run.error.empty(); });
  require(failed == 0, c10::str(failed, " of ", result.runs.size(), " runs failed; the first: ", failed == 0 ? "" : first->error),
          folder.string(), "mend it and run the sweep again");
}

}  // namespace

void add_sweep(CLI::App& app) {
  const auto flags = std::make_shared<SweepFlags>();
  CLI::App* command = app.add_subcommand("sweep", "Train every cell of an ablation with every seed, and make one table");
  command->add_option("CONFIG", flags->config, "YAML file of the sweep (interprior explain --kind sweep)")->required();
  command->add_option("--base", flags->base, "config that every cell starts from, instead of the sweep's own")->type_name("FILE");
  command->add_option("--run", flags->run, "folder of the runs; default: runs/sweeps/NAME of the config")->type_name("DIR");
  command->add_option("--only", flags->only, "train this cell alone")->type_name("CELL");
  command->add_flag("--list", flags->list, "say what is done and what is to do, and train nothing");
  add_device_flag(*command, flags->device);
  command->footer(
      "Finished runs are kept: stop it and start it again as you like.\nWrites table.csv, table.tex and report.html into the "
      "folder.");
  command->callback([flags] { run_command(*flags); });
}

}  // namespace interprior
