#include <c10/util/StringUtil.h>

#include <algorithm>
#include <map>
#include <optional>

#include "interprior/base/error.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/hand/mano_model.h"
#include "interprior/model/checkpoint.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"
#include "interprior/train/validation_names.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

void require_there(const std::string& path, const char* key) {
  std::error_code ignored;
  require(path.empty() || fs::exists(path, ignored), "there is no such file or folder", c10::str(key, ": ", path),
          "check the path");
}

void require_given(const std::string& path, const char* key) {
  require(!path.empty(), c10::str("`", key, "` is not given"), "",
          c10::str("set it in the config, in the sweep's set, or by --set all:", key, "=FILE"));
  require_there(path, key);
}

// A prior that a later stage decodes with: trained before the sweep, or to be trained by it.
struct KnownPrior {
  std::string file, model, hand_hash;
};
struct KnownCues {
  std::string file, prior_model, hand_hash, prior_file;  // prior_file: "" where it was trained before the sweep
  SamplerConfig model;
};

// The runs of one cell, one after the other.
class CellCheck {
 public:
  explicit CellCheck(std::map<std::string, std::string>& hand_hashes) : hand_hashes_(hand_hashes) {}

  // Draws of each held-out sample in the last run that was checked.
  int64_t hypotheses() const { return hypotheses_; }

  void check(const PlannedRun& run) {
    if (run.task == "prior")
      check_prior(run);
    else if (run.task == "cues")
      check_cues(run);
    else
      check_sampler(run);
  }

 private:
  template <Described Config>
  static Config config_of(const PlannedRun& run) {
    return run.base.empty() ? parse_config<Config>("", "defaults", run.set) : read_config<Config>(run.base, run.set);
  }

  void check_prior(const PlannedRun& run) {
    const auto config = config_of<PriorTrainConfig>(run);
    check_patterns(config.data.train, config.data.validation);
    require_there(config.init, "init");
    prior_ = {checkpoint_of(run.folder).string(), dump_config(config.model), hand_hash(config.hand)};
  }

  void check_cues(const PlannedRun& run) {
    const auto config = config_of<CueTrainConfig>(run);
    hypotheses_ = config.hypotheses;
    const std::string hand = hand_hash(config.hand);
    const KnownPrior prior = prior_of(config.prior, hand);
    check_patterns(config.data.train, config.data.validation);
    require_there(config.init, "init");
    cues_ = {checkpoint_of(run.folder).string(), prior.model, hand, config.prior, config.model};
  }

  void check_sampler(const PlannedRun& run) {
    const auto config = config_of<SamplerTrainConfig>(run);
    hypotheses_ = config.hypotheses;
    const std::string hand = hand_hash(config.hand);
    const KnownPrior prior = prior_of(config.prior, hand);
    require(!config.data.train.empty() || config.data.synthetic.count > 0, "`data.train` is not given", "",
            "list data sets as [{path: ROOT, split: train}], or set data.synthetic.count");
    require_there(config.data.synthetic.patterns.path, "data.synthetic.patterns.path");
    for (const ImageSource& source : config.data.train) require_given(source.path, "data.train");
    require_there(config.data.validation.path, "data.validation.path");
    require_there(config.init, "init");
    require_there(config.trunk_weights, "trunk_weights");
    if (config.cues.empty()) return;
    const KnownCues cues = cues_of(config.cues);
    require(cues.hand_hash == hand, "the cue stage has another hand file", config.cues, "use one hand file in all stages");
    require_none(config_difference(cues.prior_model, prior.model), "the cue stage decodes with another prior than the sampler",
                 config.cues);
    require(cues.prior_file.empty() || cues.prior_file == config.prior,
            c10::str("the cue stage decodes with ", cues.prior_file, ", the sampler with ", config.prior), "prior",
            "write the override for both stages, as cues+sampler:prior=FILE");
    require_none(cue_stage_difference(cues.model, config.model), "the cue stage trains another network than the sampler's",
                 config.cues);
  }

  static void require_none(const std::vector<std::string>& difference, const char* what, const std::string& where) {
    require(difference.empty(), c10::str(what, ": ", c10::Join("; ", difference)), where,
            "write the override for both stages, as cues+sampler:KEY=VALUE");
  }

  std::string hand_hash(const std::string& file) {
    require_given(file, "hand");
    const auto [entry, fresh] = hand_hashes_.emplace(file, "");
    if (fresh) entry->second = read_hand_model(file).hash;
    return entry->second;
  }

  static void check_patterns(const PatternSource& train, const PatternSource& validation) {
    require_given(train.path, "data.train.path");
    require_there(validation.path, "data.validation.path");
    for (const PatternSource* source : {&train, &validation})
      if (const std::string& path = source->path.empty() ? train.path : source->path; !source->modality.empty())
        require_modalities(source->modality, read_modalities(path), path);
  }

  // The prior that a checkpoint holds or will hold, of the same hand.
  KnownPrior prior_of(const std::string& file, const std::string& hand) const {
    KnownPrior prior;
    if (prior_ && prior_->file == file) {
      prior = *prior_;
    } else {
      require_given(file, "prior");
      const CheckpointInfo info = read_checkpoint_info(Safetensors(file), "prior");
      prior = {file, info.prior_model, info.hand_hash};
    }
    require(prior.hand_hash == hand, "the prior has another hand file", file, "use one hand file in all stages");
    return prior;
  }

  KnownCues cues_of(const std::string& file) const {
    if (cues_ && cues_->file == file) return *cues_;
    require_there(file, "cues");
    const CheckpointInfo info = read_checkpoint_info(Safetensors(file), "cues");
    return {file, info.prior_model, info.hand_hash, "", parse_config<SamplerConfig>(info.sampler_model, file)};
  }

  std::map<std::string, std::string>& hand_hashes_;
  int64_t hypotheses_ = 1;
  std::optional<KnownPrior> prior_;
  std::optional<KnownCues> cues_;
};

}  // namespace

void check_plan(const SweepConfig& config, const fs::path& folder) {
  config.check();
  std::map<std::string, std::string> hand_hashes;
  for (const SweepCell& cell : config.cells) {
    CellCheck check(hand_hashes);
    // Seeds change numbers, not configs.
    for (const PlannedRun& run : planned_runs(config, cell, config.seeds.front(), folder)) try {
        check.check(run);
      } catch (const Error& error) {
        throw Error(error.what(), c10::str("cell ", cell.name, ", ", run.task));
      }
    const std::vector<std::string> names = validation_names(config.task, check.hypotheses());
    for (const std::string& metric : config.shown_metrics())
      require(std::find(names.begin(), names.end(), metric) != names.end(),
              c10::str("the validation of the ", config.task, " has no number '", metric, "'"), "cell " + cell.name,
              c10::str("it has ", c10::Join(", ", names)));
  }
}

}  // namespace interprior
