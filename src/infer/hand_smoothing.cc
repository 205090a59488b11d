#include "interprior/infer/hand_smoothing.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

constexpr const char* kWhere = "HandSmoothing";
using Shape = OneEuroPoint<10>::Point;

void require_finite(const PosedHand& hand, Side side) {
  bool finite = hand.wrist.allFinite();
  for (const Matrix3& rotation : hand.rotations) finite = finite && rotation.allFinite();
  for (const double number : hand.shape) finite = finite && std::isfinite(number);
  require(finite, std::string("the ") + side_name(side) + " hand to be smoothed is not finite", kWhere, "leave the frame out");
}

Shape vector_of(const ShapeNumbers& shape) { return Shape(shape.data()); }

}  // namespace

PosedHand posed_hand(const ManoParameters& mano, const RestJoints& rest) {
  ShapeCheck("MANO parameters")(mano.pose, "pose", {48})(mano.shape, "shape", {10})(mano.translation, "translation", {3});
  const auto numbers = [](const torch::Tensor& tensor) { return tensor.detach().to(torch::kCPU, torch::kFloat64).contiguous(); };
  const torch::Tensor pose = numbers(mano.pose), shape = numbers(mano.shape), translation = numbers(mano.translation);
  PosedHand hand;
  hand.rotations = rotations_from_axis_angles(pose.const_data_ptr<double>());
  std::copy_n(shape.const_data_ptr<double>(), hand.shape.size(), hand.shape.begin());
  hand.wrist = rest.wrist(hand.shape) + Vector3(translation.const_data_ptr<double>());
  return hand;
}

ManoParameters mano_parameters(const PosedHand& hand, const RestJoints& rest) {
  const auto tensor = [](const double* numbers, int64_t count) {
    return torch::from_blob(const_cast<double*>(numbers), {count}, torch::kFloat64).to(torch::kFloat32);
  };
  std::array<double, 3 * kManoJoints> pose;
  for (size_t joint = 0; joint < hand.rotations.size(); ++joint) {
    const Vector3 angles = axis_angle_from_rotation(hand.rotations[joint]);
    std::copy_n(angles.data(), 3, pose.begin() + static_cast<std::ptrdiff_t>(3 * joint));
  }
  const Vector3 translation = hand.wrist - rest.wrist(hand.shape);
  return {tensor(pose.data(), 48), tensor(hand.shape.data(), 10), tensor(translation.data(), 3)};
}

HandSmoothing::HandSmoothing(const HandModel& model, const SmoothingOptions& options)
    : options_(options), rest_{RestJoints(model.hand.right), RestJoints(model.hand.left)} {
  check_options(options.rotation, "the filter of rotations");
  check_options(options.wrist, "the filter of wrists");
  check_options(options.shape, "the filter of shapes");
  require(std::isfinite(options.gap) && options.gap >= 0, "the gap of a smoothing is no time", kWhere, "give 0 s or more");
}

std::optional<double> HandSmoothing::seconds_since(const Filters& filters, double time) const {
  if (!filters.time || time - *filters.time > options_.gap) return std::nullopt;
  return time - *filters.time;
}

PosedHand HandSmoothing::smoothed(Filters& filters, const PosedHand& hand, double seconds, double wrist_cutoff) const {
  PosedHand out;
  for (size_t joint = 0; joint < hand.rotations.size(); ++joint) {
    OneEuroRotation& filter = filters.rotation[joint];
    const Matrix3& sample = hand.rotations[joint];
    out.rotations[joint] = filter.filter(sample, seconds, filter.cutoff_of(sample, seconds, options_.rotation));
  }
  const Shape sample = vector_of(hand.shape);
  const Shape shape = filters.shape.filter(sample, seconds, filters.shape.cutoff_of(sample, seconds, options_.shape));
  std::copy_n(shape.data(), out.shape.size(), out.shape.begin());
  out.wrist = filters.wrist.filter(hand.wrist, seconds, wrist_cutoff);
  return out;
}

PerHand<PosedHand> HandSmoothing::add(double time, const PerHand<PosedHand>& hands, const PerHand<bool>& present) {
  require(std::isfinite(time) && (!time_ || time > *time_), "the times of the frames to be smoothed do not increase", kWhere,
          "add the frames in order");
  for (const Side side : kSides)
    if (present[side]) require_finite(hands[side], side);
  time_ = time;
  double cutoff = 0;
  for (const Side side : kSides) {
    const std::optional<double> seconds = seconds_since(filters_[side], time);
    if (present[side] && seconds)
      cutoff = std::max(cutoff, filters_[side].wrist.cutoff_of(hands[side].wrist, *seconds, options_.wrist));
  }
  PerHand<PosedHand> out = hands;
  for (const Side side : kSides) {
    if (!present[side]) continue;
    Filters& filters = filters_[side];
    if (const std::optional<double> seconds = seconds_since(filters, time)) {
      out[side] = smoothed(filters, hands[side], *seconds, cutoff);
    } else {
      for (size_t joint = 0; joint < filters.rotation.size(); ++joint)
        filters.rotation[joint].start(hands[side].rotations[joint]);
      filters.wrist.start(hands[side].wrist);
      filters.shape.start(vector_of(hands[side].shape));
    }
    filters.time = time;
  }
  return out;
}

PerHand<ManoParameters> HandSmoothing::add(double time, const PerHand<ManoParameters>& hands, const PerHand<bool>& present) {
  PerHand<PosedHand> posed;
  for (const Side side : kSides) posed[side] = posed_hand(hands[side], rest_[side]);
  const PerHand<PosedHand> out = add(time, posed, present);
  PerHand<ManoParameters> mano = hands;
  for (const Side side : kSides)
    if (present[side]) mano[side] = mano_parameters(out[side], rest_[side]);
  return mano;
}

}  // namespace interprior
