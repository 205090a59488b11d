#include <filesystem>
#include <memory>

#include "commands.h"
#include "inspection/inspection.h"
#include "interprior/base/error.h"
#include "options.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// A file of weights is described by its header, without LibTorch.
bool needs_only_a_header(const InspectFlags& flags) {
  std::error_code ignored;
  return fs::path(flags.path).extension() == ".safetensors" && !fs::is_directory(flags.path, ignored) && flags.draw.empty() &&
         flags.heatmaps.empty();
}

void inspect_header(const InspectFlags& flags) {
  try {
    require_present(flags.path);
    print_inspection(inspect_safetensors(flags.path), flags.json);
  } catch (const Error& problem) {
    throw FrontError(problem.what());
  }
}

}  // namespace

void add_inspect(CLI::App& app) {
  const auto flags = std::make_shared<InspectFlags>();
  CLI::App* command =
      app.add_subcommand("inspect", "Describe a file or folder: counts, usable samples, reasons for skipped samples");
  command
      ->add_option("PATH", flags->path,
                   "data root, images.h5, hand.h5, patterns.h5, poses.h5, hands.h5, features.h5, keypoints.json, *.safetensors, "
                   "run or sweep")
      ->required();
  command->add_option("--split", flags->split, "split of a data root: train, val, test or all")
      ->capture_default_str()
      ->type_name("NAME");
  command->add_option("--hand", flags->hand, "hand.h5 of the set: adds statistics, and compares MANO with annotated joints")
      ->type_name("FILE");
  command->add_option("--heatmaps", flags->heatmaps, "also draw one sample's heatmap targets of all kinds (needs --hand)")
      ->type_name("FILE.jpg");
  command->add_option("--sample", flags->sample, "sample for --heatmaps; default: the first usable one")->type_name("SPLIT/FILE");
  command->add_option("--draw", flags->draw, "also draw some training samples: crop, joints, box, masks, H (needs --hand)")
      ->type_name("DIR");
  command->add_option("--count", flags->count, "number of samples for --draw, evenly spaced over the data set")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--seed", flags->seed, "random seed of their augmentation")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", flags->json, "print one JSON object and nothing else");
  command->callback([flags] { needs_only_a_header(*flags) ? inspect_header(*flags) : commands().inspect(*flags); });
}

}  // namespace interprior
