#include "wrist_check.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>

#include "interprior/base/median.h"

namespace interprior {
namespace {

constexpr double kFar = 0.3;        // m: beyond any plausible J0
constexpr double kMisfit = 0.02;    // m from the set's median J0; the shape changes J0 by some millimetres
constexpr double kFarthest = 40;    // m between two hands of one image
constexpr double kExchanged = 0.4;  // largest ratio of the spreads of wrist - translation: other hand to own hand

Vector3 median_point(const std::vector<Vector3>& points) {
  Vector3 middle;
  for (int k = 0; k < 3; ++k) {
    std::vector<double> values;
    for (const Vector3& point : points) values.push_back(point[k]);
    middle[k] = median(std::move(values));
  }
  return middle;
}

// Median distance of points from their median.
double spread(const std::vector<Vector3>& points) {
  const Vector3 middle = median_point(points);
  std::vector<double> away;
  for (const Vector3& point : points) away.push_back((point - middle).norm());
  return median(std::move(away));
}

struct Unit {
  const char* name;
  double metres;
};
constexpr Unit kUnits[] = {{"millimetres", 0.001}, {"centimetres", 0.01}};

}  // namespace

void WristCheck::add(const FrameEntry& frame, const std::string& sample) {
  bool used = false;
  for (const Side side : kSides) {
    if (!frame.mano[side]) continue;
    const Vector3& translation = frame.mano[side]->translation;
    if (!frame.joint_valid[static_cast<size_t>(side)][0]) {
      translations_.push_back(translation.norm());
      continue;
    }
    used = true;
    const auto& other = frame.mano[interprior::other(side)];
    pairs_[side].push_back({frame.joints[static_cast<size_t>(side)][0], translation, other ? other->translation : Vector3(),
                            other.has_value(), static_cast<uint32_t>(samples_.size())});
  }
  if (used) samples_.push_back(sample);
  if (frame.mano.right && frame.mano.left)
    apart_.push_back((frame.mano.right->translation - frame.mano.left->translation).norm());
}

bool WristCheck::plausible() const {
  std::vector<double> distance;
  for (const Side side : kSides)
    for (const Pair& pair : pairs_[side]) distance.push_back((pair.wrist - pair.translation).norm());
  return median(std::move(distance)) <= kFar;
}

void WristCheck::report(Findings& findings) const {
  PerHand<std::vector<Vector3>> own, exchanged;
  std::vector<double> distance;
  for (const Side side : kSides)
    for (const Pair& pair : pairs_[side]) {
      own[side].push_back(pair.wrist - pair.translation);
      distance.push_back(own[side].back().norm());
      if (pair.has_other) exchanged[side].push_back(pair.wrist - pair.other_translation);
    }
  const double far = median(distance), apart = median(apart_);
  for (const Unit& unit : kUnits) {
    std::vector<double> scaled;
    for (const Side side : kSides)
      for (const Pair& pair : pairs_[side]) scaled.push_back((pair.wrist - unit.metres * pair.translation).norm());
    const bool by_wrists = far > kFar && median(scaled) < kFar;
    const bool by_hands = scaled.empty() && apart > 2 && apart * unit.metres < 1;
    if (!by_wrists && !by_hands) continue;
    findings.push_back(
        {"mano_unit",
         by_wrists
             ? c10::str("MANO's translations are ", far, " m from the annotated wrists (median); they look like ", unit.name)
             : c10::str("MANO's hands of one image are ", apart, " m apart (median); they look like ", unit.name),
         "", "give MANO's translation in metres", true});
    return;
  }
  if (far > kFar || (distance.empty() && apart > kFarthest)) {
    findings.push_back({"mano_far",
                        c10::str("MANO's translations are ", distance.empty() ? apart : far, " m from the hands (median)"), "",
                        "check units and axes of MANO's translation and of the joints", true});
    return;
  }
  const auto is_exchanged = [&](Side side) {
    return exchanged[side].size() > 2 && spread(own[side]) > kMisfit && spread(exchanged[side]) < kExchanged * spread(own[side]);
  };
  if (is_exchanged(Side::right) && is_exchanged(Side::left)) {
    findings.push_back({"mano_exchanged", "MANO's right hand is at the annotated left wrist, and the left at the right", "",
                        "exchange the hands in MANO's parameters or in the joints: `right` is the person's right hand", true});
    return;
  }
  int64_t misfits = 0, looked = 0;
  double worst = 0;
  std::string example;
  for (const Side side : kSides) {
    const Vector3 middle = own[side].empty() ? Vector3() : median_point(own[side]);
    for (size_t i = 0; i < own[side].size(); ++i, ++looked) {
      const double off = (own[side][i] - middle).norm();
      if (off <= kMisfit) continue;
      ++misfits;
      if (off > worst) example = samples_[pairs_[side][i].sample];
      worst = std::max(worst, off);
    }
  }
  if (misfits > 0)
    findings.push_back({"mano_misfit",
                        c10::str("MANO's wrist of ", misfits, " of ", looked, " hands is more than ", 1000 * kMisfit,
                                 " mm from the annotated one, up to ", 1000 * worst, " mm"),
                        example, "leave such frames out with filter.max_mano_fit_error (mm)", 2 * misfits > looked});
}

}  // namespace interprior
