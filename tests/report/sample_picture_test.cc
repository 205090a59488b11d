#include "interprior/report/sample_picture.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/hand/procedural_hand.h"
#include "interprior/report/hand_picture.h"

namespace interprior {
namespace {

// Two crops of grey noise with two open hands in front of the camera; the left hand of the second one is not annotated.
ImageBatch two_crops(int64_t size) {
  ImageBatch batch = allocate_images(2, size);
  batch.image = torch::randint(0, 256, {2, 3, size, size}, torch::kUInt8);
  batch.camera = {torch::full({2, 2}, 2.5 * static_cast<double>(size)), torch::full({2, 2}, (static_cast<double>(size) - 1) / 2),
                  torch::eye(3).expand({2, 3, 3}).clone()};
  for (const Side side : kSides)
    batch.pose[side] = {torch::eye(3).expand({2, 16, 3, 3}).clone(), torch::zeros({2, 10}), torch::zeros({2, 3})};
  batch.pose.left.wrist_in_root.select(1, 1).fill_(0.14);  // below the right hand, beside nothing of it
  batch.root_in_camera = torch::tensor({{0.0f, -0.07f, 1.1f}, {0.0f, -0.07f, 1.1f}});
  batch.joint_valid.fill_(true);
  batch.mask_valid.fill_(true);
  batch.hand_present.fill_(true);
  batch.has_mano = torch::tensor({{true, true}, {true, false}}, torch::kBool);
  batch.sample = {"test/a", "test/b"};
  batch.sequence = {"a", "b"};
  return batch;
}

SamplerConfig small_network() {
  SamplerConfig config;
  config.image_size = 64;
  config.extraction.trunk = TrunkKind::resnet18;
  config.extraction.width = 8;
  config.extraction.features = 8;
  config.extraction.decoder = 8;
  config.fusion.depth = 1;
  config.fusion.width = 24;
  config.fusion.heads = 2;
  config.sampling.heads = 2;
  config.sampling.width = 16;
  return config;
}

std::vector<cv::Mat> drawn(const SamplerConfig& config, const ImageBatch& batch, const TwoHands& hands) {
  torch::NoGradGuard no_gradients;
  Sampler network(config, InteractionPriorConfig{8, 16, 1});
  network->eval();
  return draw_samples(batch, network->forward(batch.image, hands), config, hands);
}

cv::Mat column(const cv::Mat& picture, int index) {
  return picture(cv::Rect(index * (kPanel + 3), picture.rows - kPanel, kPanel, kPanel));
}

TEST(SamplePicture, ShowsPictureTruthPredictionSidesAndMaps) {
  torch::manual_seed(0);
  const TwoHands hands(procedural_hand());
  const ImageBatch batch = two_crops(64);
  const auto pictures = drawn(small_network(), batch, hands);
  ASSERT_EQ(pictures.size(), 2u);
  EXPECT_EQ(pictures[0].cols, 7 * kPanel + 6 * 3);
  const double with_both = cv::norm(column(pictures[0], 0), column(pictures[0], 1), cv::NORM_L1);
  EXPECT_GT(with_both, 1e5);  // the hands of the truth stand over the crop
  EXPECT_GT(cv::norm(column(pictures[0], 5), column(pictures[0], 6), cv::NORM_L1), 1e4);
}

TEST(SamplePicture, AHandWithoutAnnotationIsNotDrawnAsTruth) {
  torch::manual_seed(0);
  const TwoHands hands(procedural_hand());
  ImageBatch batch = two_crops(64);
  batch.image.fill_(90);
  const auto pictures = drawn(small_network(), batch, hands);
  const auto changed = [&](int row) { return cv::norm(column(pictures[row], 0), column(pictures[row], 1), cv::NORM_L1); };
  EXPECT_GT(changed(0), 1.5 * changed(1));
  EXPECT_GT(changed(1), 1e4);
}

TEST(SamplePicture, ANetworkWithoutHeatmapsHasNoMapsToShow) {
  const TwoHands hands(procedural_hand());
  SamplerConfig config = small_network();
  config.heatmap.kind = HeatmapKind::none;
  EXPECT_EQ(drawn(config, two_crops(64), hands)[0].cols, 5 * kPanel + 4 * 3);
}

}  // namespace
}  // namespace interprior
