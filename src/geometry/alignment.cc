#include "interprior/geometry/alignment.h"

#include <c10/util/StringUtil.h>

#include <Eigen/LU>
#include <Eigen/SVD>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr double kOnePoint = 1e-20;  // relative sum of squares below which a point set's extent is rounding error

}  // namespace

Similarity procrustes(const Points& source, const Points& target, Scaling scaling) {
  require(source.cols() == target.cols() && source.cols() > 0,
          c10::str("an alignment needs corresponding points, got ", source.cols(), " and ", target.cols(), " points"));
  const Vector3 from_mean = source.rowwise().mean(), to_mean = target.rowwise().mean();
  const Points a = source.colwise() - from_mean, b = target.colwise() - to_mean;
  Similarity found;
  found.translation = to_mean - from_mean;
  const double extent = a.squaredNorm();
  if (extent <= kOnePoint * source.squaredNorm() || b.squaredNorm() <= kOnePoint * target.squaredNorm()) return found;
  const Matrix3 covariance = b * a.transpose();
  const Eigen::JacobiSVD<Matrix3> svd(covariance, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Vector3 sign(1, 1, (svd.matrixU() * svd.matrixV().transpose()).determinant() < 0 ? -1 : 1);
  found.rotation = svd.matrixU() * sign.asDiagonal() * svd.matrixV().transpose();
  if (scaling == Scaling::free) found.scale = svd.singularValues().dot(sign) / extent;
  found.translation = to_mean - found.scale * (found.rotation * from_mean);
  return found;
}

}  // namespace interprior
