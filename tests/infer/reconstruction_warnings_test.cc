#include "interprior/infer/reconstruction_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace interprior {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Hands half a metre away in a box of 300 px of a photograph of 640 x 480, cut out at 256 px.
ReconstructedHands plain_hands() {
  ReconstructedHands hands;
  for (const Side side : kSides) {
    hands.joints_in_camera[side] = torch::zeros({21, 3});
    hands.joints_in_camera[side].select(1, 2).fill_(0.5);
  }
  hands.camera = {700, 700, 319.5, 239.5, 640, 480};
  hands.box = {150, 90, 300, 300};
  hands.crop = crop_camera(hands.camera, hands.box, 256);
  hands.present = {true, true};
  return hands;
}

TEST(ReconstructionWarnings, PlainHandsHaveNone) { EXPECT_THAT(warnings_of(plain_hands()), IsEmpty()); }

TEST(ReconstructionWarnings, ImplausibleDepthOfEitherWrist) {
  for (const Side side : kSides)
    for (const auto& [depth, suspicious] : {std::pair(0.14, true), {0.16, false}, {2.9, false}, {3.1, true}, {28.0, true}}) {
      ReconstructedHands hands = plain_hands();
      hands.joints_in_camera[side][0][2] = depth;
      EXPECT_EQ(warnings_of(hands).size(), suspicious ? 1u : 0u) << depth;
      if (suspicious) EXPECT_THAT(warnings_of(hands), ElementsAre("depth_implausible"));
    }
}

TEST(ReconstructionWarnings, Boxes) {
  ReconstructedHands hands = plain_hands();
  const auto with_box = [&](const Box& box) {
    hands.box = box;
    hands.crop = crop_camera(hands.camera, box, 256);
    return warnings_of(hands);
  };
  EXPECT_THAT(with_box({300, 200, 66, 66}), IsEmpty());
  EXPECT_THAT(with_box({300, 200, 62, 30}), ElementsAre("crop_enlarged"));
  EXPECT_THAT(with_box({300, 200, 59, 59}), ElementsAre("box_small", "crop_enlarged"));
  EXPECT_THAT(with_box({300, 200, 0.4, 0.4}), ElementsAre("box_small", "crop_enlarged"));
  EXPECT_THAT(with_box({-140, 100, 300, 300}), IsEmpty());
  EXPECT_THAT(with_box({-160, 100, 300, 300}), ElementsAre("box_mostly_outside"));
  EXPECT_THAT(with_box({-2000, -2000, 5000, 5000}), ElementsAre("box_mostly_outside"));
}

TEST(ReconstructionWarnings, AnImageWithoutABox) {
  ReconstructedHands hands = plain_hands();
  hands.box_source = PhotoBoxSource::whole_image;
  hands.box = {0, 0, 640, 480};
  hands.crop = crop_camera(hands.camera, hands.box, 256);
  EXPECT_THAT(warnings_of(hands), ElementsAre("whole_image_box"));
  hands.box_source = PhotoBoxSource::given;
  EXPECT_THAT(warnings_of(hands), IsEmpty());
}

TEST(ReconstructionWarnings, ACameraOfAnotherImageAndAbsentHands) {
  ReconstructedHands hands = plain_hands();
  hands.camera.cx = 2000;
  EXPECT_THAT(warnings_of(hands), ElementsAre("principal_point_outside"));
  hands = plain_hands();
  hands.present = {true, false};
  EXPECT_THAT(warnings_of(hands), ElementsAre("left_hand_absent"));
}

TEST(ReconstructionWarnings, MeshesThatCannotBeWrittenAreNoticedOnlyIfTheyAreWanted) {
  ReconstructedHands hands = plain_hands();
  hands.present = {true, false};
  EXPECT_THAT(warnings_of(hands, true), ElementsAre("left_hand_absent"));
  hands.present = {false, false};
  EXPECT_THAT(warnings_of(hands, false), ElementsAre("right_hand_absent", "left_hand_absent"));
  EXPECT_THAT(warnings_of(hands, true), ElementsAre("right_hand_absent", "left_hand_absent", "no_mesh"));
}

TEST(ReconstructionWarnings, EveryWarningHasAText) {
  for (const char* word : {"depth_implausible", "box_small", "box_mostly_outside", "crop_enlarged", "whole_image_box",
                           "principal_point_outside", "right_hand_absent", "left_hand_absent", "no_mesh"})
    EXPECT_GT(warning_text(word).size(), 20u) << word;
}

}  // namespace
}  // namespace interprior
