#include "interprior/report/sample_image.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/report/hand_image.h"
#include "support/small_sampler.h"
#include "two_crops.h"

namespace interprior {
namespace {

std::vector<DrawnSample> drawn(const SamplerConfig& config, const ImageBatch& batch, const TwoHands& hands) {
  torch::NoGradGuard no_gradients;
  Sampler network(config, InteractionPriorConfig{8, 16, 1});
  network->eval();
  return draw_samples(batch, network->forward(batch.image, hands), config, hands);
}

cv::Mat column(const cv::Mat& image, int index) {
  return image(cv::Rect(index * (kPanel + 3), image.rows - kPanel, kPanel, kPanel));
}

TEST(SampleImage, ShowsImageGroundTruthPredictionSideViewsAndMaps) {
  torch::manual_seed(0);
  const TwoHands hands(procedural_hand());
  const ImageBatch batch = two_crops(64);
  const auto images = drawn(small_sampler(), batch, hands);
  ASSERT_EQ(images.size(), 2u);
  EXPECT_EQ(images[0].image.cols, 7 * kPanel + 6 * 3);
  const double with_both = cv::norm(column(images[0].image, 0), column(images[0].image, 1), cv::NORM_L1);
  EXPECT_GT(with_both, 1e5);  // ground-truth hands are drawn over the crop
  EXPECT_GT(cv::norm(column(images[0].image, 5), column(images[0].image, 6), cv::NORM_L1), 1e4);
}

TEST(SampleImage, AHandWithoutAnnotationIsNotDrawnAsGroundTruth) {
  torch::manual_seed(0);
  const TwoHands hands(procedural_hand());
  ImageBatch batch = two_crops(64);
  batch.image.fill_(90);
  const auto images = drawn(small_sampler(), batch, hands);
  const auto changed = [&](int row) { return cv::norm(column(images[row].image, 0), column(images[row].image, 1), cv::NORM_L1); };
  EXPECT_GT(changed(0), 1.5 * changed(1));
  EXPECT_EQ(images[0].meshes.size(), 4u);
  EXPECT_EQ(images[1].meshes.size(), 3u);
  EXPECT_GT(changed(1), 1e4);
}

TEST(SampleImage, ANetworkWithoutHeatmapsHasNoMapsToShow) {
  const TwoHands hands(procedural_hand());
  SamplerConfig config = small_sampler();
  config.heatmap.kind = HeatmapKind::none;
  EXPECT_EQ(drawn(config, two_crops(64), hands)[0].image.cols, 5 * kPanel + 4 * 3);
}

}  // namespace
}  // namespace interprior
