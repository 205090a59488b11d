#include "interprior/experiment/checkpoint_evaluation.h"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include "interprior/base/files/atomic_file.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "interprior/model/checkpoint.h"
#include "interprior/run/run_description.h"
#include "interprior/synthesis/image_synthesis.h"
#include "interprior/train/train_sampler.h"
#include "support/small_sampler.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Untrained checkpoints, which record a hand file and, where told, a data set.
class CheckpointEvaluation : public ::testing::Test {
 protected:
  CheckpointEvaluation() { write_hand_model(folder_ / "hand.h5", procedural_hand()); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  TwoHands hands() const { return TwoHands(read_hand_model(path("hand.h5"))); }

  CheckpointInput prior(const std::string& splits, const std::string& data = "") const {
    torch::manual_seed(1);
    PriorTrainConfig run;
    run.hand = path("hand.h5");
    run.data.train.path = data;
    write_checkpoint(folder_ / "prior.safetensors", *InteractionPrior(prior_),
                     run_description("prior", run, prior_, hands(), splits));
    return {.checkpoint = path("prior.safetensors")};
  }

  CheckpointInput sampler(const std::string& prior_splits, const std::string& data = "") const {
    torch::manual_seed(1);
    SamplerTrainConfig run;
    run.hand = path("hand.h5");
    run.model = small_sampler();
    if (!data.empty()) run.data.train = {ImageSource{data, "train", 1, 0, {}}};
    CheckpointInfo info = run_description("sampler", run, prior_, hands(), "train");
    info.sampler_model = dump_config(run.model);
    info.prior_splits = prior_splits;
    write_checkpoint(folder_ / "sampler.safetensors", *Sampler(run.model, prior_), info);
    return {.checkpoint = path("sampler.safetensors")};
  }

  const TemporaryDirectory folder_;
  const InteractionPriorConfig prior_{8, 16, 1, Anchor::knuckle};
};

TEST_F(CheckpointEvaluation, MergedPartsOfASamplersEvaluationEqualTheFullOne) {
  ImageSynthesisConfig images;
  images.count = 30;  // three in the split test
  images.width = images.height = 96;
  images.variety = variety_of(0);
  synthesize_images(folder_ / "images", procedural_hand(), images);
  const CheckpointInput input = sampler("train", path("images"));
  SamplerEvaluationOptions options;
  options.protocols = {Protocol::wrist, Protocol::interwild};
  options.batch = 2;
  options.hypotheses = 2;
  options.measure.surfaces = false;
  options.folder = folder_ / "out";
  int64_t looks = 0;
  options.look = [&](const EvaluatedImages& one) {
    ++looks;
    EXPECT_EQ(one.evaluation.metrics.protocol, Protocol::wrist);
    EXPECT_EQ(one.images.size(), 3);
    EXPECT_FALSE(std::filesystem::exists(options.folder / "evaluation.json"));
  };
  const std::vector<Evaluation> whole = evaluate_sampler_checkpoint(input, options);
  EXPECT_EQ(looks, 1);
  ASSERT_EQ(whole.size(), 2u);
  EXPECT_EQ(whole[0].metrics.samples + whole[0].metrics.left_out.implausible_samples, 3);
  EXPECT_EQ(whole[0].box, "oracle");
  EXPECT_EQ(whole[1].box, "annotation");
  EXPECT_EQ(read_file(options.folder / "evaluation.json"), evaluation_json(whole));
  EXPECT_THAT(read_file(options.folder / "origin.json"), AllOf(HasSubstr("sampler.safetensors"), HasSubstr("temperature")));
  for (const char* name : {"samples.csv", "rows.tex", "predictions.h5", "truth.h5", "predictions_interwild.h5"})
    EXPECT_TRUE(std::filesystem::exists(options.folder / name)) << name;

  for (const int64_t number : {2, 1})
    EXPECT_EQ(write_sampler_part(folder_ / "parts", {number, 2}, input, options), path("hand.h5"));
  EXPECT_EQ(evaluation_json(merge_evaluation_parts(folder_ / "parts", hands())), evaluation_json(whole));
  EXPECT_THAT([&] { write_sampler_part(folder_ / "parts", {1, 3}, input, options); }, ThrowsError(HasSubstr("in 2 batches")));
}

TEST_F(CheckpointEvaluation, APriorIsMeasuredOnTheRecordedPatterns) {
  InteractionSynthesisConfig wanted;
  wanted.count = 8;
  Patterns patterns = synthesize_patterns(procedural_hand(), wanted);
  patterns.split.fill_(2);  // test
  write_patterns(folder_ / "patterns.h5", patterns);
  PriorEvaluationOptions options;
  options.samples = 0;
  options.folder = folder_ / "out";
  int64_t looks = 0;
  options.look = [&](const EvaluatedPatterns& one) { looks += one.patterns.size(); };
  const PriorEvaluation evaluation = evaluate_prior_checkpoint(prior("train", path("patterns.h5")), options);
  EXPECT_EQ(looks, 8);
  EXPECT_EQ(evaluation.samples + evaluation.implausible_samples, 8);
  EXPECT_EQ(read_file(options.folder / "evaluation.json"), prior_evaluation_json(evaluation));
  EXPECT_THAT(read_file(options.folder / "origin.json"), AllOf(HasSubstr("patterns.h5"), HasSubstr("hand.h5")));
}

TEST_F(CheckpointEvaluation, ATrainingSplitIsRefused) {
  CheckpointInput input = prior("train,val", path("patterns.h5"));
  for (const char* split : {"train", "val", "all"}) {
    input.split = split;
    EXPECT_THAT([&] { evaluate_prior_checkpoint(input); },
                ThrowsError(AllOf(HasSubstr("trained on patterns of split train,val"), HasSubstr("choose another --split"))));
  }
  EXPECT_THAT([&] { evaluate_sampler_checkpoint(sampler("test", path("images"))); },
              ThrowsError(AllOf(HasSubstr("prior or cue stage"), HasSubstr("split test"))));
}

TEST_F(CheckpointEvaluation, ACheckpointWithoutADataSetIsNamed) {
  EXPECT_THAT([&] { evaluate_prior_checkpoint(prior("train")); },
              ThrowsError(AllOf(HasSubstr("records no data set"), HasSubstr("--data patterns.h5"))));
  EXPECT_THAT([&] { evaluate_sampler_checkpoint(sampler("train")); },
              ThrowsError(AllOf(HasSubstr("records no data set"), HasSubstr("--data ROOT"))));
}

TEST_F(CheckpointEvaluation, AnotherHandFileThanInTrainingIsRefused) {
  HandModel other = procedural_hand();
  other.hand.right.v_template = other.hand.right.v_template * 1.01;
  write_hand_model(folder_ / "other.h5", other);
  CheckpointInput input = sampler("train", path("images"));
  input.hand = path("other.h5");
  EXPECT_THAT([&] { evaluate_sampler_checkpoint(input); }, ThrowsError(AllOf(HasSubstr("other.h5"), HasSubstr("--hand"))));
}

}  // namespace
}  // namespace interprior
