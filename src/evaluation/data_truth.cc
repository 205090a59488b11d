#include "interprior/evaluation/data_truth.h"

#include <torch/types.h>

#include <algorithm>

#include "interprior/base/error.h"
#include "interprior/data/annotated_hand.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/skinned_hand.h"

namespace interprior {
namespace {

constexpr size_t kChunkRows = 1024;

struct Rows {
  HandSet set;
  torch::Tensor rotations;  // (n,2,16,3,3)

  explicit Rows(int64_t count) {
    const auto zeros = [count](std::vector<int64_t> shape) {
      shape.insert(shape.begin(), count);
      return torch::zeros(shape, torch::kFloat64);
    };
    rotations = torch::eye(3, torch::kFloat64).expand({count, 2, 16, 3, 3}).clone();
    set.shape = zeros({2, 10});
    set.translation = zeros({2, 3});
    set.joints = zeros({2, kJoints, 3});
    set.joint_valid = torch::zeros({count, 2, kJoints}, torch::kBool);
    set.hand_valid = torch::zeros({count, 2}, torch::kBool);
    set.mesh_valid = torch::zeros({count, 2}, torch::kBool);
  }

  void put(int64_t row, Side side, const AnnotatedHand& hand, const Vector3& rest_wrist) {
    const int64_t at = 2 * row + static_cast<int64_t>(side);
    set.hand_valid.data_ptr<bool>()[at] = hand.present;
    set.mesh_valid.data_ptr<bool>()[at] = hand.has_mano;
    for (size_t joint = 0; joint < hand.joints.size() && hand.present; ++joint) {
      if (!hand.joint_valid[joint]) continue;
      set.joint_valid.data_ptr<bool>()[kJoints * at + static_cast<int64_t>(joint)] = true;
      std::copy_n(hand.joints[joint].data(), 3, set.joints.data_ptr<double>() + 3 * (kJoints * at + static_cast<int64_t>(joint)));
    }
    if (!hand.has_mano) return;
    double* rotation = rotations.data_ptr<double>() + 16 * 9 * at;
    for (const Matrix3& one : hand.pose.rotations) rotation = std::copy_n(one.data(), one.size(), rotation);
    std::copy(hand.pose.shape.begin(), hand.pose.shape.end(), set.shape.data_ptr<double>() + 10 * at);
    Eigen::Map<Vector3>(set.translation.data_ptr<double>() + 3 * at) = hand.pose.wrist - rest_wrist;
  }
};

}  // namespace

void write_data_truth(const std::filesystem::path& path, const ImageIndex& index, const HandModel& hand) {
  PerHand<ManoModel> models = hand.hand;
  for (const Side side : kSides) models[side].hands_mean = models[side].hands_mean.to(torch::kCPU, torch::kFloat64).contiguous();
  const PerHand<SkinnedHand> skinned{SkinnedHand(hand.hand.right), SkinnedHand(hand.hand.left)};
  HandSetWriter file(path);
  CameraColumns cameras(index);
  for (size_t begin = 0; begin < index.usable.size(); begin += kChunkRows) {
    const size_t end = std::min(begin + kChunkRows, index.usable.size());
    Rows rows(static_cast<int64_t>(end - begin));
    for (size_t i = begin; i < end; ++i) {
      const ImageRecord record = index.usable[i];
      rows.set.sample.push_back(record.sample);
      rows.set.group.push_back(record.sequence);
      for (const Side side : kSides) {
        const AnnotatedHand annotated = annotated_hand(record, side, models[side], skinned[side]);
        rows.put(static_cast<int64_t>(i - begin), side, annotated, skinned[side].rest().wrist(annotated.pose.shape));
      }
    }
    rows.set.pose = axis_angle_from_matrix(rows.rotations).flatten(2);
    cameras.fill(rows.set);
    file.append(rows.set);
  }
  file.close();
}

void CameraColumns::fill(HandSet& set) {
  set.camera = torch::zeros({set.size(), 4}, torch::kFloat64);
  set.box = torch::zeros({set.size(), 4}, torch::kFloat64);
  for (int64_t row = 0; row < set.size(); ++row) {
    const std::string& sample = set.sample[static_cast<size_t>(row)];
    while (next_ < index_.usable.size() && index_.usable.sample(next_) != sample) ++next_;
    require(next_ < index_.usable.size(), "a sample is not in the data set", sample);
    const ImageRecord record = index_.usable[next_++];
    const std::array<double, 4> camera = {record.camera.fx, record.camera.fy, record.camera.cx, record.camera.cy},
                                box = {record.box.x, record.box.y, record.box.width, record.box.height};
    std::copy(camera.begin(), camera.end(), set.camera.data_ptr<double>() + 4 * row);
    std::copy(box.begin(), box.end(), set.box.data_ptr<double>() + 4 * row);
  }
}

}  // namespace interprior
