#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <algorithm>

#include "chirality_votes.h"
#include "interprior/base/error.h"
#include "interprior/base/median.h"
#include "interprior/base/table.h"
#include "interprior/metric/hand_sets/hand_sets.h"
#include "interprior/metric/plausible.h"
#include "joint_order_votes.h"
#include "metric/implausible_values.h"
#include "metric/mesh_plausibility.h"

namespace interprior {
namespace {

constexpr int64_t kChunkRows = 512;
constexpr double kFarthest = 50;   // m
constexpr double kBehind = -0.05;  // m

// Values of the first hands of a set, enough for a median.
class FirstNumbers {
 public:
  void add(double value) {
    if (values_.size() < kLooked) values_.push_back(value);
  }
  bool empty() const { return values_.empty(); }
  double median() const { return interprior::median(values_); }

 private:
  static constexpr size_t kLooked = 200000;
  std::vector<double> values_;
};

bool all_of(const bool* valid) {
  return std::all_of(valid, valid + kJoints, [](bool one) { return one; });
}

class SetCheck {
 public:
  SetCheck(const HandSets& sets, const HandModel& hand)
      : sets_(sets), poser_(hand), is_hand_{HandLikeness(hand.hand.right), HandLikeness(hand.hand.left)} {
    for (const Side side : kSides) {
      const torch::Tensor rest = hand.hand[side].v_template.to(torch::kFloat64).contiguous();
      rest_[side] = Eigen::Map<const Eigen::Matrix3Xd>(rest.const_data_ptr<double>(), 3, rest.size(0));
      rest_joints_[side] = poser_.regressed(rest_[side], side);
    }
  }

  void add(const HandSet& set) {
    values_.add(set);
    if (set.vertices.defined())
      require(set.vertices.size(2) == static_cast<int64_t>(poser_.vertex_count()),
              c10::str("meshes of ", set.vertices.size(2), " vertices, the hand file has ", poser_.vertex_count()), sets_.name(),
              "pass the hand file that the meshes were made with");
    const torch::Tensor meshes = valid_meshes(set).contiguous();
    look_at_translations(set, meshes);
    // Parameters are posed only to compare joints with: posed hands cannot have another joint order or be mirrored.
    const bool posed = set.joints.defined() && !set.vertices.defined() && set.has_parameters() && posed_rows_ < kPosedRows;
    HandSet looked = set;
    if (!posed) looked.pose = looked.shape = looked.translation = torch::Tensor();
    if (posed) posed_rows_ += set.size();
    const std::vector<SamplePoints> points = poser_.points(looked, 0, set.size());
    if (set.vertices.defined())
      for (int64_t row = 0; row < set.size(); ++row)
        for (const Side side : kSides)
          if (meshes.const_data_ptr<bool>()[2 * row + static_cast<int64_t>(side)])
            look_at_mesh(points[static_cast<size_t>(row)], side);
    if (set.joints.defined()) look_at_joints(set, meshes, points, posed || set.vertices.defined());
  }

  Findings findings() {
    Findings found;
    const auto add = [&](const char* name, const std::string& what, const char* advice) {
      found.push_back({name, what, "", advice, true});
    };
    values_.report_not_finite(sets_.size(), found);
    // Medians before single hands, so that a set in millimetres is reported as such.
    if (!bones_.empty()) {
      const double bone = bones_.median();
      if (!(bone <= kLargestBone && bone >= kShortestBone))
        add("hand_unit",
            c10::str("half of these hands measure ", number(bone, bone < 1 ? 5 : 1), " m from wrist to middle MCP joint"),
            bone > kLargestBone ? "give metres; these look like millimetres" : "give metres");
    }
    if (!translations_.empty()) {
      const double distance = translations_.median();
      if (!(distance <= kFarthest))
        add("hand_unit", c10::str("half of these hands are ", number(distance, 0), " m away from the camera"),
            "give translations in metres; these look like millimetres");
    }
    values_.report_implausible(sets_.size(), found);
    order_.report(found);
    chirality_.report(found);
    joint_chirality_.report(found);
    if (!depths_.empty()) {
      const double depth = depths_.median();
      if (!(depth >= kBehind))
        add("hands_behind_camera", c10::str("half of these hands lie ", number(-depth, 2), " m behind the camera"),
            "give camera axes: x right, y down, z forward");
    }
    return found;
  }

