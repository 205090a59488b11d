#include "pose_check.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "interprior/base/median.h"

namespace interprior {
namespace {

constexpr size_t kKept = 200000;
constexpr int64_t kFewest = 8;        // hands, for a mean or a variance
constexpr double kLargestShape = 10;  // shape coefficient, in standard deviations
constexpr size_t kEdge = 9;           // angles of one finger; the last finger is the thumb
constexpr double kFrozen = 0.05;      // of the first finger's standard deviation; below it the thumb counts as frozen
constexpr double kNear = 0.5;         // of the norm of hands_mean: distance within which poses count as equal

using Numbers = std::array<double, 45>;

double dot(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Numbers combined(const Numbers& a, double factor, const Numbers& b) {
  Numbers sum;
  for (size_t i = 0; i < a.size(); ++i) sum[i] = a[i] + factor * b[i];
  return sum;
}

double cosine(const Numbers& a, const Numbers& b) { return dot(a, b) / std::max(std::sqrt(dot(a, a) * dot(b, b)), 1e-12); }

Numbers mean_pose(const ManoModel& model) {
  const torch::Tensor mean = model.hands_mean.to(torch::kFloat64).contiguous();
  Numbers numbers;
  std::copy_n(mean.const_data_ptr<double>(), numbers.size(), numbers.begin());
  return numbers;
}

}  // namespace

PoseCheck::PoseCheck(const HandModel* hand, PoseOrigin origin) : hand_(hand), origin_(origin) {}

void PoseCheck::add(Side side, const double* pose, const double* shape, const std::string& sample) {
  OfSide& own = side_[side];
  ++own.count;
  double largest = 0;
  for (size_t i = 0; i < 3; ++i) largest = std::max(largest, std::abs(pose[i]));
  for (size_t i = 0; i < kNumbers; ++i) {
    const double number = pose[i + 3];
    own.sum[i] += number;
    own.squares[i] += number * number;
    own.largest[i] = std::max(own.largest[i], std::abs(number));
    largest = std::max(largest, std::abs(number));
  }
  const double of_shape =
      std::abs(*std::max_element(shape, shape + 10, [](double a, double b) { return std::abs(a) < std::abs(b); }));
  if (of_shape > kLargestShape && large_shapes_++ == 0) first_large_shape_ = sample;
  if (angles_.size() >= kKept) return;
  angles_.push_back(largest);
  shapes_.push_back(of_shape);
}

void PoseCheck::report(Findings& findings) const {
  if (angles_.empty()) return;
  if (const double angle = median(angles_); angle > 2 * std::numbers::pi) {
    findings.push_back({"pose_degrees", c10::str("the largest angle of a pose is ", angle, " (median): these look like degrees"),
                        "", "give axis-angle in radians", true});
    return;
  }
  if (large_shapes_ > 0)
    findings.push_back({"shape_implausible",
                        c10::str(large_shapes_, " hands have a shape coefficient beyond ", kLargestShape, " standard deviations"),
                        first_large_shape_, "shape is MANO's beta (10); check that it is not something else",
                        median(shapes_) > kLargestShape});
  report_numbers(findings);
  if (hand_ != nullptr) report_mean(findings);
}

void PoseCheck::report_numbers(Findings& findings) const {
  const int64_t count = side_.right.count + side_.left.count;
  if (count < kFewest) return;
  const auto moves = [&](size_t i) { return std::max(side_.right.largest[i], side_.left.largest[i]) > 0; };
  size_t moving = kNumbers;
  while (moving > 0 && !moves(moving - 1)) --moving;
  const char* advice = "give the 45 angles themselves: hands_mean + coefficients times hands_components";
  if (moving > 0 && moving + kEdge <= kNumbers) {
    findings.push_back({"pose_pca",
                        c10::str("only the first ", moving, " of 45 finger angles are ever used: coefficients of MANO's PCA"), "",
                        advice, true});
    return;
  }
  const auto stddev = [&](size_t begin) {
    double sum = 0;
    for (const Side side : kSides)
      for (size_t i = begin; i < begin + kEdge && side_[side].count > 0; ++i) {
        const double n = static_cast<double>(side_[side].count), mean = side_[side].sum[i] / n;
        sum += std::max(side_[side].squares[i] / n - mean * mean, 0.0);
      }
    return std::sqrt(sum);
  };
  const double first = stddev(0), last = stddev(kNumbers - kEdge);
  if (moving > 0 && first > 0.1 && last < kFrozen * first)
    findings.push_back({"pose_pca",
                        c10::str("the last 9 of 45 finger angles hardly vary (", last, ", the first 9: ", first,
                                 "): coefficients of MANO's PCA, or a frozen thumb"),
                        "", advice, false});
}

void PoseCheck::report_mean(Findings& findings) const {
  PerHand<Numbers> absolute{}, own_mean{};
  int64_t both = 0;
  for (const Side side : kSides) {
    if (side_[side].count < kFewest) continue;
    ++both;
    own_mean[side] = mean_pose(hand_->hand[side]);
    Numbers mean = side_[side].sum;
    for (double& number : mean) number /= static_cast<double>(side_[side].count);
    absolute[side] = origin_ == PoseOrigin::absolute ? mean : combined(mean, 1, own_mean[side]);
    const double size = std::sqrt(dot(own_mean[side], own_mean[side]));
    if (size < 0.1) continue;  // a hand with a nearly flat mean pose
    // Real hands average to about the mean pose. A mean offset of -hands_mean or +hands_mean indicates a convention error.
    const Numbers offset = combined(absolute[side], -1, own_mean[side]);
    const auto apart = [&](double factor) {
      const Numbers rest = combined(offset, -factor, own_mean[side]);
      return std::sqrt(dot(rest, rest)) / size;
    };
    const bool twice = apart(1) < kNear && apart(1) < apart(0), never = apart(-1) < kNear && apart(-1) < apart(0);
    if (!twice && !never) continue;
    findings.push_back({twice ? "hands_mean_twice" : "hands_mean_missing",
                        c10::str("the mean ", side_name(side), " finger pose is that of ",
                                 twice ? "hands_mean added twice" : "hands_mean never added", " (", twice ? "" : "minus ",
                                 "hands_mean away from the mean pose)"),
                        "",
                        origin_ == PoseOrigin::absolute
                            ? "give absolute poses: hands_mean added once (flat_hand_mean=True in smplx)"
                            : "give poses relative to hands_mean (flat_hand_mean=False in smplx)",
                        false});
    break;
  }
  if (both < 2) return;
  const auto fits = [&](Side side, Side mean) { return cosine(absolute[side], own_mean[mean]); };
  if (fits(Side::right, Side::left) > fits(Side::right, Side::right) + 0.3 &&
      fits(Side::left, Side::right) > fits(Side::left, Side::left) + 0.3)
    findings.push_back({"mano_exchanged", "the right hands' fingers bend like left hands', and the left hands' like right hands'",
                        "", "index 0 is the right hand, 1 the left", true});
}

}  // namespace interprior
