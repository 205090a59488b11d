#include <c10/util/StringUtil.h>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "interprior/base/log.h"
#include "interprior/metric/table.h"
#include "interprior/report/report.h"
#include "interprior/train/device.h"
#include "interprior/train/run_folder.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"

namespace interprior {
namespace {

struct TrainFlags {
  std::string config, run, device;
  std::vector<std::string> set;
  bool resume = false;
  int64_t stop_after = 0;
};

// The run in one line each: where it is, and the last numbers of its validation.
void print_outcome(const std::filesystem::path& run) {
  LogLine validation;
  for (const LogLine& line : read_log(run))
    if (line.group == "validation") validation = line;
  std::printf("run         %s\n", run.c_str());
  std::printf("checkpoint  %s\n", (run / "checkpoints" / "last.safetensors").c_str());
  for (const auto& [name, value] : validation.values)
    std::printf("validation  %s %s (step %lld)\n", name.c_str(), number(value).c_str(), static_cast<long long>(validation.step));
}

template <Described Config>
void train(const TrainFlags& flags, void (*train_task)(const Config&, const TrainOptions&)) {
  const Config config =
      flags.config.empty() ? parse_config<Config>("", "defaults", flags.set) : read_config<Config>(flags.config, flags.set);
  TrainOptions options;
  options.run = flags.run;
  options.resume = flags.resume;
  options.stop_after = flags.stop_after;
  options.device = device_named(flags.device);
  train_task(config, options);
  log_info(c10::str("report: ", write_report(options.run).string()));
  print_outcome(options.run);
}

template <Described Config>
void add_task(CLI::App& command, const char* name, const char* description,
              void (*train_task)(const Config&, const TrainOptions&)) {
  const auto flags = std::make_shared<TrainFlags>();
  flags->run = std::string("runs/") + name;
  CLI::App* task = command.add_subcommand(name, description);
  task->add_option("CONFIG", flags->config, "YAML file with what differs from the defaults; none: the defaults");
  add_set_flag(*task, flags->set);
  task->add_option("--run", flags->run, "folder of the run: config, log, TensorBoard events, checkpoints, report.html")
      ->capture_default_str()
      ->type_name("DIR");
  task->add_flag("--resume", flags->resume, "go on with the run that lies in --run, exactly as if it had not stopped");
  task->add_option("--stop-after", flags->stop_after, "stop when the run has this many steps, to be resumed later")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  add_device_flag(*task, flags->device);
  task->callback([flags, train_task] { train<Config>(*flags, train_task); });
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* command = app.add_subcommand("train", "Train the interaction prior, or the sampler that reconstructs from pictures");
  command->require_subcommand(1);
  add_task<PriorTrainConfig>(*command, "prior", "Train the VAE over two-hand interactions on a patterns.h5", train_prior);
  add_task<CueTrainConfig>(*command, "cues", "Train fusion and sampling on cues computed from a patterns.h5, without pictures",
                           train_cues);
  add_task<SamplerTrainConfig>(*command, "sampler", "Train the image network that samples a trained prior", train_sampler);
  command->footer("SIGTERM or Ctrl-C saves and stops; --resume goes on.\nEvery key: interprior explain --kind prior|cues|sampler");
}

}  // namespace interprior
