#include "interprior/experiment/train_to_end.h"

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/experiment/stages.h"
#include "interprior/run/run_checkpoints.h"
#include "interprior/run/run_folder.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

std::string updated_config(const Stage& stage, const fs::path& recorded) {
  const std::string text = read_file(recorded);
  try {
    return stage.updated(text, recorded.string());
  } catch (const Error&) {
    return text;  // a key of it is gone: the difference names it
  }
}

void require_own_config(const Stage& stage, const StageConfig& config, const fs::path& run) {
  const fs::path recorded = run / "config.yaml";
  if (!fs::exists(recorded)) return;
  const auto difference = config_difference(updated_config(stage, recorded), config.dump());
  require(difference.empty(), "this folder holds a run of another config: " + (difference.empty() ? "" : difference.front()),
          run.string(), "choose another --run folder, or delete this one if nothing in it is wanted");
}

}  // namespace

TrainEnd train_to_end(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                      TrainOptions options) {
  const Stage& stage = stage_named(task, "task");
  const auto config = stage.read(base, set);
  const int64_t steps = config->fit().steps;
  const auto finished = [&] { return is_saved_at(options.run, steps) && last_validation(options.run) >= steps; };
  // Rank 0 alone looks at the folder, before it begins to write there.
  bool resume = false, done = false;
  if (options.communicator->leads() && fs::exists(options.run / "config.yaml")) {
    require_own_config(stage, *config, options.run);
    resume = true;
    done = finished();
  }
  options.resume = options.communicator->any(resume);
  if (options.communicator->any(done)) return {steps, steps};
  TrainEnd end = config->train(options);
  end.stopped = !options.communicator->any(options.communicator->leads() && finished());
  return end;
}

void require_own_run(const std::string& task, const std::string& base, const std::vector<std::string>& set, const fs::path& run) {
  const Stage& stage = stage_named(task, "task");
  require_own_config(stage, *stage.read(base, set), run);
}

}  // namespace interprior
