#include "interprior/experiment/train_to_end.h"

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/run/run_checkpoints.h"
#include "interprior/run/run_folder.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// A recorded config as this version would have recorded it: keys that came since have their defaults.
template <Described Config>
std::string with_new_keys(const fs::path& recorded) {
  const std::string text = read_file(recorded);
  try {
    return dump_config(parse_config<Config>(text, recorded.string()));
  } catch (const Error&) {
    return text;  // of another version, with keys that are gone; the difference names them
  }
}

template <Described Config>
void require_own_config(const Config& config, const fs::path& run) {
  const fs::path recorded = run / "config.yaml";
  if (!fs::exists(recorded)) return;
  const auto difference = config_difference(with_new_keys<Config>(recorded), dump_config(config));
  require(difference.empty(), "this folder holds a run of another config: " + (difference.empty() ? "" : difference.front()),
          run.string(), "choose another --run folder, or delete this one if nothing in it is wanted");
}

template <Described Config>
TrainEnd train_config(const Config& config, TrainOptions options, TrainEnd (*train)(const Config&, const TrainOptions&)) {
  const auto finished = [&] {
    return is_saved_at(options.run, config.fit.steps) && last_measured(options.run) >= config.fit.steps;
  };
  // What lies there is for one process to look at, before it begins to write.
  bool resume = false, done = false;
  if (options.together->leads() && fs::exists(options.run / "config.yaml")) {
    require_own_config(config, options.run);
    resume = true;
    done = finished();
  }
  options.resume = options.together->any(resume);
  if (options.together->any(done)) return {config.fit.steps, config.fit.steps};
  TrainEnd end = train(config, options);
  end.stopped = !options.together->any(options.together->leads() && finished());
  return end;
}

template <Described Config>
Config config_of(const std::string& base, const std::vector<std::string>& set) {
  return base.empty() ? parse_config<Config>("", "defaults", set) : read_config<Config>(base, set);
}

}  // namespace

TrainEnd train_to_end(const std::string& task, const std::string& base, const std::vector<std::string>& set,
                      TrainOptions options) {
  if (task == "prior") return train_config(config_of<PriorTrainConfig>(base, set), options, train_prior);
  if (task == "cues") return train_config(config_of<CueTrainConfig>(base, set), options, train_cues);
  require(task == "sampler", "there is no task '" + task + "'", "task", "known: prior, cues, sampler");
  return train_config(config_of<SamplerTrainConfig>(base, set), options, train_sampler);
}

void require_own_run(const std::string& task, const std::string& base, const std::vector<std::string>& set, const fs::path& run) {
  if (task == "prior") return require_own_config(config_of<PriorTrainConfig>(base, set), run);
  if (task == "cues") return require_own_config(config_of<CueTrainConfig>(base, set), run);
  require_own_config(config_of<SamplerTrainConfig>(base, set), run);
}

}  // namespace interprior
