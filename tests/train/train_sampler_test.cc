#include "interprior/train/train_sampler.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include "interprior/base/files/safetensors.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/model/checkpoint.h"
#include "interprior/model/extraction.h"
#include "interprior/run/run_description.h"
#include "interprior/synthesis/image_synthesis.h"
#include "interprior/train/fit.h"
#include "interprior/train/train_cues.h"
#include "interprior/train/train_options.h"
#include "support/small_sampler.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

// Inputs that `train sampler` accepts, and those it refuses before its first step.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class TrainSampler : public ::testing::Test {
 protected:
  TrainSampler() {
    write_hand_model(folder_ / "hand.h5", procedural_hand());
    config_.hand = (folder_ / "hand.h5").string();
    config_.data.train = {ImageSource{(folder_ / "no_images").string(), "train", 1, 0, {}}};
    config_.model = small_sampler();
    write("prior", prior_, config_.model);
    write("cues", prior_, config_.model);
  }

  // An untrained checkpoint of a kind, with the prior of this seed.
  void write(const std::string& kind, const InteractionPriorConfig& prior, const SamplerConfig& model, uint64_t seed = 1) {
    torch::manual_seed(seed);
    const InteractionPrior network(prior);
    CueTrainConfig run;
    run.hand = config_.hand;
    CheckpointInfo info =
        run_description(kind, run, prior, TwoHands(read_hand_model(config_.hand)), kind == "prior" ? "all" : "train");
    if (kind == "cues") info.sampler_model = dump_config(model);
    const std::filesystem::path path = folder_ / (kind + ".safetensors");
    if (kind == "prior") {
      write_checkpoint(path, *network, info);
    } else {
      Sampler sampler(model, prior);
      sampler->load_prior_weights(network);
      write_checkpoint(path, *sampler, info);
    }
    (kind == "prior" ? config_.prior : config_.cues) = path.string();
  }

  void use_images() {
    ImageSynthesisConfig images;
    images.count = 24;
    images.width = images.height = 96;
    images.variety = variety_of(0);
    synthesize_images(folder_ / "images", procedural_hand(), images);
    config_.data.train = {ImageSource{(folder_ / "images").string(), "train", 1, 0, {}}};
    config_.data.validation = {(folder_ / "images").string(), "val", 1, 2, {}};
    config_.loader.batch = 4;
    config_.fit.steps = 2;
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

TEST_F(TrainSampler, ACueStageOfThisModelIsUsed) {
  expect_error(HasSubstr("no_images"));  // the first error
  config_.model.extraction.width = 16;   // the cue stage does not use the backbone
  config_.model.refine = 1;
  expect_error(HasSubstr("no_images"));
}

TEST_F(TrainSampler, ACueStageOfAnotherPriorIsRefused) {
  write("prior", {4, 16, 1, Anchor::knuckle}, config_.model);
  expect_error(AllOf(HasSubstr("cues.safetensors"), HasSubstr("another prior"), HasSubstr("latent")));
}

TEST_F(TrainSampler, ACueStageOfThisPriorRetrainedIsRefused) {
  write("prior", prior_, config_.model, 2);
  expect_error(AllOf(HasSubstr("cues.safetensors"), HasSubstr("another prior"), HasSubstr("differs")));
  config_.init = config_.cues;
  config_.cues.clear();
  expect_error(AllOf(HasSubstr("cues.safetensors"), HasSubstr("another prior")));
  config_.model.finetune_decoder = true;  // the decoder may differ, the encoder not
  write("cues", prior_, config_.model, 2);
  config_.init = config_.cues;
  config_.cues.clear();
  expect_error(HasSubstr("no_images"));
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

// Every tensor of the backbone, and an additional one, like torchvision's classifier.
NamedTensors backbone_tensors(const ExtractionConfig& config) {
  NamedTensors tensors = {{"fc.weight", torch::zeros({10, 8})}};
  const auto backbone = make_backbone(config);
  for (const auto& item : backbone->named_parameters()) tensors.emplace_back(item.key(), torch::full_like(item.value(), 0.01));
  for (const auto& item : backbone->named_buffers()) tensors.emplace_back(item.key(), item.value() + 1);
  return tensors;
}

TEST_F(TrainSampler, IncompleteTrunkWeightsAreRefusedBeforeTraining) {
  config_.trunk_weights = (folder_ / "trunk.safetensors").string();
  expect_error(HasSubstr("trunk.safetensors"));
  write_safetensors(config_.trunk_weights, backbone_tensors(config_.model.extraction), {});
  expect_error(HasSubstr("no_images"));  // the first error
  NamedTensors tensors = backbone_tensors(config_.model.extraction);
  tensors[1].second = torch::zeros({3, 3});
  std::erase_if(tensors, [](const auto& entry) { return entry.first == "bn1.running_mean"; });
  write_safetensors(config_.trunk_weights, tensors, {});
  expect_error(
      AllOf(HasSubstr("missing: bn1.running_mean"), HasSubstr("shape mismatch: conv1.weight (3, 3)"), HasSubstr("fc.weight")));
}

TEST_F(TrainSampler, AnInitWithoutMatchingTensorsIsRefused) {
  write_safetensors(folder_ / "other.safetensors", {{"a", torch::zeros({2})}}, {});
  torch::nn::Linear network(2, 2);
  EXPECT_THAT([&] { start_from(*network, (folder_ / "other.safetensors").string(), {}); }, ThrowsError(HasSubstr("none of its")));
}

TEST_F(TrainSampler, OnlyRenderedImagesNeedAValidationSet) {
  config_.data.train.clear();
  expect_error(HasSubstr("no training images"));
  config_.data.synthetic.count = 4;
  expect_error(AllOf(HasSubstr("no image to validate on"), HasSubstr("data.validation.path")));
  config_.data.validation.path = (folder_ / "no_images").string();
  expect_error(HasSubstr("no_images"));
  config_.data.synthetic.patterns.path = (folder_ / "no_patterns.h5").string();
  expect_error(HasSubstr("no_patterns.h5"));
}

TEST_F(TrainSampler, TheBackboneStartsFromItsFileAndResumesWithoutIt) {
  use_images();
  config_.fit.learning_rate = config_.fit.backbone_learning_rate = 0;  // weights do not change
  config_.trunk_weights = (folder_ / "trunk.safetensors").string();
  write_safetensors(config_.trunk_weights, backbone_tensors(config_.model.extraction), {});
  config_.init = config_.cues;  // also has a backbone
  TrainOptions begun;
  begun.run = folder_ / "run";
  begun.stop_after = 1;
  train_sampler(config_, begun);
  const Safetensors checkpoint(folder_ / "run/checkpoints/last.safetensors");
  const torch::Tensor filters = checkpoint.tensor("extraction.trunk.layer2.0.conv1.weight");
  EXPECT_THAT(filters, TensorNear(torch::full_like(filters, 0.01), 1e-6));
  std::filesystem::remove(config_.trunk_weights);
  EXPECT_NO_THROW(train_sampler(config_, {begun.run, /*resume=*/true}));
}

TEST_F(TrainSampler, RenderedImagesMixWithFilesOrTrainAlone) {
  use_images();
  const auto trained = [&](const std::string& name, int64_t workers) {
    config_.loader.workers = workers;
    TrainOptions options;
    options.run = folder_ / name;
    train_sampler(config_, options);
    return Safetensors(folder_ / name / "checkpoints" / "last.safetensors").tensor("sampling.z.weight");
  };
  const torch::Tensor files = trained("files", 0);
  config_.init = (folder_ / "files/checkpoints/last.safetensors").string();
  TrainOptions begun;
  begun.run = folder_ / "resumed";
  begun.stop_after = 1;
  train_sampler(config_, begun);
  std::filesystem::remove(config_.init);
  EXPECT_NO_THROW(train_sampler(config_, {begun.run, /*resume=*/true})) << "a resumed run does not need its initial weights";
  config_.init.clear();
  config_.data.synthetic.count = 1000;  // most of an epoch
  config_.data.synthetic.variety = variety_of(0.5);
  const torch::Tensor both = trained("both", 0), in_threads = trained("threads", 2);
  config_.data.train.clear();
  const torch::Tensor alone = trained("alone", 0);
  const CheckpointInfo info =
      read_checkpoint_info(read_safetensors_header(folder_ / "both" / "checkpoints" / "last.safetensors"), "sampler");
  EXPECT_EQ(info.prior_splits, "all,train") << "splits of its prior and its cue stage";
  EXPECT_THAT(in_threads, TensorNear(both, 0));
  EXPECT_GT((both - files).abs().max().item<double>(), 0);
  EXPECT_GT((both - alone).abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace interprior
