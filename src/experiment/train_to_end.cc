#include "interprior/experiment/train_to_end.h"

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/model/checkpoint.h"
#include "interprior/train/run_checkpoints.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

template <Described Config>
bool train_config(const Config& config, TrainOptions options, void (*train)(const Config&, const TrainOptions&)) {
  const fs::path last = options.run / "checkpoints" / "last.safetensors", recorded = options.run / "config.yaml";
  const auto finished = [&] { return fs::exists(last) && read_checkpoint_info(Safetensors(last)).step >= config.fit.steps; };
  // What lies there is for one process to look at, before it begins to write.
  bool resume = false, done = false;
  if (options.together->leads() && fs::exists(recorded)) {
    const auto difference = config_difference(read_file(recorded), dump_config(config));
    require(difference.empty(), "this folder holds a run of another config: " + (difference.empty() ? "" : difference.front()),
            options.run.string(), "choose another --run folder, or delete this one if nothing in it is wanted");
    resume = true;
    done = finished();
  }
  options.resume = options.together->any(resume);
  if (options.together->any(done)) return true;
  train(config, options);
  return options.together->any(options.together->leads() && finished());
}

template <Described Config>
Config config_of(const std::string& base, const std::vector<std::string>& set) {
  return base.empty() ? parse_config<Config>("", "defaults", set) : read_config<Config>(base, set);
}

}  // namespace

bool train_to_end(const std::string& task, const std::string& base, const std::vector<std::string>& set, TrainOptions options) {
  if (task == "prior") return train_config(config_of<PriorTrainConfig>(base, set), options, train_prior);
  if (task == "cues") return train_config(config_of<CueTrainConfig>(base, set), options, train_cues);
  require(task == "sampler", "there is no task '" + task + "'", "task", "known: prior, cues, sampler");
  return train_config(config_of<SamplerTrainConfig>(base, set), options, train_sampler);
}

}  // namespace interprior
