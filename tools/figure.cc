#include <torch/types.h>

#include <cstdio>
#include <deque>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/report/figure_samples.h"
#include "run_commands.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

// The files of a figure, and what is drawn from them.
struct OpenFiles {
  std::deque<HandSets> sets;  // stay at their addresses
  FigureSources sources;

  const HandSets* open(const std::string& file) { return &sets.emplace_back(std::vector<fs::path>{file}); }
};

OpenFiles open_files(const FigureFlags& flags) {
  OpenFiles files;
  if (!flags.truth.empty()) files.sources.truth = files.open(flags.truth);
  for (size_t i = 0; i < flags.predictions.size(); ++i) {
    const std::string& file = flags.predictions[i];
    files.sources.methods.push_back({flags.names.empty() ? fs::path(file).stem().string() : flags.names[i], files.open(file)});
  }
  return files;
}

FigureOptions options_of(const FigureFlags& flags) {
  FigureOptions options;
  options.views.clear();
  for (const std::string& name : flags.views)
    for (const auto& [view, known] : EnumNames<FigureView>::table())
      if (known == name) options.views.push_back(view);
  if (flags.errors) options.errors = protocol_named(flags.protocol);
  options.error_max_mm = flags.error_max;
  options.overlay = flags.overlay;
  options.accepted = flags.accept;
  return options;
}

std::vector<FigureSample> samples_of(const FigureFlags& flags, const FigureSources& sources, const HandModel& hand) {
  if (flags.worst > 0) return worst_samples(sources, flags.worst, protocol_named(flags.protocol), hand);
  std::vector<FigureSample> samples;
  const std::vector<std::string> ids =
      flags.random > 0 ? random_samples(sources, flags.random, Seed{static_cast<uint64_t>(flags.seed)}) : flags.ids;
  for (const std::string& id : ids) {
    require(!id.empty(), "an id is empty", "--ids", "separate ids by single commas");
    samples.push_back({id});
  }
  return samples;
}

}  // namespace

void figure(const FigureFlags& flags) {
  const HandModel hand = read_hand_model(flags.hand);
  OpenFiles files = open_files(flags);
  FigureSources& sources = files.sources;
  const FigureOptions options = options_of(flags);
  const std::vector<FigureSample> samples = samples_of(flags, sources, hand);
  std::vector<std::string> ids;
  for (const FigureSample& sample : samples) ids.push_back(sample.sample);
  require_samples(sources, ids);
  if (!flags.data.empty()) sources.image = images_of_data(flags.data, ids);
  if (!flags.images.empty()) sources.image = images_in_folder(flags.images);

  FigurePage page{flags.transparent, !flags.without_ids, flags.page_width, flags.text};
  FigureGrid grid = empty_grid(sources, ids, options, flags.cell);
  if (flags.width > 0) grid.cell = cell_for_width(grid, page, flags.width);
  check_figure(flags.out, grid, page);  // before the cells are drawn
  { const AtomicFile writable(flags.out); }
  draw_cells(grid, sources, TwoHands(hand, torch::kCPU, torch::kFloat64), options);
  write_figure(flags.out, grid, page);
  for (const FigureSample& sample : samples) {
    std::printf("%s", sample.sample.c_str());
    if (flags.worst > 0) std::printf("  %.1f mm", sample.error_mm);
    std::printf("\n");
  }
  const FigureLayout layout(grid, page);
  std::printf("%zu rows x %zu columns in %s (%lld x %lld px)\n", grid.rows.size(), grid.columns(), flags.out.c_str(),
              static_cast<long long>(layout.width), static_cast<long long>(layout.height));
}

}  // namespace interprior
