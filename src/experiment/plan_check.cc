#include <c10/util/StringUtil.h>

#include <algorithm>

#include "interprior/base/error.h"
#include "interprior/experiment/stages.h"
#include "stage_check.h"

namespace interprior {

void check_plan(const SweepConfig& config, const std::filesystem::path& folder) {
  config.check();
  std::map<std::string, std::string> hand_hashes;
  for (const SweepCell& cell : config.cells) {
    StageCheck check(hand_hashes);
    // The configs of all seeds are equal except for the seed: one is checked.
    for (const PlannedRun& run : planned_runs(config, cell, config.seeds.front(), folder)) try {
        check.check(run);
      } catch (const Error& error) {
        throw Error(error.what(), c10::str("cell ", cell.name, ", ", run.task));
      }
    const std::vector<std::string> names = stage_named(config.task).validation_names(check.hypotheses());
    for (const std::string& metric : config.shown_metrics())
      require(std::find(names.begin(), names.end(), metric) != names.end(),
              c10::str("the validation of the ", config.task, " has no metric '", metric, "'"), "cell " + cell.name,
              c10::str("it has ", c10::Join(", ", names)));
  }
}

}  // namespace interprior
