#include "interprior/evaluation/predicted_set.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <opencv2/imgcodecs.hpp>

#include "infer/few_images.h"
#include "interprior/evaluation/evaluation.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_model());
  return both;
}

PredictedSet predicted(const Dataset<ImageBatch>& data, int64_t batch, int64_t workers, int64_t hypotheses = 1,
                       double temperature = 1) {
  PredictionOptions options;
  options.batch = batch;
  options.workers = workers;
  options.hypotheses = hypotheses;
  options.temperature = temperature;
  return predict_set(tiny_sampler(), hands(), data, torch::kCPU, options);
}

TEST(PredictedSet, TheLastBatchIsNotDropped) {
  const FewImages data(7);
  std::vector<int64_t> done;
  PredictionOptions options;
  options.batch = 4;
  options.workers = 0;
  options.progress = [&](int64_t now, int64_t all) {
    done.push_back(now);
    EXPECT_EQ(all, 7);
  };
  const PredictedSet set = predict_set(tiny_sampler(), hands(), data, torch::kCPU, options);
  EXPECT_EQ(set.predictions.size(), 7);
  EXPECT_EQ(set.truth.sample.back(), "test/6.jpg");
  EXPECT_EQ(set.truth.group[6], "sequence3");
  EXPECT_EQ(done, (std::vector<int64_t>{4, 7}));
  EXPECT_EQ(evaluate(Protocol::intaghand, set.predictions, set.truth, hands()).metrics.samples, 7);
}

TEST(PredictedSet, DoesNotDependOnBatchesOrWorkers) {
  const FewImages data(7);
  const PredictedSet a = predicted(data, 1, 0, 3), b = predicted(data, 4, 2, 3), c = predicted(data, 7, 1, 3);
  for (const PredictedSet* other : {&b, &c}) {
    EXPECT_EQ(other->predictions.sample, a.predictions.sample);
    EXPECT_THAT(other->predictions.pose, TensorNear(a.predictions.pose, 1e-4));
    EXPECT_THAT(other->predictions.translation, TensorNear(a.predictions.translation, 1e-5));
    EXPECT_THAT(other->predictions.hypotheses_pose, TensorNear(a.predictions.hypotheses_pose, 1e-4));
    EXPECT_THAT(other->truth.translation, TensorNear(a.truth.translation, 1e-6));
  }
  EXPECT_EQ(a.predictions.hypotheses_pose.sizes(), torch::IntArrayRef({7, 3, 2, 48}));
  EXPECT_GT((a.predictions.hypotheses_pose - a.predictions.pose.unsqueeze(1)).abs().max().item<double>(), 1e-3);
}

// The same noise, scaled: near the mean, poses differ from it in the same direction.
TEST(PredictedSet, TemperatureScalesHowFarHypothesesLieFromTheMean) {
  const FewImages data(4);
  const auto offsets = [&](double temperature) {
    const PredictedSet set = predicted(data, 4, 0, 3, temperature);
    return (set.predictions.hypotheses_pose - set.predictions.pose.unsqueeze(1)).to(torch::kDouble);
  };
  const torch::Tensor near = offsets(2e-4), farther = offsets(4e-4);
  EXPECT_GT(near.abs().max().item<double>(), 1e-4);
  EXPECT_THAT(farther, TensorNear(2 * near, 0.05 * farther.abs().max().item<double>()));
}

TEST(PredictedSet, GroundTruthIsInTheOriginalCamera) {
  FewImages data(5);
  const PredictedSet set = predicted(data, 2, 0);
  const PerHand<HandMesh> mesh = hands()(data.all().pose);
  const torch::Tensor in_crop =
      torch::stack({mesh.right.vertices_in_root, mesh.left.vertices_in_root}, 1) + data.all().root_in_camera.view({-1, 1, 1, 3});
  const torch::Tensor in_original = torch::matmul(in_crop, data.all().camera.camera_from_original.unsqueeze(1));  // rows x^T R
  EXPECT_THAT(vertices_of(set.truth, hands()), TensorNear(in_original, 3e-6));
  EXPECT_THAT(set.truth.joints,
              TensorNear(torch::matmul(data.all().joints_in_camera, data.all().camera.camera_from_original.unsqueeze(1)), 1e-6));
  EXPECT_THAT(set.truth.joints, TensorNear(chain_joints_of(set.truth, hands()), 3e-6));
}

TEST(PredictedSet, PredictionsAreTheNetworksOutputRotatedBack) {
  FewImages data(3);
  const PredictedSet set = predicted(data, 3, 0);
  Sampler network = tiny_sampler();
  network->eval();
  const torch::NoGradGuard no_grad;
  const Reconstruction prediction = network->forward(data.all().image, hands());
  const torch::Tensor root = root_from_view_camera(prediction.conditional.view.camera, data.all().camera, kTinyCrop);
  const PerHand<HandMesh> mesh = hands()(prediction.pose);
  const torch::Tensor in_crop =
      torch::stack({mesh.right.vertices_in_root, mesh.left.vertices_in_root}, 1) + root.view({-1, 1, 1, 3});
  EXPECT_THAT(vertices_of(set.predictions, hands()),
              TensorNear(torch::matmul(in_crop, data.all().camera.camera_from_original.unsqueeze(1)), 1e-5));
  EXPECT_THAT(set.predictions.joints, TensorNear(chain_joints_of(set.predictions, hands()), 1e-5));
}

