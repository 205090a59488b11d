#include <memory>

#include "commands.h"
#include "options.h"

namespace interprior {

void add_sweep(CLI::App& app) {
  const auto flags = std::make_shared<SweepFlags>();
  CLI::App* command = app.add_subcommand("sweep", "Train every cell of an ablation with every seed, and make one table");
  command->add_option("CONFIG", flags->config, "YAML file of the sweep (interprior explain --kind sweep)")->required();
  command
      ->add_option(
          "--base", flags->base,
          "config that every cell starts from, instead of the sweep's own; the stages' configs are in its folder. If it has "
          "the name of a stage (cues.yaml), the sweep ends at this stage")
      ->type_name("FILE");
  command->add_option("--until", flags->until, "end at this stage, and compare its metrics")->type_name("STAGE");
  command->add_option("--set", flags->set, "override for all cells, repeatable: a.b=c (last task), STAGE:a.b=c, all:a.b=c")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command
      ->add_option("--metric", flags->metrics,
                   "validation metric to tabulate (table_NAME.csv), repeatable; default: those of the sweep")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command->add_option("--run", flags->run, "folder of the runs; default: runs/sweeps/NAME of the config")->type_name("DIR");
  command->add_option("--only", flags->only, "train only this cell")->type_name("CELL");
  command->add_option("--seed", flags->seed, "train only this seed")->type_name("N");
  command->add_flag("--list", flags->list,
                    "check the plan, list finished and missing runs (of --only and --seed), and train nothing");
  add_device_flag(*command, flags->device);
  command->footer(
      "Finished runs are kept: the command can be stopped and repeated, or run in parallel with different --only and "
      "--seed.\nWrites "
      "table.csv, table.tex and report.html into the folder.");
  command->callback([flags] {
    block_user_signal();
    commands_on(flags->list ? "cpu" : flags->device).sweep(*flags);
  });
}

}  // namespace interprior
