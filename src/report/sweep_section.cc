#include <c10/util/StringUtil.h>

#include <algorithm>

#include "image_list.h"
#include "interprior/experiment/seed_statistics.h"
#include "interprior/experiment/sweep.h"
#include "interprior/run/run_folder.h"
#include "sections.h"

namespace interprior {
namespace {

constexpr size_t kImagesOfACell = 2;

Page::NamedChart dots(const SweepConfig& config, const SweepResult& result, const std::string& metric) {
  std::vector<DotRow> rows;
  for (const SweepCell& cell : config.cells) {
    rows.push_back({cell.name, {}});
    for (const SweepResult::Run& run : result.runs)
      if (run.done && run.cell == cell.name && run.values.count(metric) > 0) rows.back().values.push_back(run.values.at(metric));
    rows.back().half_width = seed_statistics(rows.back().values).half_width;
  }
  return {"Every seed a dot, their mean a bar: " + label_of(metric).name, {}, {metric, "", false, false}, rows};
}

// Validation metric of a cell over steps, averaged over the seeds with results.
Curve learning_curve(const SweepResult& result, const std::string& cell, const std::string& metric) {
  std::map<int64_t, std::vector<double>> by_step;
  for (const SweepResult::Run& run : result.runs) {
    if (run.cell != cell || !is_run_folder(run.folder)) continue;
    for (const LogLine& line : read_log(run.folder))
      if (const auto value = line.values.find(metric); line.group == "validation" && value != line.values.end())
        by_step[line.step].push_back(value->second);
  }
  Curve curve{cell, {}, {}};
  for (const auto& [step, values] : by_step) {
    curve.x.push_back(static_cast<double>(step));
    curve.y.push_back(seed_statistics(values).mean);
  }
  return curve;
}

Page::NamedChart curves(const SweepConfig& config, const SweepResult& result, const std::string& metric) {
  Page::NamedChart chart{
      "While they learn, mean over the seeds so far: " + label_of(metric).name, {}, {"step", label_of(metric).unit}};
  for (const SweepCell& cell : config.cells)
    if (Curve curve = learning_curve(result, cell.name, metric); !curve.x.empty()) chart.curves.push_back(curve);
  return chart;
}

// A few images of each cell, from its first run that has images.
void add_images(Page& page, const SweepConfig& config, const SweepResult& result) {
  bool begun = false;
  for (const SweepCell& cell : config.cells)
    for (const SweepResult::Run& run : result.runs) {
      const auto images = run.cell == cell.name ? read_image_list(run.folder) : std::vector<ListedImage>{};
      if (images.empty()) continue;
      if (!begun) page.subheading("Samples");
      begun = true;
      for (size_t i = 0; i < std::min(images.size(), kImagesOfACell); ++i)
        page.image_file(run.folder / "images" / images[i].file,
                        c10::str(cell.name, ", seed ", run.seed, ": ", images[i].caption));
      break;
    }
}

Table overrides_table(const SweepConfig& config) {
  Table table{"What the cells change", {{"cell", "overrides"}}};
  for (const SweepCell& cell : config.cells) {
    std::string text = c10::Join("  ", cell.set);
    if (!cell.without.empty()) text += (text.empty() ? "without " : "  without ") + c10::Join(", ", cell.without);
    table.rows.push_back({cell.name, text.empty() ? "none" : text});
  }
  return table;
}

}  // namespace

void add_sweep(Page& page, const std::filesystem::path& folder) {
  const SweepConfig config = read_sweep_config(folder);
  const SweepResult result = read_sweep(config, folder);
  const auto done = std::count_if(result.runs.begin(), result.runs.end(), [](const SweepResult::Run& run) { return run.done; });
  if (!config.claim.empty()) page.paragraph("Claim under test: " + config.claim);
  page.paragraph(c10::str(done, " of ", result.runs.size(), " runs finished: ", config.cells.size(), " cells, ",
                          config.seeds.size(),
                          " seeds. Numbers are those of each run's last validation. Differences are paired by "
                          "seed; from ",
                          kSeedsForInterval, " seeds on they have a 95 % interval (Student's t)."));
  for (const SweepResult::Run& run : result.runs)
    if (!run.error.empty()) page.warning(c10::str(run.cell, ", seed ", run.seed, ": ", run.error));
  for (const std::string& metric : config.shown_metrics()) {
    page.table(sweep_table(config, result, metric));
    page.charts({dots(config, result, metric), curves(config, result, metric)});
  }
  add_images(page, config, result);
  page.table(overrides_table(config));
  page.code("Sweep (sweep.yaml)", dump_config(config));
}

}  // namespace interprior
