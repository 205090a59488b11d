#include <memory>

#include "commands.h"
#include "options.h"

namespace interprior {

void add_sample(CLI::App& app) {
  const auto flags = std::make_shared<SampleFlags>();
  CLI::App* command = app.add_subcommand("sample", "Sample two-hand interactions from a trained prior, as patterns.h5");
  command->add_option("PRIOR", flags->checkpoint, "checkpoint of a prior")->required();
  command->add_option("--out", flags->out, "the patterns.h5 to write")->required()->type_name("FILE");
  command->add_option("--count", flags->count, "number of patterns")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{10000000}));
  command->add_option("--seed", flags->seed, "random seed; sample N does not depend on --count")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--temperature", flags->temperature,
                   "standard deviation of the noise: below 1 samples are more likely and less diverse; default: the checkpoint's")
      ->type_name("T")
      ->check(CLI::Range(0.01, 3.0));
  command
      ->add_option("--interpolate", flags->interpolate,
                   "instead of independent samples: --count steps from sample A to sample B of the seed (numbered from 0)")
      ->type_name("A B")
      ->expected(2)
      ->check(CLI::Range(int64_t{0}, int64_t{1000000000}));
  command->add_option("--draw", flags->draw, "folder for an image of the first 40 samples, and GLB meshes of the first 24")
      ->type_name("FOLDER");
  command->add_option("--hand", flags->hand, "hand.h5; default: that of the prior's training")->type_name("FILE");
  add_device_flag(*command, flags->device);
  command->callback([flags] { commands_on(flags->device).sample(*flags); });
}

}  // namespace interprior
