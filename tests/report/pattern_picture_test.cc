#include "interprior/report/pattern_picture.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <map>

#include "interprior/hand/procedural_hand.h"
#include "interprior/report/picture_list.h"
#include "interprior/synthesis/interaction_synthesis.h"
#include "support/temporary_directory.h"

namespace interprior {
namespace {

TEST(PatternPicture, WorstBestAndUnconditionalDrawsAreListed) {
  torch::manual_seed(0);
  TemporaryDirectory folder;
  InteractionSynthesisConfig config;
  config.count = 8;
  config.threads = 1;
  const HandModel model = procedural_hand();
  InteractionPrior prior(InteractionPriorConfig{8, 16, 1});
  write_prior_pictures(folder.path(), prior, TwoHands(model), synthesize_patterns(model, config), torch::kCPU, Seed{1}, 2);
  std::map<std::string, int> groups;
  for (const ListedPicture& picture : read_picture_list(folder.path())) {
    ++groups[picture.group];
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "pictures" / picture.file)) << picture.file;
  }
  EXPECT_EQ(groups, (std::map<std::string, int>{
                        {"Best reconstructions", 2}, {"Unconditional samples", 1}, {"Worst reconstructions", 2}}));
}

TEST(PatternPicture, FewerPatternsThanPicturesShowEachOnce) {
  torch::manual_seed(0);
  TemporaryDirectory folder;
  InteractionSynthesisConfig config;
  config.count = 3;
  config.threads = 1;
  const HandModel model = procedural_hand();
  write_prior_pictures(folder.path(), InteractionPrior(InteractionPriorConfig{8, 16, 1}), TwoHands(model),
                       synthesize_patterns(model, config), torch::kCPU, Seed{1}, 2);
  EXPECT_EQ(read_picture_list(folder.path()).size(), 4u);  // two worst, one best, the draws
}

}  // namespace
}  // namespace interprior
