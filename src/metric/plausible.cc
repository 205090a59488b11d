#include "interprior/metric/plausible.h"

#include <torch/types.h>

#include "mesh_plausibility.h"

namespace interprior {
torch::Tensor plausible_points(const torch::Tensor& points) {
  const torch::Tensor extent = (points.amax(-2) - points.amin(-2)).amax(-1);
  return points.isfinite().flatten(-2).all(-1) & (points.abs().flatten(-2).amax(-1) <= kLargestPlace) & (extent <= kLargestHand);
}

bool within_limits(const Points& points) {
  return points.allFinite() && points.cwiseAbs().maxCoeff() <= kLargestPlace &&
         (points.rowwise().maxCoeff() - points.rowwise().minCoeff()).maxCoeff() <= kLargestHand;
}

bool is_plausible(const Points& vertices, const JointPoints& mesh_joints) {
  const double bone = (mesh_joints.col(kMiddleMcp) - mesh_joints.col(kWrist)).norm();
  return within_limits(vertices) && bone >= kShortestBone && bone <= kLargestBone;
}

HandLikeness::HandLikeness(const ManoModel& model) {
  const torch::Tensor faces = model.faces.to(torch::kInt64).contiguous(),
                      rest = model.v_template.to(torch::kFloat64).contiguous();
  for (int64_t face = 0; face < faces.size(0); ++face)
    for (int64_t k = 0; k < 3; ++k) {
      const auto corner = [&](int64_t i) { return static_cast<int32_t>(faces.const_data_ptr<int64_t>()[3 * face + i % 3]); };
      edges_.push_back({corner(k), corner(k + 1)});
    }
  rest_sum_ = edge_sum(Eigen::Map<const Eigen::Matrix3Xd>(rest.const_data_ptr<double>(), 3, rest.size(0)));
}

double HandLikeness::edge_sum(const Points& vertices) const {
  double sum = 0;
  for (const auto& [a, b] : edges_) sum += (vertices.col(a) - vertices.col(b)).norm();
  return sum;
}

bool HandLikeness::operator()(const Points& vertices) const {
  const Vector3 extent = vertices.rowwise().maxCoeff() - vertices.rowwise().minCoeff();
  return extent.maxCoeff() <= kLargestSurface && edge_sum(vertices) <= kMaxStretched * rest_sum_;
}

}  // namespace interprior
