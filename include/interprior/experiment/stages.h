#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "interprior/base/config/config.h"
#include "interprior/experiment/stage_list.h"
#include "interprior/train/fit_config.h"
#include "interprior/train/train_options.h"

namespace interprior {

class StageCheck;
struct PlannedRun;

// Config of a run of a stage, type-erased.
class StageConfig {
 public:
  virtual ~StageConfig() = default;
  virtual const FitConfig& fit() const = 0;
  virtual std::string dump() const = 0;
  virtual TrainEnd train(const TrainOptions& options) const = 0;
};

// One stage of training. The table of stages is the only list of them: the commands `train STAGE`, `train all`, `sweep`,
// `explain`, `inspect` and `evaluate` follow from it.
struct Stage : StageListing {
  bool evaluated_on_images;  // `evaluate` measures its checkpoints on images; otherwise on patterns
  // Metrics of a sweep that ends at this stage; empty: those of its config.
  std::vector<std::string> sweep_metrics;

  std::unique_ptr<StageConfig> (*read)(const std::string& base,
                                       const std::vector<std::string>& set);  // throws Error; base "": defaults
  // Converts a recorded config to this version: renamed keys under their new names, added keys with their defaults.
  std::string (*updated)(const std::string& yaml, const std::string& origin);
  std::vector<KeyDescription> (*keys)();
  // Names of the metrics that its validation logs; `hypotheses`: K per validation sample.
  std::vector<std::string> (*validation_names)(int64_t hypotheses);
  void (*check)(const PlannedRun& run, StageCheck& chain);  // of its inputs, before the first stage of a chain is trained
};

// In order of training. A stage takes the checkpoints of earlier stages through config keys of their names.
const std::vector<Stage>& stages();
std::vector<std::string> stage_names();

// Checkpoint files of stages that were trained before, by stage.
using StageCheckpoints = std::vector<std::pair<std::string, std::filesystem::path>>;
// The overrides that give them to a stage: `prior=FILE` where its config has the key `prior`.
std::vector<std::string> checkpoint_overrides(const std::string& stage, const StageCheckpoints& earlier);

// Throws Error at `where` with the nearest name.
const Stage& stage_named(const std::string& name, const std::string& where = "");

}  // namespace interprior
