#include "prediction_doubts.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include "interprior/base/table.h"

namespace interprior {
namespace {

constexpr int64_t kFewest = 4;  // minimum number of samples for a warning
constexpr int64_t kFingerAngles = 45;

MeasureOptions points_alone() {
  MeasureOptions options;
  options.surfaces = false;
  options.implausible = Implausible::leave_out;
  return options;
}

// The set with right and left hand exchanged (index 0: left).
HandSet exchanged(const HandSet& set) {
  HandSet other;
  other.sample = set.sample;
  other.group = set.group;
  for (torch::Tensor HandSet::*member :
       {&HandSet::vertices, &HandSet::pose, &HandSet::shape, &HandSet::translation, &HandSet::joints})
    if ((set.*member).defined()) other.*member = (set.*member).flip(1);
  return other;
}

}  // namespace

PredictionDoubts::PredictionDoubts(const TwoHands& hands) : hands_(hands), meter_(hands.model, points_alone()) {
  for (const Side side : kSides) fingers_[side] = torch::zeros({kFingerAngles}, torch::kFloat64);
}

void PredictionDoubts::add(Protocol protocol, const HandSet& predictions, const HandSet& truth, const SampleErrors& errors) {
  if (looked_ < kExchanged) add_exchanged(protocol, predictions, truth, errors);
  looked_ += truth.size();
  if (predictions.has_parameters() && truth.has_parameters()) add_fingers(predictions, truth);
}

void PredictionDoubts::add_exchanged(Protocol protocol, const HandSet& predictions, const HandSet& truth,
                                     const SampleErrors& errors) {
  const torch::Tensor other = meter_({protocol}, exchanged(predictions), truth).front().joint.mean(1), own = errors.joint.mean(1);
  const torch::Tensor both = own.isfinite() & other.isfinite();
  compared_ += both.sum().item<int64_t>();
  as_given_mm_ += own.masked_fill(both.logical_not(), 0).sum().item<double>();
  exchanged_mm_ += other.masked_fill(both.logical_not(), 0).sum().item<double>();
}

void PredictionDoubts::add_fingers(const HandSet& predictions, const HandSet& truth) {
  const torch::Tensor offset = (predictions.pose - truth.pose).to(torch::kFloat64).narrow(2, 3, kFingerAngles);
  const torch::Tensor counts = valid_meshes(truth) & offset.isfinite().all(2);
  const torch::Tensor counted = offset.masked_fill(counts.logical_not().unsqueeze(2), 0).sum(0);
  for (const Side side : kSides) {
    fingers_[side] += counted[static_cast<int64_t>(side)];
    hands_counted_[side] += counts.select(1, static_cast<int64_t>(side)).sum().item<int64_t>();
  }
}

std::string PredictionDoubts::exchanged_warning() const {
  constexpr double kFarBetter = 0.7;  // times the error
  if (compared_ < kFewest || !(exchanged_mm_ < kFarBetter * as_given_mm_)) return "";
  const auto count = static_cast<double>(compared_);
  return c10::str("right and left hands look exchanged: exchanged, the MPJPE of the first ", compared_, " samples would be ",
                  number(exchanged_mm_ / count), " mm instead of ", number(as_given_mm_ / count),
                  " mm; index 0 is the right hand, 1 the left");
}

std::string PredictionDoubts::fingers_warning(Side side) const {
  constexpr double kNear = 0.4;  // tolerance relative to |hands_mean|: component of the offset along it minus +-1, and residual
  const torch::Tensor mean = hands_.model.hand[side].hands_mean.to(torch::kFloat64);
  const double squared = mean.square().sum().item<double>();
  if (hands_counted_[side] < kFewest || !(squared > 0.01)) return "";
  const torch::Tensor offset = fingers_[side] / static_cast<double>(hands_counted_[side]);
  const double times = offset.dot(mean).item<double>() / squared;
  const double beside = (offset - times * mean).square().sum().item<double>() / squared;
  if (std::abs(std::abs(times) - 1) > kNear || beside > kNear * kNear) return "";
  return c10::str("the ", side_name(side), " hands' finger angles differ from the truth's by ", number(times, 2),
                  " times hands_mean on average: hands_mean looks ", times > 0 ? "added twice" : "as if it was never added",
                  "; give absolute angles, hands_mean added once");
}

std::vector<std::string> PredictionDoubts::warnings() const {
  std::vector<std::string> list;
  for (const std::string& text : {exchanged_warning(), fingers_warning(Side::right), fingers_warning(Side::left)})
    if (!text.empty()) list.push_back(text);
  return list;
}

}  // namespace interprior