 private:
  static constexpr int64_t kPosedRows = 4096;

  void look_at_translations(const HandSet& set, const torch::Tensor& meshes) {
    if (!set.translation.defined()) return;
    const torch::Tensor translation = set.translation.to(torch::kFloat64).contiguous();
    for (int64_t hand = 0; hand < 2 * set.size(); ++hand)
      if (meshes.const_data_ptr<bool>()[hand]) translations_.add(std::abs(translation.const_data_ptr<double>()[3 * hand + 2]));
  }

  void look_at_mesh(const SamplePoints& points, Side side) {
    if (!points.vertices[side].allFinite()) return;
    if (is_hand_[side](points.vertices[side])) chirality_.add(side, points.vertices[side], rest_[side]);  // noise has none
    look_at(points.mesh_joints[side]);
  }

  void look_at_joints(const HandSet& set, const torch::Tensor& meshes, const std::vector<SamplePoints>& points, bool beside) {
    const torch::Tensor joints = set.joints.to(torch::kFloat64).contiguous(), valid = valid_joints(set).contiguous();
    for (int64_t row = 0; row < set.size(); ++row) {
      PerHand<JointPoints> own;
      PerHand<bool> whole{false, false};
      for (const Side side : kSides) {
        const int64_t hand = 2 * row + static_cast<int64_t>(side);
        own[side] = Eigen::Map<const JointPoints>(joints.const_data_ptr<double>() + 3 * kJoints * hand);
        whole[side] = all_of(valid.const_data_ptr<bool>() + kJoints * hand) && own[side].allFinite();
        if (!whole[side]) continue;
        look_at(own[side]);
        if (set.has_mesh()) continue;
        order_.add(own[side]);
        joint_chirality_.add(side, own[side], rest_joints_[side]);
      }
      const bool both =
          whole.right && whole.left && meshes.const_data_ptr<bool>()[2 * row] && meshes.const_data_ptr<bool>()[2 * row + 1];
      if (beside && both) look_at_joints_beside(own, points[static_cast<size_t>(row)]);
    }
  }

  void look_at_joints_beside(const PerHand<JointPoints>& joints, const SamplePoints& points) {
    if (points.mesh_joints.right.allFinite() && points.mesh_joints.left.allFinite()) order_.add(joints, points.mesh_joints);
  }

  void look_at(const JointPoints& joints) {
    bones_.add((joints.col(kMiddleMcp) - joints.col(kWrist)).norm());
    depths_.add(joints(2, kWrist));
  }

  const HandSets& sets_;
  MeshPoser poser_;
  PerHand<HandLikeness> is_hand_;
  PerHand<Points> rest_;
  PerHand<JointPoints> rest_joints_;
  ImplausibleValues values_;
  int64_t posed_rows_ = 0;
  FirstNumbers bones_, depths_, translations_;
  JointOrderVotes order_;
  ChiralityVotes chirality_, joint_chirality_;
};

}  // namespace

Findings examine_hand_sets(const HandSets& sets, const HandModel& hand, const std::function<void(int64_t done)>& progress) {
  SetCheck check(sets, hand);
  for (int64_t begin = 0; begin < sets.size(); begin += kChunkRows) {
    const int64_t end = std::min(begin + kChunkRows, sets.size());
    check.add(sets.rows(begin, end));
    if (progress) progress(end);
  }
  return check.findings();
}

void check_hand_sets(const HandSets& sets, const HandModel& hand, const std::vector<std::string>& accepted,
                     const std::function<void(int64_t done)>& progress) {
  const Findings findings = examine_hand_sets(sets, hand, progress);
  for (const Finding& finding : findings) {
    const bool measurable = finding.name != kValuesNotFinite && finding.name != kValuesImplausible;
    require(measurable, finding.what, sets.name(), finding.advice);
    require_accepted({finding}, accepted, sets.name());
  }
}

}  // namespace interprior
