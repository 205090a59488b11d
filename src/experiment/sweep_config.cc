#include <c10/util/StringUtil.h>

#include <algorithm>
#include <set>

#include "interprior/base/error.h"
#include "interprior/experiment/stages.h"
#include "interprior/experiment/sweep_plan.h"

namespace interprior {
namespace {

std::ptrdiff_t rank_of(const std::string& task) {
  const std::vector<std::string> names = stage_names();
  return std::find(names.begin(), names.end(), task) - names.begin();
}

void require_task(const std::string& task, const std::string& where) { stage_named(task, where); }

bool good_folder_name(const std::string& name) {
  const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.=";
  return !name.empty() && name[0] != '.' && name.find_first_not_of(allowed) == std::string::npos;
}

void check_stages(const SweepConfig& config) {
  require_task(config.task, "task");
  for (size_t i = 0; i < config.stages.size(); ++i) {
    require_task(config.stages[i], "stages");
    const std::string& next = i + 1 < config.stages.size() ? config.stages[i + 1] : config.task;
    require(rank_of(config.stages[i]) < rank_of(next), c10::str("the stage ", config.stages[i], " cannot come before ", next),
            "stages", c10::str("the order is ", c10::Join(", ", stage_names())));
  }
}

// Rejects overrides for stages that the sweep does not have: they would be ignored silently.
void check_overrides(const SweepConfig& config, const std::vector<std::string>& set, const std::string& where) {
  for (const std::string& text : set) {
    const StageOverride one = stage_override(text);
    const bool of_last = one.stages.empty() || std::count(one.stages.begin(), one.stages.end(), "all") > 0 ||
                         std::count(one.stages.begin(), one.stages.end(), config.task) > 0;
    require(!of_last || one.set.rfind("seed=", 0) != 0, c10::str("the seed of the ", config.task, " is set by the sweep"),
            where + ", " + text, "list it under seeds");
    for (const std::string& stage : one.stages)
      require(stage == "all" || stage == config.task ||
                  std::find(config.stages.begin(), config.stages.end(), stage) != config.stages.end(),
              c10::str("this override is for the stage ", stage, ", which the sweep does not have"), where + ", " + text,
              "add it to stages, or leave the override out");
  }
}

// Names that the sweep itself writes into its folder. The config of its task, the last stage, is base.yaml; those of earlier
// stages are STAGE.yaml.
bool is_taken(const std::string& name) {
  std::set<std::string> taken = {"stages", "locks", "report.html", "sweep.yaml", "base.yaml"};
  for (const std::string& stage : stage_names())
    if (stage != stage_names().back()) taken.insert(stage + ".yaml");
  return taken.count(name) > 0 || name.ends_with(".csv") || name.ends_with(".tex");
}

void check_cells(const SweepConfig& config) {
  std::set<std::string> names;
  for (const SweepCell& cell : config.cells) {
    require(good_folder_name(cell.name), c10::str("a cell cannot be called '", cell.name, "'"), "cells",
            "use letters, digits and _ - + . =, not starting with a dot");
    require(!is_taken(cell.name), c10::str("a cell cannot be called '", cell.name, "'"), "cells",
            "the sweep writes a file or folder of this name");
    require(names.insert(cell.name).second, c10::str("two cells are called '", cell.name, "'"), "cells", "rename one");
    check_overrides(config, cell.set, "cell " + cell.name);
    for (const std::string& stage : cell.without)
      require(std::find(config.stages.begin(), config.stages.end(), stage) != config.stages.end(),
              c10::str("a cell cannot be without '", stage, "'"), "cell " + cell.name,
              config.stages.empty() ? "this sweep has no stages" : "its stages are " + c10::Join(", ", config.stages));
  }
}

}  // namespace

StageOverride stage_override(const std::string& text) {
  StageOverride result{{}, text};
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon > text.find('=')) return result;
  result.set = text.substr(colon + 1);
  for (size_t begin = 0; begin <= colon;) {
    const size_t end = std::min(text.find('+', begin), colon);
    result.stages.push_back(text.substr(begin, end - begin));
    if (result.stages.back() != "all") require_task(result.stages.back(), text);
    begin = end + 1;
  }
  return result;
}

std::vector<std::string> SweepConfig::shown_metrics() const { return metrics.empty() ? std::vector{metric} : metrics; }

void SweepConfig::check() const {
  check_stages(*this);
  require(!cells.empty(), "a sweep needs at least one cell", "cells", "list what is to be compared");
  require(!seeds.empty(), "a sweep needs at least one seed", "seeds", "set seeds: [0]");
  check_overrides(*this, set, "set");
  check_cells(*this);
  std::set<std::string> names;
  for (const std::string& name : shown_metrics()) {
    require(!name.empty(), "a sweep needs the name of a validation metric", "metric", "set metric: mpjpe_mm");
    require(names.insert(name).second, c10::str("the metric ", name, " is listed twice"), "metrics", "remove one");
  }
  std::set<int64_t> numbers;
  for (const int64_t seed : seeds) {
    require(seed >= 0, c10::str("a seed cannot be ", seed), "seeds", "use numbers from 0 on");
    require(numbers.insert(seed).second, c10::str("seed ", seed, " is listed twice"), "seeds", "remove one");
  }
}

SweepConfig ended_at(const SweepConfig& config, const std::string& stage) {
  if (stage == config.task) return config;
  const auto found = std::find(config.stages.begin(), config.stages.end(), stage);
  require(found != config.stages.end(), c10::str("this sweep has no stage '", stage, "'"), "--until",
          c10::str("it trains ", config.stages.empty() ? "" : c10::Join(", ", config.stages) + ", ", config.task));
  SweepConfig ended = config;
  ended.task = stage;
  ended.base = base_of(config, stage);
  ended.stages.assign(config.stages.begin(), found);
  // The sweep's metrics are of its last stage.
  if (const auto& metrics = stage_named(stage).sweep_metrics; !metrics.empty()) ended.metrics = metrics;
  const auto kept = [&](const std::vector<std::string>& set) {
    std::vector<std::string> rest;
    for (const std::string& text : set) {
      const StageOverride one = stage_override(text);
      std::vector<std::string> stages;
      for (const std::string& name : one.stages)
        if (name == "all" || rank_of(name) <= rank_of(stage)) stages.push_back(name);
      if (!stages.empty()) rest.push_back(c10::Join("+", stages) + ":" + one.set);
    }
    return rest;
  };
  ended.set = kept(config.set);
  ended.cells.clear();
  for (const SweepCell& cell : config.cells) {
    const auto lacks = [&](const std::string& name) { return std::count(cell.without.begin(), cell.without.end(), name) > 0; };
    if (lacks(stage)) continue;
    SweepCell rest{cell.name, kept(cell.set), {}};
    std::copy_if(ended.stages.begin(), ended.stages.end(), std::back_inserter(rest.without), lacks);
    const auto same = [&](const SweepCell& other) { return other.set == rest.set && other.without == rest.without; };
    if (std::none_of(ended.cells.begin(), ended.cells.end(), same)) ended.cells.push_back(rest);
  }
  require(!ended.cells.empty(), c10::str("no cell of this sweep has the stage ", stage), "--until", "end it at another one");
  ended.check();
  return ended;
}

}  // namespace interprior
