#include "interprior/report/heatmap_image.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/report/hand_image.h"
#include "support/tensor_near.h"
#include "two_crops.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

ImageBatch one_crop(int64_t row) {
  ImageBatch two = two_crops(256), one = allocate_images(1, 256);
  const auto only = [row](const torch::Tensor& t) { return t.slice(0, row, row + 1).clone(); };
  one.image = only(two.image);
  one.camera = {only(two.camera.focal), only(two.camera.principal), only(two.camera.camera_from_original)};
  for (const Side side : kSides)
    one.pose[side] = {only(two.pose[side].rotations), only(two.pose[side].shape), only(two.pose[side].wrist_in_root)};
  one.root_in_camera = only(two.root_in_camera);
  one.has_mano = only(two.has_mano);
  one.sample = {two.sample[static_cast<size_t>(row)]};
  return one;
}

TEST(HeatmapImage, EveryKindHasItsColumnAndTheyDiffer) {
  const cv::Mat image = draw_heatmap_kinds(one_crop(0), TwoHands(procedural_hand()));
  EXPECT_EQ(image.cols, 6 * kPanel + 5 * 3);
  const auto column = [&](int i) { return image(cv::Rect(i * (kPanel + 3), image.rows / 3 - kPanel, kPanel, kPanel)).clone(); };
  // For separate flat open hands, neighbours in space are none or the same as in the image.
  for (int a = 1; a < 5; ++a)
    for (int b = a + 1; b < 5; ++b) EXPECT_GT(cv::norm(column(a), column(b), cv::NORM_L1), 1e3) << a << " " << b;
}

TEST(HeatmapImage, OneHandAloneIsRefused) {
  EXPECT_THAT([] { draw_heatmap_kinds(one_crop(1), TwoHands(procedural_hand())); }, ThrowsError(HasSubstr("test/b")));
}

}  // namespace
}  // namespace interprior
