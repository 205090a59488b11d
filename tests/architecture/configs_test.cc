#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/base/config/config.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"
#include "source_tree.h"

// The first line of every file of configs/ names its command, `# interprior train prior`, which must read the file.
namespace interprior {
namespace {

using ::testing::IsEmpty;

std::string command_of(const std::filesystem::path& file) {
  const std::vector<std::string> lines = lines_of(text_of(file));
  static const std::regex first("# interprior (train prior|train cues|train sampler|sweep)\\b.*");
  std::smatch match;
  return !lines.empty() && std::regex_match(lines[0], match, first) ? match[1].str() : "";
}

template <class C>
void expect_read_dump_read(const std::filesystem::path& file) {
  const std::string dump = dump_config(read_config<C>(file));
  const std::string again = dump_config(parse_config<C>(dump, "the dump of " + file.string()));
  EXPECT_EQ(dump, again) << within_project(file);
  EXPECT_THAT(config_difference(dump, again), IsEmpty()) << within_project(file);
}

// A config file contains only differences from the defaults: repeated defaults hide the keys that matter.
template <class C>
void expect_differences_only(const std::filesystem::path& file) {
  const std::string defaults = dump_config(C{}), dump = dump_config(read_config<C>(file));
  EXPECT_NE(defaults, dump) << within_project(file) << " changes nothing";
}

TEST(Configs, EachNamesItsCommand) {
  const auto files = files_below({"configs"}, {".yaml", ".yml"});
  ASSERT_FALSE(files.empty());
  for (const auto& file : files)
    EXPECT_NE(command_of(file), "") << within_project(file) << ": the first line must be `# interprior COMMAND ...`";
}

TEST(Configs, EachIsReadAndReadsBackFromItsDump) {
  for (const auto& file : files_below({"configs"}, {".yaml", ".yml"})) {
    const std::string command = command_of(file);
    if (command == "train prior") {
      expect_read_dump_read<PriorTrainConfig>(file);
      expect_differences_only<PriorTrainConfig>(file);
    } else if (command == "train cues") {
      expect_read_dump_read<CueTrainConfig>(file);
      expect_differences_only<CueTrainConfig>(file);
    } else if (command == "train sampler") {
      expect_read_dump_read<SamplerTrainConfig>(file);
      expect_differences_only<SamplerTrainConfig>(file);
    } else if (command == "sweep") {
      expect_read_dump_read<SweepConfig>(file);
    }
  }
}

// Weights of the cue stage fit only a sampler with the same fusion, sampling and heatmaps.
TEST(Configs, TheCueStageHasTheSamplersNetwork) {
  for (const char* folder : {"configs/quickstart", "configs/paper"}) {
    const auto cues = read_config<CueTrainConfig>(kSource / folder / "cues.yaml");
    const auto sampler = read_config<SamplerTrainConfig>(kSource / folder / "sampler.yaml");
    EXPECT_EQ(dump_config(cues.model), dump_config(sampler.model)) << folder;
  }
}

// A sweep at another scale uses the configs of another folder; its last stage may be the cue stage or the prior.
SweepConfig with_base(SweepConfig sweep, const std::filesystem::path& base) {
  sweep.base = base.string();
  return sweep;
}

void expect_configs(const PlannedRun& run) {
  const std::string text = text_of(run.base);
  ASSERT_NE(text, "") << run.base;
  if (run.task == "prior")
    parse_config<PriorTrainConfig>(text, run.base, run.set);
  else if (run.task == "cues")
    parse_config<CueTrainConfig>(text, run.base, run.set);
  else
    parse_config<SamplerTrainConfig>(text, run.base, run.set);
}

void expect_every_cell(const SweepConfig& sweep, const std::string& where) {
  for (const SweepCell& cell : sweep.cells)
    for (const PlannedRun& run : planned_runs(sweep, cell, sweep.seeds.front(), "folder"))
      EXPECT_NO_THROW(expect_configs(run)) << where << ", cell " << cell.name << ", " << run.task << " of " << run.base;
}

TEST(Configs, EveryCellOfASweepIsAConfigAtEveryScale) {
  for (const auto& file : files_below({"configs"}, {".yaml", ".yml"})) {
    if (command_of(file) != "sweep") continue;
    const SweepConfig sweep = read_config<SweepConfig>(file);
    const std::string where = within_project(file);
    EXPECT_NE(sweep.claim, "") << where;
    EXPECT_TRUE(std::filesystem::exists(kSource / sweep.base)) << where;
    expect_every_cell(with_base(sweep, kSource / sweep.base), where);
    for (const char* folder : {"configs/small", "configs/quickstart"}) {
      const std::filesystem::path base = kSource / folder / "sampler.yaml";
      if (!std::filesystem::exists(base)) continue;
      expect_every_cell(with_base(sweep, base), where);
      for (const char* stage : {"cues", "prior"})
        expect_every_cell(ended_at(with_base(sweep, base), stage), where + " until " + stage);
    }
  }
}

// The paper's ablations, one file each.
TEST(Configs, EveryAblationHasItsFile) {
  for (const char* name :
       {"heatmap", "decoder", "training_set", "modality", "fusion", "relation", "latent", "finetune", "hypotheses", "refine"})
    EXPECT_TRUE(std::filesystem::exists(kSource / "configs/ablations" / (std::string(name) + ".yaml"))) << name;
}

}  // namespace
}  // namespace interprior
