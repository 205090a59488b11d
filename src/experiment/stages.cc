#include "interprior/experiment/stages.h"

#include <c10/util/StringUtil.h>

#include <algorithm>

#include "input_check.h"
#include "interprior/base/error.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/model/backbone_weights.h"
#include "interprior/model/checkpoint.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"
#include "interprior/train/validation_names.h"
#include "stage_check.h"

namespace interprior {
namespace {

void require_none(const std::vector<std::string>& difference, const char* what, const std::string& where) {
  require(difference.empty(), c10::str(what, ": ", c10::Join("; ", difference)), where,
          "write the override for both stages, as cues+sampler:KEY=VALUE");
}

void check_prior(const PriorTrainConfig& config, const PlannedRun& run, StageCheck& chain) {
  const std::string hand = chain.hand_hash(config.hand);
  check_pattern_sources(config.data.train, config.data.validation);
  check_init(config.init);
  chain.plan(StageCheck::KnownPrior{checkpoint_of(run.folder).string(), dump_config(config.model), hand});
}

void check_cues(const CueTrainConfig& config, const PlannedRun& run, StageCheck& chain) {
  const std::string hand = chain.hand_hash(config.hand);
  const StageCheck::KnownPrior prior = chain.prior_of(config.prior, hand);
  check_pattern_sources(config.data.train, config.data.validation);
  check_init(config.init);
  chain.plan(StageCheck::KnownCues{checkpoint_of(run.folder).string(), prior.model, hand, config.prior, config.model});
}

void check_sampler(const SamplerTrainConfig& config, const PlannedRun&, StageCheck& chain) {
  const std::string hand = chain.hand_hash(config.hand);
  const StageCheck::KnownPrior prior = chain.prior_of(config.prior, hand);
  const SamplerDataConfig& data = config.data;
  require(!data.train.empty() || data.synthetic.count > 0, "`data.train` is not set", "",
          "list data sets as [{path: ROOT, split: train}], or set data.synthetic.count");
  if (!data.synthetic.patterns.path.empty())
    check_patterns(data.synthetic.patterns, data.synthetic.patterns.path, "data.synthetic.patterns.path");
  for (const ImageSource& source : data.train) check_images(source, "data.train");
  require(!data.validation.path.empty() || !data.train.empty(), "there is no image to validate on", "data.validation.path",
          "give a data set; rendered images are not validated on");
  ImageSource validation = data.validation;
  if (validation.path.empty()) validation.path = data.train.front().path;
  check_images(validation, "data.validation");
  check_init(config.init);
  require_there(config.trunk_weights, "trunk_weights");
  if (!config.trunk_weights.empty()) read_backbone_weights(config.trunk_weights, *make_backbone(config.model.extraction));
  if (config.cues.empty()) return;
  const StageCheck::KnownCues cues = chain.cues_of(config.cues);
  require(cues.hand_hash == hand, "the cue stage has another hand file", config.cues, "use one hand file in all stages");
  require_none(config_difference(cues.prior_model, prior.model), "the cue stage decodes with another prior than the sampler",
               config.cues);
  require(cues.prior_file.empty() || cues.prior_file == config.prior,
          c10::str("the cue stage decodes with ", cues.prior_file, ", the sampler with ", config.prior), "prior",
          "write the override for both stages, as cues+sampler:prior=FILE");
  require_none(cue_stage_difference(cues.model, config.model), "the cue stage trains another network than the sampler's",
               config.cues);
}

// best.safetensors is the checkpoint with the smallest value of this metric.
void require_validated(const std::string& metric, const std::vector<std::string>& names) {
  require(metric.empty() || std::find(names.begin(), names.end(), metric) != names.end(),
          "the validation has no metric '" + metric + "'", "fit.monitor", c10::str("it has ", c10::Join(", ", names)));
}

template <Described Config>
int64_t hypotheses_of(const Config& config) {
  if constexpr (requires { config.hypotheses; }) return config.hypotheses;
  return 1;
}

template <Described Config>
using Train = TrainEnd (*)(const Config&, const TrainOptions&);
template <Described Config>
using Check = void (*)(const Config&, const PlannedRun&, StageCheck& chain);
using ValidationNames = std::vector<std::string> (*)(int64_t hypotheses);

template <Described Config, Train<Config> train_task, Check<Config> check_inputs, ValidationNames names>
struct ConfigOf : StageConfig {
  static_assert(names != nullptr, "a stage names the metrics of its validation");
  Config config;

  const FitConfig& fit() const override { return config.fit; }
  std::string dump() const override { return dump_config(config); }
  TrainEnd train(const TrainOptions& options) const override {
    require_validated(config.fit.monitor, names(hypotheses_of(config)));
    return train_task(config, options);
  }

  static Config config_from(const std::string& base, const std::vector<std::string>& set) {
    return base.empty() ? parse_config<Config>("", "defaults", set) : read_config<Config>(base, set);
  }
  static std::unique_ptr<StageConfig> read(const std::string& base, const std::vector<std::string>& set) {
    auto stage = std::make_unique<ConfigOf>();
    stage->config = config_from(base, set);
    return stage;
  }
  static std::string updated(const std::string& yaml, const std::string& origin) {
    return dump_config(parse_stored_config<Config>(yaml, origin));
  }
  static std::vector<KeyDescription> keys() {
    Config config;
    return explain_fields(fields_of(config));
  }
  static void check(const PlannedRun& run, StageCheck& chain) {
    const Config config = config_from(run.base, run.set);
    chain.set_hypotheses(hypotheses_of(config));
    require_validated(config.fit.monitor, names(chain.hypotheses()));
    check_inputs(config, run, chain);
  }
  // Its entry in the table.
  static Stage entry(const StageListing& listing, bool evaluated_on_images, std::vector<std::string> sweep_metrics = {}) {
    return {listing, evaluated_on_images, std::move(sweep_metrics), read, updated, keys, names, check};
  }
};

using Prior = ConfigOf<PriorTrainConfig, train_prior, check_prior, prior_validation_names>;
using Cues = ConfigOf<CueTrainConfig, train_cues, check_cues, cue_validation_names>;
using SamplerStage = ConfigOf<SamplerTrainConfig, train_sampler, check_sampler, sampler_validation_names>;

std::vector<Stage> table() {
  return {Prior::entry(kPriorStage, false, {"prior_joint_error_mm", "active_dimensions"}), Cues::entry(kCueStage, true),
          SamplerStage::entry(kSamplerStage, true)};
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
