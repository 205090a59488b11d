#include "interprior/report/sample_picture.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/report/hand_picture.h"
#include "support/small_sampler.h"
#include "two_crops.h"

namespace interprior {
namespace {

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
  const auto pictures = drawn(small_sampler(), batch, hands);
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
  const auto pictures = drawn(small_sampler(), batch, hands);
  const auto changed = [&](int row) { return cv::norm(column(pictures[row], 0), column(pictures[row], 1), cv::NORM_L1); };
  EXPECT_GT(changed(0), 1.5 * changed(1));
  EXPECT_GT(changed(1), 1e4);
}

TEST(SamplePicture, ANetworkWithoutHeatmapsHasNoMapsToShow) {
  const TwoHands hands(procedural_hand());
  SamplerConfig config = small_sampler();
  config.heatmap.kind = HeatmapKind::none;
  EXPECT_EQ(drawn(config, two_crops(64), hands)[0].cols, 5 * kPanel + 4 * 3);
}

}  // namespace
}  // namespace interprior
