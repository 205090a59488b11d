#include "report/vertex_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <numeric>

#include "interprior/metric/sample_errors.h"
#include "metric/hand_sets/random_hand_set.h"

namespace interprior {
namespace {

std::vector<double> errors_of(const HandSet& predictions, const HandSet& truth, Protocol protocol, Side side) {
  const auto mesh = [&](const HandSet& set) { return vertices_of(set, procedural_hands())[0][static_cast<int64_t>(side)]; };
  return vertex_errors(rule_of(protocol), mesh(predictions), mesh(truth), procedural_hands().layer[side]);
}

// Relative luminance of a linear colour (ITU-R BT.709).
double luminance(const std::array<float, 3>& linear) { return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]; }

TEST(VertexErrors, TheirMeanIsTheProtocolsVertexError) {
  const HandSet truth = annotated(random_hand_set(1, 3)), predictions = annotated(random_hand_set(1, 4));
  for (const Protocol protocol : {Protocol::intaghand, Protocol::wrist, Protocol::interwild, Protocol::internet}) {
    const SampleErrors expected = sample_errors(protocol, predictions, truth, procedural_hands(), {.surfaces = false});
    for (const Side side : kSides) {
      const std::vector<double> errors = errors_of(predictions, truth, protocol, side);
      const double mean = std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
      EXPECT_GT(mean, 1);
      EXPECT_NEAR(mean, expected.vertex[0][static_cast<int64_t>(side)].item<double>(), 1e-6) << static_cast<int>(protocol);
    }
  }
}

TEST(VertexErrors, AMovedHandHasNone) {
  const HandSet truth = random_hand_set(1, 5);
  HandSet moved = truth;
  moved.translation = moved.translation + torch::tensor({0.2, -0.1, 0.3}, torch::kFloat64);
  for (const double error : errors_of(moved, truth, Protocol::intaghand, Side::left)) EXPECT_NEAR(error, 0, 1e-9);
}

TEST(VertexErrors, AHandOfOnePointHasNoScale) {
  const torch::Tensor truth = vertices_of(random_hand_set(1, 6), procedural_hands())[0][0], point = torch::zeros_like(truth);
  const ManoLayer& layer = procedural_hands().layer.right;
  const std::vector<double> scaled = vertex_errors(rule_of(Protocol::intaghand), point, truth, layer),
                            unscaled = vertex_errors(rule_of(Protocol::interwild), point, truth, layer);
  EXPECT_TRUE(std::isnan(scaled.front()));
  EXPECT_TRUE(std::isfinite(unscaled.front()));
}

TEST(VertexErrors, ColoursGrowBrighterAlongTheBarAndEndThere) {
  std::vector<double> errors;
  for (int i = 0; i <= 60; ++i) errors.push_back(0.5 * i);
  const Paint paint = error_paint(errors, 30, errors.size());
  for (size_t i = 1; i < errors.size(); ++i) EXPECT_GT(luminance(paint.colour[i]), luminance(paint.colour[i - 1])) << errors[i];
  EXPECT_EQ(error_paint({30}, 30, 1).colour, error_paint({1000}, 30, 1).colour);
  EXPECT_EQ(error_colour(-1), error_colour(0));
  // Ends of viridis (matplotlib's table: 0.267 0.005 0.329 and 0.993 0.906 0.144).
  const std::array<int, 3> first = {68, 1, 84}, last = {253, 231, 37};
  for (size_t channel = 0; channel < 3; ++channel) {
    EXPECT_NEAR(error_colour(0)[channel], first[channel], 1);
    EXPECT_NEAR(error_colour(1)[channel], last[channel], 2);
  }
}

TEST(VertexErrors, UnknownErrorsAreGrey) {
  const Paint paint = error_paint({std::nan(""), 5}, 30, 3);
  ASSERT_EQ(paint.colour.size(), 3u);
  for (const size_t i : {size_t{0}, size_t{2}}) {
    EXPECT_EQ(paint.colour[i][0], paint.colour[i][1]);
    EXPECT_EQ(paint.colour[i][1], paint.colour[i][2]);
  }
  EXPECT_NE(paint.colour[1], paint.colour[0]);
}

}  // namespace
}  // namespace interprior