TEST(PredictedSet, DamagedSamplesAreCountedAndSkipped) {
  const FewImages data(7, {0, 5});
  const PredictedSet set = predicted(data, 4, 2);
  EXPECT_EQ(set.predictions.size(), 5);
  EXPECT_EQ(set.skipped.at("sample_unreadable"), 2);
  EXPECT_EQ(set.truth.sample.front(), "test/1.jpg");
  EXPECT_EQ(evaluate(Protocol::wrist, set.predictions, set.truth, hands(), set.skipped).skipped.at("sample_unreadable"), 2);
  const FewImages ruin(2, {0, 1});
  EXPECT_THAT([&] { predicted(ruin, 4, 0); }, ThrowsError(HasSubstr("damaged")));
}

PredictionOptions in_batches_of(int64_t batch) {
  PredictionOptions options;
  options.batch = batch;
  options.workers = 0;
  return options;
}

TEST(PredictedSet, PartsAreRowsOfTheFullSet) {
  const FewImages data(7, {1});
  const PredictedSet whole = predicted(data, 3, 0, 2);
  std::vector<HandSet> parts;
  for (const auto& [begin, end] : {std::pair<int64_t, int64_t>{0, 3}, {3, 5}, {5, 7}}) {
    PredictionOptions options = in_batches_of(2);
    options.hypotheses = 2;
    options.begin = begin;
    options.end = end;
    parts.push_back(predict_set(tiny_sampler(), hands(), data, torch::kCPU, options).predictions);
  }
  const HandSet joined = concatenated(parts);
  EXPECT_EQ(joined.sample, whole.predictions.sample);
  EXPECT_THAT(joined.pose, TensorNear(whole.predictions.pose, 1e-4));
  EXPECT_THAT(joined.hypotheses_pose, TensorNear(whole.predictions.hypotheses_pose, 1e-4));
}

TEST(PredictedSet, TheNetworksModeIsRestored) {
  const FewImages data(3);
  Sampler network = tiny_sampler();
  network->train();
  const torch::Tensor once = predict_set(network, hands(), data, torch::kCPU, in_batches_of(3)).predictions.pose;
  EXPECT_TRUE(network->is_training());
  EXPECT_THAT(predict_set(network, hands(), data, torch::kCPU, in_batches_of(1)).predictions.pose,
              TensorNear(once, 1e-4));  // running statistics untouched
  network->eval();
  predict_set(network, hands(), data, torch::kCPU, in_batches_of(3));
  EXPECT_FALSE(network->is_training());
}

TEST(PredictedSet, MarksMissingHandsAndMeshes) {
  FewImages data(2);
  data.all().hand_present[1][0] = false;
  data.all().has_mano[1][0] = false;
  data.all().has_mano[0][1] = false;
  const PredictedSet set = predicted(data, 2, 0);
  EXPECT_TRUE(torch::equal(valid_hands(set.truth), torch::tensor({1, 1, 0, 1}).view({2, 2}).to(torch::kBool)));
  EXPECT_TRUE(torch::equal(valid_meshes(set.truth), torch::tensor({1, 0, 0, 1}).view({2, 2}).to(torch::kBool)));
}

// Evaluation and the reconstructor must use the same crop of an image and give the same prediction.
TEST(PredictedSet, AgreesWithTheReconstructor) {
  const TemporaryDirectory folder;
  const cv::Mat photo = random_image(500, 300);
  cv::imwrite((folder / "photo.png").string(), photo);
  ImageTables tables;
  tables.cameras.resize(1);
  tables.frames.resize(1);
  tables.images.resize(1);
  tables.sequences = {"test/photo"};
  tables.given[0] = {"test/photo.png", (folder / "photo.png").string(), 0, 0};
  CameraEntry& camera = tables.cameras[0];
  std::tie(camera.fx, camera.fy, camera.cx, camera.cy) = std::tuple(700, 700, 240, 155);
  tables.images[0].width = 500;
  tables.images[0].height = 300;
  tables.images[0].box = {20, 30, 230, 190};
  ImageIndex index;
  index.usable.add(std::make_shared<const ImageTables>(tables), 0);
  const ImageRecord record = index.usable[0];
  ImageDatasetConfig config;
  config.crop_size = kTinyCrop;
  config.box = BoxSource::annotation;
  config.augmentation.enabled = false;
  const PredictedSet set = predicted(ImageDataset(index, procedural_model(), config), 1, 0);
  const ReconstructedHands found =
      Reconstructor(tiny_sampler(), procedural_model()).reconstruct(photo, record.box, record.camera);
  for (const Side side : kSides) {
    const auto row = static_cast<int64_t>(side);
    EXPECT_THAT(set.predictions.pose[0][row], TensorNear(found.mano[side].pose, 1e-4));
    EXPECT_THAT(set.predictions.translation[0][row], TensorNear(found.mano[side].translation, 1e-5));
    EXPECT_THAT(set.predictions.joints[0][row], TensorNear(found.joints_in_camera[side], 1e-5));
  }
}

}  // namespace
}  // namespace interprior
