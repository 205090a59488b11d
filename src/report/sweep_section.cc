#include "interprior/experiment/sweep.h"

#include <algorithm>
#include <c10/util/StringUtil.h>

#include "sections.h"

namespace interprior {

void add_sweep(Page& page, const std::filesystem::path& folder) {
  const SweepConfig config = read_sweep_config(folder);
  const SweepResult result = read_sweep(config, folder);
  const auto done = std::count_if(result.runs.begin(), result.runs.end(), [](const SweepResult::Run& run) { return run.done; });
  if (!config.claim.empty()) page.paragraph("Claim under test: " + config.claim);
  page.paragraph(
      c10::str(done, " of ", result.runs.size(), " runs finished: ", config.cells.size(), " cells, ", config.seeds.size(),
               " seeds. Number shown: ", config.metric,
               " of each run's last validation. Differences are paired by seed, with the 95 % interval of their mean."));
  page.table(sweep_table(config, result));
  std::vector<DotRow> rows;
  for (const SweepCell& cell : config.cells) {
    rows.push_back({cell.name, {}});
    for (const SweepResult::Run& run : result.runs)
      if (run.done && run.cell == cell.name) rows.back().values.push_back(run.value);
  }
  page.charts({{"Every seed a dot, their mean a bar", {}, {config.metric, "", false, false}, rows}});
  for (const SweepResult::Run& run : result.runs)
    if (!run.error.empty()) page.warning(c10::str(run.cell, ", seed ", run.seed, ": ", run.error));
  Table overrides{"What the cells change", {{"cell", "overrides"}}};
  for (const SweepCell& cell : config.cells)
    overrides.rows.push_back({cell.name, cell.set.empty() ? "none" : c10::Join("  ", cell.set)});
  page.table(overrides);
  page.code("Sweep (sweep.yaml)", dump_config(config));
}

}  // namespace interprior
