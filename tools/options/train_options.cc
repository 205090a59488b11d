#include <memory>

#include "commands.h"
#include "interprior/experiment/stage_list.h"
#include "options.h"

namespace interprior {
namespace {

void add_run_flags(CLI::App& command, TrainFlags& flags) {
  add_set_flag(command, flags.set);
  command.add_option("--run", flags.run, "folder of the run: config, log, TensorBoard events, checkpoints, report.html")
      ->capture_default_str()
      ->type_name("DIR");
  command.add_flag("--resume", flags.resume,
                   "continue the run in --run from its last state, with the same batches as without the stop");
  add_accept_flag(command, flags.accept);
  add_device_flag(command, flags.device);
}

void train(const TrainFlags& flags) {
  block_user_signal();
  commands_on(flags.device).train(flags);
}

void add_stage(CLI::App& command, const StageListing& stage) {
  const auto flags = std::make_shared<TrainFlags>();
  flags->stage = stage.name;
  flags->run = std::string("runs/") + stage.name;
  CLI::App* task = command.add_subcommand(stage.name, stage.summary);
  task->add_option("CONFIG", flags->config, "YAML file with the keys that differ from the defaults; none: the defaults");
  add_run_flags(*task, *flags);
  task->add_option("--stop-after", flags->stop_after, "stop at this step of the run, to be resumed later")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  task->add_option("--replay", flags->replay, "report losses and gradients of the batch that a run stopped at (RUN/faults/FILE)")
      ->type_name("FILE");
  task->callback([flags] { train(*flags); });
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* command = app.add_subcommand("train", "Train the interaction prior, or the sampler that reconstructs from images");
  command->require_subcommand(1);
  for (const StageListing& stage : kStageList) add_stage(*command, stage);
  const auto flags = std::make_shared<TrainFlags>();
  flags->run = "runs/all";
  CLI::App* all = command->add_subcommand("all", "Train all stages one after the other: " + stages_text());
  all->add_option("CONFIGS", flags->config, "folder of prior.yaml, cues.yaml and sampler.yaml, such as configs/quickstart")
      ->required();
  add_run_flags(*all, *flags);
  all->footer("--set all:hand=hand.h5, --set prior+cues:data.train.path=patterns.h5, --set a.b=c for the last stage.");
  all->callback([flags] { train(*flags); });
  command->footer(
      "SIGTERM, SIGHUP, SIGUSR1 or Ctrl-C saves and stops; --resume continues. Exit code 130 after Ctrl-C.\nSeveral processes: "
      "torchrun "
      "--no-python, srun or mpirun before the command (docs/training.md).\nEvery key: interprior explain --kind KIND (" +
      stages_text() + ")");
}

}  // namespace interprior
