// Trains prior and sampler on the same 16 samples with small configs: both must reach an error below 3 mm on them.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>

#include "interprior/data/images/image_index_file.h"
#include "interprior/evaluation/evaluation.h"
#include "interprior/evaluation/predicted_set.h"
#include "interprior/evaluation/prior_evaluation.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/model/checkpoint.h"
#include "interprior/synthesis/image_synthesis.h"
#include "interprior/train/train_prior.h"
#include "interprior/train/train_sampler.h"
#include "support/temporary_directory.h"

namespace interprior {
namespace {

// The interactions of a root's images, as patterns in camera axes.
Patterns patterns_of(const ImageDataset& data, const TwoHands& hands) {
  ImageBatch batch = data.allocate(data.size());
  for (int64_t i = 0; i < data.size(); ++i) data.fill(i, Seed{0}, batch, i);
  const PatternBatch rows = pattern_from(batch.pose, hands);
  const int64_t count = data.size();
  Patterns patterns;
  patterns.pose = rows.pose;
  patterns.shape = rows.shape;
  patterns.translation = rows.translation;
  patterns.source = patterns.modality = patterns.split = patterns.seed = torch::zeros({count}, torch::kInt64);
  patterns.sources = {"procedural"};
  patterns.modalities = {"synthetic"};
  return patterns;
}

TEST(OverfitTest, PriorThenSamplerReachThreeMillimetresOnSixteenSamples) {
  at::set_num_threads(2);
  const TemporaryDirectory folder;
  const HandModel hand = procedural_hand();
  write_hand_model(folder / "hand.h5", hand);
  ImageSynthesisConfig synthesis;
  synthesis.count = 24;
  synthesis.seed = 5;
  synthesis.variety = variety_of(0);
  synthesize_images(folder / "images", hand, synthesis);
  const HandModel model = read_hand_model(folder / "hand.h5");
  ImageIndex index = read_images(folder / "images", "train", {});
  ASSERT_GE(index.usable.size(), 16u);
  index.usable.truncate(16);
  ImageDatasetConfig crop;
  crop.crop_size = 64;
  crop.augmentation.enabled = false;
  const ImageDataset data(index, model, crop);
  const TwoHands hands(model);
  const Patterns patterns = patterns_of(data, hands);
  write_patterns(folder / "patterns.h5", patterns);

  PriorTrainConfig prior;
  prior.hand = (folder / "hand.h5").string();
  prior.data.train = {(folder / "patterns.h5").string(), "train"};
  prior.data.validation = prior.data.train;
  prior.data.mirror = false;
  prior.loader.batch = 16;
  prior.model = {16, 128, 1, Anchor::knuckle};
  prior.loss.kl = 1e-5;
  prior.fit.steps = 700;
  prior.fit.warmup = 20;
  prior.fit.learning_rate = 3e-3;
  prior.fit.ema_decay = 0;
  prior.fit.checkpoint_every = prior.fit.validate_every = 700;
  train_prior(prior, {folder / "prior"});
  const PriorEvaluation rebuilt =
      evaluate_prior(load_prior(folder / "prior/checkpoints/last.safetensors"), hands, patterns, torch::kCPU);
  RecordProperty("prior_joint_mm", std::to_string(rebuilt.joint_mm));
  EXPECT_LT(rebuilt.joint_mm, 3.0);

  SamplerTrainConfig sampler;
  sampler.hand = prior.hand;
  sampler.prior = (folder / "prior/checkpoints/last.safetensors").string();
  sampler.data.train = {{(folder / "images").string(), "train", 1, 16, {}}};
  sampler.data.validation = sampler.data.train.front();
  sampler.data.augmentation.enabled = false;
  sampler.loader.batch = 16;
  sampler.model.image_size = 64;
  sampler.model.extraction = {BackboneKind::resnet18, 16, 32, 32, FeatureSource::decoder};
  sampler.model.fusion.patch = 4;
  sampler.model.fusion.depth = 1;
  sampler.model.fusion.width = 64;
  sampler.model.fusion.heads = 4;
  sampler.model.sampling = {QueryKind::joints, 4, 256};
  sampler.loss.joints_root = sampler.loss.vertices_root = 100;
  sampler.extraction_first = 0;
  sampler.fit.steps = 900;
  sampler.fit.warmup = 20;
  sampler.fit.learning_rate = sampler.fit.backbone_learning_rate = 2e-3;
  sampler.fit.ema_decay = 0;
  sampler.fit.checkpoint_every = sampler.fit.validate_every = 900;
  train_sampler(sampler, {folder / "sampler"});
  const PredictedSet set = predict_set(load_sampler(folder / "sampler/checkpoints/last.safetensors"), hands, data, torch::kCPU);
  const Evaluation evaluation = evaluate(Protocol::intaghand, set.predictions, set.truth, hands);
  RecordProperty("sampler_mpjpe_mm", std::to_string(evaluation.metrics.at("mpjpe_mm")));
  EXPECT_LT(evaluation.metrics.at("mpjpe_mm"), 3.0);
  EXPECT_GT(evaluation.mean_pose.at("mpjpe_mm"), 15.0);  // the samples differ from the mean pose
}

}  // namespace
}  // namespace interprior
