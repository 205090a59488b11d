#include "interprior/objective/keypoint_noise.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/shape.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

constexpr int64_t kPair = 2 * kJoints, kFingers = 5;
constexpr double kOnAnother = 0.6;        // of the wrong joints; the others are uniform in a box of twice the size
constexpr double kFingerExchanged = 0.3;  // of a sample's fingers, if any are swapped

// Flags of fingers (B,5) to flags of both hands' joints (B,42); wrists belong to no finger.
torch::Tensor joints_of(const torch::Tensor& fingers) {
  const torch::Tensor wrist = torch::zeros({fingers.size(0), 1}, fingers.options());
  const torch::Tensor hand = torch::cat({wrist, fingers.repeat_interleave((kJoints - 1) / kFingers, 1)}, 1);
  return torch::cat({hand, hand}, 1);
}

}  // namespace

FoundJoints detected(const KeypointNoiseConfig& noise, const torch::Tensor& joints_in_image, const torch::Tensor& visible,
                     RowSeed seed) {
  const torch::NoGradGuard no_grad;
  ShapeCheck check("detected");
  check(joints_in_image, "joints_in_image", {"B", kPair, 2})(visible, "visible", {"B", kPair});
  const int64_t batch = check["B"];
  const torch::Device device = joints_in_image.device();
  const auto uniform = [&](const char* name, torch::IntArrayRef shape) {
    return uniform_tensor(shape, seed.derive(name), device);
  };
  const torch::Tensor low = joints_in_image.amin(1, true), high = joints_in_image.amax(1, true);
  const torch::Tensor size = (high - low).amax(2, true);  // (B,1,1)

  const torch::Tensor off = noise.off * uniform("off", {batch, 1, 1}) * size;
  torch::Tensor place = joints_in_image + off * normal_tensor({batch, kPair, 2}, seed.derive("places"), device);

  const torch::Tensor wrong = uniform("wrong", {batch, kPair}) < noise.wrong * uniform("wrong share", {batch, 1});
  const torch::Tensor another = (uniform("another", {batch, kPair}) * kPair).to(torch::kInt64).clamp_max(kPair - 1);
  const torch::Tensor on_another = place.gather(1, another.unsqueeze(2).expand({-1, -1, 2}));
  const torch::Tensor anywhere = (low + high) / 2 + 2 * size * (uniform("anywhere", {batch, kPair, 2}) - 0.5);
  const torch::Tensor onto = (uniform("onto", {batch, kPair}) < kOnAnother).unsqueeze(2);
  place = torch::where(wrong.unsqueeze(2), torch::where(onto, on_another, anywhere), place);

  const torch::Tensor exchanging = uniform("exchanged", {batch, 1}) < noise.exchanged;
  const torch::Tensor exchanged = joints_of((uniform("fingers", {batch, kFingers}) < kFingerExchanged).logical_and(exchanging));
  place = torch::where(exchanged.unsqueeze(2), place.roll(kJoints, 1), place);

  const torch::Tensor missing = noise.missing * uniform("missing share", {batch, 1}) +
                                noise.hidden * uniform("hidden share", {batch, 1}) * visible.logical_not();
  const torch::Tensor absent = uniform("absent", {batch, 1}) < noise.absent;
  const torch::Tensor right_absent = uniform("absent side", {batch, 1}) < 0.5;
  const torch::Tensor hand_there =
      torch::cat({absent.logical_and(right_absent), absent.logical_and(right_absent.logical_not())}, 1).logical_not();
  const torch::Tensor found =
      (uniform("missing", {batch, kPair}) >= missing).logical_and(hand_there.repeat_interleave(kJoints, 1));
  FoundJoints joints = without_scattered({place, found});
  joints.found = joints.found.logical_or(joints.found.any(1, true).logical_not());
  return joints;
}

}  // namespace interprior
