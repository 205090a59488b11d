#include "interprior/experiment/train_to_end.h"

#include "interprior/base/atomic_file.h"
#include "interprior/base/error.h"
#include "interprior/model/checkpoint.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

template <Described Config>
bool train_config(const Config& config, const fs::path& run, c10::Device device,
                  void (*train)(const Config&, const TrainOptions&)) {
  const fs::path last = run / "checkpoints" / "last.safetensors", recorded = run / "config.yaml";
  TrainOptions options;
  options.run = run;
  options.device = device;
  options.resume = fs::exists(run / "checkpoints" / "last.resume.safetensors") && fs::exists(recorded);
  if (options.resume)
    require(config_difference(read_file(recorded), dump_config(config)).empty(),
            "this folder holds an unfinished run of another config", run.string(), "delete it, or choose another --run folder");
  else if (fs::exists(recorded))
    fs::remove_all(run);  // it ended before its first checkpoint
  train(config, options);
  return read_checkpoint_info(Safetensors(last)).step >= config.fit.steps;
}

template <Described Config>
Config config_of(const std::string& base, const std::vector<std::string>& set) {
  return base.empty() ? parse_config<Config>("", "defaults", set) : read_config<Config>(base, set);
}

}  // namespace

bool train_to_end(const std::string& task, const std::string& base, const std::vector<std::string>& set, const fs::path& run,
                  c10::Device device) {
  if (task == "prior") return train_config(config_of<PriorTrainConfig>(base, set), run, device, train_prior);
  if (task == "cues") return train_config(config_of<CueTrainConfig>(base, set), run, device, train_cues);
  require(task == "sampler", "there is no task '" + task + "'", "task", "known: prior, cues, sampler");
  return train_config(config_of<SamplerTrainConfig>(base, set), run, device, train_sampler);
}

}  // namespace interprior
