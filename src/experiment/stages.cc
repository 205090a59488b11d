#include "interprior/experiment/stages.h"

#include <c10/util/StringUtil.h>

#include <algorithm>

#include "interprior/base/error.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"
#include "interprior/train/validation_names.h"
#include "stage_check.h"

namespace interprior {
namespace {

template <Described Config>
using Train = TrainEnd (*)(const Config&, const TrainOptions&);

template <Described Config, Train<Config> train_task>
struct ConfigOf : StageConfig {
  Config config;

  const FitConfig& fit() const override { return config.fit; }
  std::string dump() const override { return dump_config(config); }
  TrainEnd train(const TrainOptions& options) const override { return train_task(config, options); }

  static std::unique_ptr<StageConfig> read(const std::string& base, const std::vector<std::string>& set) {
    auto stage = std::make_unique<ConfigOf>();
    stage->config = base.empty() ? parse_config<Config>("", "defaults", set) : read_config<Config>(base, set);
    return stage;
  }
  static std::string updated(const std::string& yaml, const std::string& origin) {
    return dump_config(parse_stored_config<Config>(yaml, origin));
  }
  static std::vector<KeyDescription> keys() {
    Config config;
    return explain_fields(fields_of(config));
  }
};

using Prior = ConfigOf<PriorTrainConfig, train_prior>;
using Cues = ConfigOf<CueTrainConfig, train_cues>;
using SamplerStage = ConfigOf<SamplerTrainConfig, train_sampler>;

std::vector<Stage> table() {
  return {{kPriorStage,
           false,
           {"prior_joint_error_mm", "active_dimensions"},
           Prior::read,
           Prior::updated,
           Prior::keys,
           prior_validation_names,
           &StageCheck::check_prior},
          {kCueStage, true, {}, Cues::read, Cues::updated, Cues::keys, cue_validation_names, &StageCheck::check_cues},
          {kSamplerStage,
           true,
           {},
           SamplerStage::read,
           SamplerStage::updated,
           SamplerStage::keys,
           sampler_validation_names,
           &StageCheck::check_sampler}};
}

}  // namespace

const std::vector<Stage>& stages() {
  static const std::vector<Stage> all = table();
  return all;
}

std::vector<std::string> stage_names() {
  std::vector<std::string> names;
  for (const Stage& stage : stages()) names.push_back(stage.name);
  return names;
}

std::vector<std::string> checkpoint_overrides(const std::string& stage, const StageCheckpoints& earlier) {
  const std::vector<KeyDescription> keys = stage_named(stage).keys();
  std::vector<std::string> overrides;
  for (const auto& one : earlier)
    if (std::any_of(keys.begin(), keys.end(), [&](const KeyDescription& key) { return key.key == one.first; }))
      overrides.push_back(one.first + "=" + one.second.string());
  return overrides;
}

const Stage& stage_named(const std::string& name, const std::string& where) {
  for (const Stage& stage : stages())
    if (stage.name == name) return stage;
  const std::vector<std::string> names = stage_names();
  const std::string near = nearest_word(name, names);
  throw Error("there is no stage '" + name + "'", where,
              near.empty() ? c10::str("known: ", c10::Join(", ", names)) : "did you mean " + near + "?");
}

}  // namespace interprior
