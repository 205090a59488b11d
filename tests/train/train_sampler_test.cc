#include "interprior/train/train_sampler.h"

#include <gtest/gtest.h>

#include "interprior/hand/procedural_hand.h"
#include "interprior/model/checkpoint.h"
#include "interprior/train/run_description.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_options.h"
#include "support/small_sampler.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

// What `train sampler` refuses before its first step.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class TrainSampler : public ::testing::Test {
 protected:
  TrainSampler() {
    write_hand_model(folder_ / "hand.h5", procedural_hand());
    config_.hand = (folder_ / "hand.h5").string();
    config_.data.train = {ImageSource{(folder_ / "no_pictures").string()}};
    config_.model = small_sampler();
    write("prior", prior_, config_.model);
    write("cues", prior_, config_.model);
  }

  // A checkpoint of that kind, untrained.
  void write(const std::string& kind, const InteractionPriorConfig& prior, const SamplerConfig& model) {
    CueTrainConfig run;
    run.hand = config_.hand;
    CheckpointInfo info = run_description(kind, run, prior, TwoHands(read_hand_model(config_.hand)), "train");
    if (kind == "cues") info.sampler_model = dump_config(model);
    const std::filesystem::path path = folder_ / (kind + ".safetensors");
    if (kind == "prior") write_checkpoint(path, *InteractionPrior(prior), info);
    else write_checkpoint(path, *Sampler(model, prior), info);
    (kind == "prior" ? config_.prior : config_.cues) = path.string();
  }

  void expect_error(const ::testing::Matcher<const std::string&>& matcher) {
    TrainOptions options;
    options.run = folder_ / "run";
    EXPECT_THAT([&] { train_sampler(config_, options); }, ThrowsError(matcher));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
  }

  const TemporaryDirectory folder_;
  const InteractionPriorConfig prior_{8, 16, 1, Anchor::knuckle};
  SamplerTrainConfig config_;
};

TEST_F(TrainSampler, ACueStageOfThisModelIsTaken) {
  expect_error(HasSubstr("no_pictures"));  // the first thing that is wrong
  config_.model.extraction.width = 16;     // the cue stage has no trunk
  config_.model.refine = 1;
  expect_error(HasSubstr("no_pictures"));
}

TEST_F(TrainSampler, ACueStageOfAnotherPriorIsRefused) {
  write("prior", {4, 16, 1, Anchor::knuckle}, config_.model);
  expect_error(AllOf(HasSubstr("cues.safetensors"), HasSubstr("another prior"), HasSubstr("latent")));
}

TEST_F(TrainSampler, ACueStageOfAnotherModelIsRefused) {
  config_.model.fusion.width = 64;
  expect_error(AllOf(HasSubstr("another model"), HasSubstr("fusion.width")));
  config_.model.fusion.width = 32;
  config_.model.extraction.features = 12;  // F is part of S
  expect_error(AllOf(HasSubstr("another model"), HasSubstr("extraction.features")));
}

TEST_F(TrainSampler, ACueStageOfAnotherHandIsRefused) {
  HandModel other = procedural_hand();
  other.hand.right.v_template = other.hand.right.v_template * 1.01;
  write_hand_model(folder_ / "other.h5", other);
  config_.hand = (folder_ / "other.h5").string();
  expect_error(HasSubstr("hand"));
}

}  // namespace
}  // namespace interprior
