#include "interprior/interaction/pattern_statistics.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

// Flat hands at rest with mean shape, placed by their translations.
Patterns flat_pair(const std::array<float, 3>& right, const std::array<float, 3>& left, int64_t count = 1) {
  Patterns patterns;
  patterns.pose = torch::zeros({count, 2, 48});
  patterns.shape = torch::zeros({count, 2, 10});
  patterns.translation = torch::zeros({count, 2, 3});
  for (int64_t k = 0; k < 3; ++k) {
    patterns.translation.select(1, 0).select(1, k).fill_(right[static_cast<size_t>(k)]);
    patterns.translation.select(1, 1).select(1, k).fill_(left[static_cast<size_t>(k)]);
  }
  return patterns;
}

TEST(PatternStatistics, MeasuresAHandBuiltPair) {
  const HandModel model = procedural_hand();
  const TwoHands hands(model);
  // MANO's rest pose: the right middle MCP is 84 mm from its wrist towards -x, the left one towards +x.
  PatternStatistics flat = pattern_statistics(flat_pair({0.3f, 0, 0}, {0, 0.1f, 0}), hands);
  EXPECT_NEAR(flat.offset_mean[0], 0.3 - 2 * 0.084, 0.004);
  EXPECT_NEAR(flat.offset_mean[1], -0.1, 1e-6);
  EXPECT_NEAR(flat.offset_mean[2], 0, 1e-6);
  EXPECT_NEAR(flat.bone_low, 0.084, 0.002);
  EXPECT_NEAR(flat.bone_high, flat.bone_low, 1e-6);
  EXPECT_NEAR(flat.wrist_mean, std::hypot(0.3, 0.1), 1e-5);
  EXPECT_NEAR(flat.offset_deviation[1] + flat.wrist_deviation + flat.shape_deviation[0], 0, 1e-6);
  // The palm of a flat left hand faces -y: points in front of it have negative y, for any rotation of the pair.
  Patterns turned = flat_pair({0, -0.1f, 0}, {0, 0, 0}, 2);
  const double before = pattern_statistics(turned, hands).offset_mean[1];
  EXPECT_NEAR(before, -0.1, 1e-6);
  turned.shape[0][0][0] = 2;
  turned.shape[0][1][0] = 2;
  turned.translation[1][0][0] = 0.06f;
  const PatternStatistics two = pattern_statistics(turned, hands);
  EXPECT_NEAR(two.shape_deviation[0], 1, 1e-6);
  EXPECT_GT(two.bone_high, two.bone_low + 0.002);
  EXPECT_GT(two.offset_deviation[0], 0.01);
  EXPECT_THAT([&] { pattern_statistics(Patterns{}, hands); }, ThrowsError(HasSubstr("no patterns")));
}

TEST(PatternStatistics, DoNotDependOnTheView) {
  const HandModel model = procedural_hand();
  const TwoHands hands(model);
  const PatternStatistics one = pattern_statistics(synthesize_patterns(model, {300, 4, 0, 0}), hands),
                          other = pattern_statistics(synthesize_patterns(model, {300, 4, 180, 0}), hands);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(one.offset_mean[k], other.offset_mean[k], 1e-6);
    EXPECT_NEAR(one.offset_deviation[k], other.offset_deviation[k], 1e-6);
  }
  EXPECT_THAT(statistics_text(one), HasSubstr("InterHand2.6M    5  -82   -4"));
}

}  // namespace
}  // namespace interprior
