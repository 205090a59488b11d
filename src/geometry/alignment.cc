#include "interprior/geometry/alignment.h"

#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "interprior/geometry/rotation.h"

namespace interprior {

torch::Tensor Similarity::apply(const torch::Tensor& points) const {
  ShapeCheck("Similarity::apply")(points, "points", {"B", "N", 3})(scale, "scale", {"B"});
  return scale.view({-1, 1, 1}) * torch::matmul(points, rotation.transpose(-1, -2)) + translation.unsqueeze(1);
}

Similarity procrustes(const torch::Tensor& source, const torch::Tensor& target) {
  ShapeCheck check("procrustes");
  check(source, "source", {"B", "N", 3})(target, "target", {"B", "N", 3});
  require(check["N"] > 0, "procrustes: there are no points to align");
  // float64: the metrics compare errors of millimetres between points at depths of a metre.
  const torch::Tensor from = source.to(torch::kFloat64), to = target.to(torch::kFloat64);
  const torch::Tensor from_mean = from.mean(1), to_mean = to.mean(1);
  const torch::Tensor a = from - from_mean.unsqueeze(1), b = to - to_mean.unsqueeze(1);
  const torch::Tensor from_spread = a.square().sum({1, 2}), to_spread = b.square().sum({1, 2});
  const torch::Tensor degenerate =
      (from_spread <= 1e-20 * from.square().sum({1, 2})) | (to_spread <= 1e-20 * to.square().sum({1, 2}));

  const torch::Tensor identity = torch::eye(3, from.options());
  const torch::Tensor covariance = torch::where(degenerate.view({-1, 1, 1}), identity, torch::matmul(b.transpose(1, 2), a));
  const torch::Tensor rotation = nearest_rotation(covariance);
  const torch::Tensor explained = (rotation * covariance).sum({1, 2});
  const torch::Tensor scale = torch::where(degenerate, 1.0, explained / torch::where(degenerate, 1.0, from_spread));
  const torch::Tensor moved = torch::matmul(rotation, from_mean.unsqueeze(-1)).squeeze(-1);
  const torch::Tensor translation = to_mean - scale.unsqueeze(-1) * moved;
  return {scale.to(source.scalar_type()), rotation.to(source.scalar_type()), translation.to(source.scalar_type())};
}

}  // namespace interprior
