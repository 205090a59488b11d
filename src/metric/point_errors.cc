#include "point_errors.h"

#include <algorithm>
#include <limits>

#include "interprior/geometry/alignment.h"

namespace interprior {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kMillimetres = 1000;
constexpr double kOnePoint = 1e-6;          // m: a shorter bone is rounding error and cannot be scaled
constexpr double kNearest = 0.01;           // m: depths are clamped to this in projections
constexpr double kCrop = 256, kFill = 0.8;  // px, and the share of a crop that the hands fill (docs/protocols.md)

bool has_meshes(const SamplePoints& points) { return points.vertices.right.cols() > 0; }

double scale_of(const ProtocolRule& rule, const JointPoints& predicted, const JointPoints& truth) {
  if (!rule.bone_scale) return 1;
  const auto bone = [](const JointPoints& joints) { return (joints.col(kMiddleMcp) - joints.col(kWrist)).norm(); };
  return bone(predicted) > kOnePoint ? bone(truth) / bone(predicted) : kNaN;
}

Eigen::Matrix2Xd projected(const Points& points, const double* camera) {
  Eigen::Matrix2Xd pixels(2, points.cols());
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    const double depth = std::max(points(2, i), kNearest);
    pixels.col(i) = Eigen::Vector2d(camera[0] * points(0, i) / depth + camera[2], camera[1] * points(1, i) / depth + camera[3]);
  }
  return pixels;
}

// The longer side of the tight box of the ground-truth hands (meshes, else annotated joints), px; 0 if nothing is annotated.
double true_extent(const ComparedJoints& joints, const SamplePoints& truth, const Counted& counted, const double* camera) {
  Eigen::Vector2d low = Eigen::Vector2d::Constant(std::numeric_limits<double>::infinity()), high = -low;
  const auto add = [&](const Points& points) {
    if (points.cols() == 0) return;
    const Eigen::Matrix2Xd pixels = projected(points, camera);
    low = low.cwiseMin(pixels.rowwise().minCoeff());
    high = high.cwiseMax(pixels.rowwise().maxCoeff());
  };
  const bool meshes = has_meshes(truth) && (counted.mesh.right || counted.mesh.left);
  for (const Side side : kSides)
    if (!meshes)
      add(counted_columns(joints.truth[side], counted.annotated[side]));
    else if (counted.mesh[side])
      add(truth.vertices[side]);
  return std::isfinite(low.sum()) ? (high - low).maxCoeff() : 0;
}

}  // namespace

Points counted_columns(const JointPoints& joints, const std::array<bool, kJoints>& counted) {
  Points some(3, std::count(counted.begin(), counted.end(), true));
  Eigen::Index next = 0;
  for (int joint = 0; joint < int{kJoints}; ++joint)
    if (counted[static_cast<size_t>(joint)]) some.col(next++) = joints.col(joint);
  return some;
}

double aligned_error(const Points& source, const Points& target) {
  return kMillimetres * mean_distance(procrustes(source, target), source, target);
}

bool Counted::any_joint(Side side) const { return std::find(joint[side].begin(), joint[side].end(), true) != joint[side].end(); }

PointErrors::PointErrors()
    : joint{kNaN, kNaN},
      vertex{kNaN, kNaN},
      pa_joint{kNaN, kNaN},
      pa_vertex{kNaN, kNaN},
      joint_2d{kNaN, kNaN},
      relative_root(kNaN),
      relative_vertex(kNaN) {
  for (const Side side : kSides) joints[side].fill(kNaN);
}

void add_joint_errors(const ProtocolRule& rule, const ComparedJoints& joints, const Counted& counted, PointErrors& errors) {
  const auto root = static_cast<int>(rule.root_joint);
  for (const Side side : kSides) {
    if (!counted.any_joint(side)) continue;
    const JointPoints &predicted = joints.predicted[side], &truth = joints.truth[side];
    const double scale = scale_of(rule, predicted, truth);
    double sum = 0;
    int count = 0;
    for (int joint = 0; joint < int{kJoints}; ++joint) {
      if (!counted.joint[side][static_cast<size_t>(joint)]) continue;
      const double error =
          kMillimetres * (scale * (predicted.col(joint) - predicted.col(root)) - (truth.col(joint) - truth.col(root))).norm();
      errors.joints[side][static_cast<size_t>(joint)] = error;
      sum += error;
      ++count;
    }
    errors.joint[side] = sum / count;
  }
}

PointErrors point_errors(const ProtocolRule& rule, const ComparedJoints& joints, const SamplePoints& predicted,
                         const SamplePoints& truth, const Counted& counted, const double* camera) {
  PointErrors errors;
  add_joint_errors(rule, joints, counted, errors);
  const auto root = static_cast<int>(rule.root_joint);
  const auto root_counts = [&](Side side) { return counted.joint[side][static_cast<size_t>(root)]; };
  if (root_counts(Side::right) && root_counts(Side::left)) {
    const auto offset = [root](const PerHand<JointPoints>& hands) {
      return Vector3(hands.left.col(root) - hands.right.col(root));
    };
    errors.relative_root = kMillimetres * (offset(joints.predicted) - offset(joints.truth)).norm();
  }
  const double extent = camera ? true_extent(joints, truth, counted, camera) : 0;
  for (const Side side : kSides) {
    if (!counted.any_joint(side)) continue;
    const Points some = counted_columns(joints.predicted[side], counted.joint[side]),
                 true_some = counted_columns(joints.truth[side], counted.joint[side]);
    errors.pa_joint[side] = aligned_error(some, true_some);
    if (extent > 0)
      errors.joint_2d[side] =
          kCrop * kFill / extent * (projected(some, camera) - projected(true_some, camera)).colwise().norm().mean();
  }
  if (!has_meshes(predicted) || !has_meshes(truth)) return errors;
  for (const Side side : kSides) {
    if (!counted.mesh[side]) continue;
    const JointPoints &own = predicted.mesh_joints[side], &real = truth.mesh_joints[side];
    const double scale = scale_of(rule, own, real);
    const Similarity true_from_own{scale, Matrix3::Identity(), real.col(root) - scale * own.col(root)};
    errors.vertex[side] = kMillimetres * mean_distance(true_from_own, predicted.vertices[side], truth.vertices[side]);
    errors.pa_vertex[side] = aligned_error(predicted.vertices[side], truth.vertices[side]);
  }
  if (counted.mesh.right && counted.mesh.left) {
    const Similarity moved{1, Matrix3::Identity(), truth.mesh_joints.right.col(kWrist) - predicted.mesh_joints.right.col(kWrist)};
    double sum = 0;
    for (const Side side : kSides) sum += mean_distance(moved, predicted.vertices[side], truth.vertices[side]);
    errors.relative_vertex = kMillimetres * sum / 2;
  }
  return errors;
}

}  // namespace interprior
