#include <cstdio>

#include "health.h"
#include "inspections.h"
#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/interhand/interhand.h"
#include "interprior/experiment/sweep.h"
#include "interprior/run/run_folder.h"
#include "run_commands.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

Json inspect_folder(const fs::path& path, const std::string& split, const std::string& hand) {
  if (is_interhand_root(path)) return inspect_images(path, split, hand);
  if (is_sweep_folder(path)) return inspect_sweep(path);
  if (is_run_folder(path)) return inspect_run(path);
  throw Error("this folder is neither an InterHand2.6M root nor a run or a sweep", path.string(),
              "a data root holds annotations/ and images/, a run holds config.yaml and log.jsonl");
}

Json inspect_file(const fs::path& path, const std::string& split, const std::string& hand) {
  if (path.extension() == ".safetensors") return inspect_safetensors(path);
  if (path.extension() == ".json") return inspect_keypoints(path, hand);
  const std::string format = tensor_file_format(path);
  if (format == "interprior.images") return inspect_images(path, split, hand);
  if (format == "interprior.hand") return inspect_hand(path);
  if (format == "interprior.patterns") return inspect_patterns(path, hand);
  if (format == "interprior.poses") return inspect_poses(path, hand);
  if (format == "interprior.hands") return inspect_hands(path, hand);
  if (format == "interprior.features") return inspect_features(path);
  throw Error("this is not a file of interprior", path.string(),
              "inspect knows *.safetensors, keypoints.json and the HDF5 files hand, patterns, poses, hands, images and features");
}

}  // namespace

void inspect(const InspectFlags& flags) {
  require_present(flags.path);
  const Json object = fs::is_directory(flags.path) ? inspect_folder(flags.path, flags.split, flags.hand)
                                                   : inspect_file(flags.path, flags.split, flags.hand);
  if (!flags.heatmaps.empty()) draw_heatmaps_of(flags.path, flags.split, flags.sample, flags.hand, flags.heatmaps);
  if (!flags.draw.empty()) draw_samples_of(flags.path, flags.split, flags.hand, flags.count, flags.seed, flags.draw);
  print_inspection(object, flags.json);
  if (!flags.json) std::fputs(health_text(object).c_str(), stdout);
}

}  // namespace interprior
