#include "interprior/experiment/stages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

TEST(Stages, AreThoseOfTheCommandLine) {
  ASSERT_EQ(stages().size(), kStageList.size());
  for (size_t i = 0; i < kStageList.size(); ++i) EXPECT_STREQ(stages()[i].name, kStageList[i].name);
}

TEST(Stages, EachReadsItsDefaultsAndDescribesItsKeys) {
  for (const Stage& stage : stages()) {
    const auto config = stage.read("", {"fit.steps=7"});
    EXPECT_EQ(config->fit().steps, 7) << stage.name;
    EXPECT_EQ(stage.updated(config->dump(), "dump"), config->dump()) << stage.name;
    std::vector<std::string> keys;
    for (const KeyDescription& key : stage.keys()) keys.push_back(key.key);
    EXPECT_THAT(keys, IsSupersetOf({"seed", "hand", "fit.steps", "fit.ema_decay"})) << stage.name;
    // The metric that chooses best.safetensors is one that the validation logs.
    EXPECT_THAT(stage.validation_names(1), Contains(config->fit().monitor)) << stage.name;
    EXPECT_THAT(stage.validation_names(1), IsSupersetOf(stage.sweep_metrics)) << stage.name;
  }
}

TEST(Stages, AMonitoredMetricIsOneThatTheValidationLogs) {
  for (const Stage& stage : stages()) {
    const auto config = stage.read("", {"fit.monitor=mpjpe"});
    EXPECT_THAT([&] { config->train({}); }, ThrowsError(AllOf(HasSubstr("no metric 'mpjpe'"), HasSubstr("fit.monitor"),
                                                              HasSubstr(stage.validation_names(1).front()))))
        << stage.name;
  }
}

// A stage takes checkpoints of earlier stages alone.
TEST(Stages, InputsAreStagesTrainedBefore) {
  const std::vector<std::string> names = stage_names();
  for (size_t i = 0; i < names.size(); ++i)
    for (const KeyDescription& key : stages()[i].keys()) {
      const auto input = std::find(names.begin(), names.end(), key.key);
      EXPECT_TRUE(input == names.end() || input < names.begin() + static_cast<std::ptrdiff_t>(i)) << names[i] << " " << key.key;
    }
}

TEST(Stages, AStageGetsTheCheckpointsForItsKeys) {
  const StageCheckpoints earlier = {
      {"prior", "a/prior.safetensors"}, {"another", "a/another.safetensors"}, {"cues", "a/cues.safetensors"}};
  EXPECT_THAT(checkpoint_overrides("prior", earlier), IsEmpty());
  EXPECT_THAT(checkpoint_overrides("cues", earlier), ElementsAre("prior=a/prior.safetensors"));
  EXPECT_THAT(checkpoint_overrides("sampler", earlier), ElementsAre("prior=a/prior.safetensors", "cues=a/cues.safetensors"));
}

TEST(Stages, AnUnknownNameIsAnErrorWithTheNearest) {
  EXPECT_THAT([] { stage_named("samplr", "task"); }, ThrowsError(AllOf(HasSubstr("no stage 'samplr'"), HasSubstr("sampler"))));
  EXPECT_THAT([] { stage_named("7", "task"); }, ThrowsError(HasSubstr("known: prior, cues, sampler")));
}

TEST(Stages, OldKeysNameTheirSuccessorsAndStoredConfigsKeepThem) {
  const Stage& sampler = stage_named("sampler");
  const std::vector<std::pair<std::string, std::string>> renamed = {{"fit.average", "fit.ema_decay"},
                                                                    {"fit.clip", "fit.max_grad_norm"},
                                                                    {"fit.keep", "fit.keep_last"},
                                                                    {"fit.best", "fit.monitor"},
                                                                    {"fit.final_fraction", "fit.min_lr_ratio"},
                                                                    {"fit.measure_every", "fit.validate_every"},
                                                                    {"fit.stop_after_bad", "fit.max_bad_steps"},
                                                                    {"fit.trunk_learning_rate", "fit.backbone_learning_rate"},
                                                                    {"loss.wrist_six", "loss.wrist_rot6d"},
                                                                    {"loss.spread", "loss.rotation_nll"},
                                                                    {"data.most_replaced", "data.max_replaced_fraction"}};
  for (const auto& pair : renamed)
    EXPECT_THAT([&] { sampler.read("", {pair.first + "=1"}); },
                ThrowsError(HasSubstr("`" + pair.first + "` is now called `" + pair.second + "`")));
  EXPECT_THAT([&] { sampler.read("", {"model.extraction.source=stem"}); },
              ThrowsError(AllOf(HasSubstr("stem"), HasSubstr("layer1"))));
  const std::string updated = sampler.updated("fit: {average: 0.75}\nmodel: {extraction: {source: stem}}\n", "config.yaml");
  EXPECT_THAT(updated, AllOf(HasSubstr("ema_decay: 0.75"), HasSubstr("source: layer1")));
}

}  // namespace
}  // namespace interprior
