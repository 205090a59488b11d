#include "interprior/geometry/alignment.h"

#include <c10/util/StringUtil.h>

#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <cstring>

#include "interprior/base/error.h"
#include "interprior/base/wide_loops.h"

namespace interprior {
namespace {

constexpr double kOnePoint = 1e-20;  // relative sum of squares below which a point set's extent is rounding error

constexpr Eigen::Index kLanes = 4;

// Sums over corresponding points, relative to the first point of each set: the sums of squares are then at most (N + 1) times
// those about the mean, which bounds cancellation in N points by (N + 1) roundings.
struct Moments {
  Vector3 source = Vector3::Zero(), target = Vector3::Zero();
  double source_squares = 0, target_squares = 0;
  Matrix3 products = Matrix3::Zero();  // target source^T
};

double sum_of(const Double4& lanes) { return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]); }

// Both (3,N).
INTERPRIOR_WIDE void add_moments(const double* source, const double* target, Eigen::Index count, Moments& moments) {
  Double4 source_sum[3]{}, target_sum[3]{}, products[3][3]{}, source_squares{}, target_squares{};
  for (Eigen::Index first = 0; first < count; first += kLanes) {
    const auto bytes = static_cast<size_t>(std::min(kLanes, count - first)) * sizeof(double);
    Double4 a[3], b[3];
    for (int k = 0; k < 3; ++k) {
      const double *row = source + k * count, *target_row = target + k * count;
      const Double4 origin = {row[0], row[0], row[0], row[0]},
                    target_origin = {target_row[0], target_row[0], target_row[0], target_row[0]};
      a[k] = origin;  // lanes beyond the last point add nothing
      b[k] = target_origin;
      if (bytes == sizeof(Double4)) {
        std::memcpy(&a[k], row + first, sizeof(Double4));
        std::memcpy(&b[k], target_row + first, sizeof(Double4));
      } else {
        std::memcpy(&a[k], row + first, bytes);
        std::memcpy(&b[k], target_row + first, bytes);
      }
      a[k] -= origin;
      b[k] -= target_origin;
      source_sum[k] += a[k];
      target_sum[k] += b[k];
      source_squares += a[k] * a[k];
      target_squares += b[k] * b[k];
    }
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) products[i][j] += b[i] * a[j];
  }
  for (int i = 0; i < 3; ++i) {
    moments.source[i] = sum_of(source_sum[i]);
    moments.target[i] = sum_of(target_sum[i]);
    for (int j = 0; j < 3; ++j) moments.products(i, j) = sum_of(products[i][j]);
  }
  moments.source_squares = sum_of(source_squares);
  moments.target_squares = sum_of(target_squares);
}

// x -> matrix x + shift, of coordinates.
struct Affine {
  explicit Affine(const Similarity& similarity) : shift(similarity.translation) {
    for (int row = 0; row < 3; ++row)
      for (int column = 0; column < 3; ++column) matrix[row][column] = similarity.scale * similarity.rotation(row, column);
  }
  double matrix[3][3];
  Vector3 shift;
};

INTERPRIOR_WIDE void transform(const Affine& affine, const double* __restrict source, Eigen::Index count,
                               double* __restrict result) {
  for (int k = 0; k < 3; ++k) {
    const double x = affine.matrix[k][0], y = affine.matrix[k][1], z = affine.matrix[k][2], shift = affine.shift[k];
    for (Eigen::Index i = 0; i < count; ++i)
      result[k * count + i] = x * source[i] + y * source[count + i] + z * source[2 * count + i] + shift;
  }
}

INTERPRIOR_WIDE void distances(const Affine& affine, const double* __restrict source, const double* __restrict target,
                               Eigen::Index count, double* __restrict result) {
  const auto& m = affine.matrix;
  const double t[3] = {affine.shift[0], affine.shift[1], affine.shift[2]};
  for (Eigen::Index i = 0; i < count; ++i) {
    const double x = source[i], y = source[count + i], z = source[2 * count + i];
    const double dx = m[0][0] * x + m[0][1] * y + m[0][2] * z + (t[0] - target[i]),
                 dy = m[1][0] * x + m[1][1] * y + m[1][2] * z + (t[1] - target[count + i]),
                 dz = m[2][0] * x + m[2][1] * y + m[2][2] * z + (t[2] - target[2 * count + i]);
    result[i] = std::sqrt(dx * dx + dy * dy + dz * dz);
  }
}

void require_corresponding(const Points& source, const Points& target) {
  require(source.cols() == target.cols() && source.cols() > 0,
          c10::str("an alignment needs corresponding points, got ", source.cols(), " and ", target.cols(), " points"));
}

}  // namespace

Points Similarity::operator*(const Points& source) const {
  Points result(3, source.cols());
  transform(Affine(*this), source.data(), source.cols(), result.data());
  return result;
}

double mean_distance(const Similarity& target_from_source, const Points& source, const Points& target) {
  require_corresponding(source, target);
  Eigen::ArrayXd each(source.cols());
  distances(Affine(target_from_source), source.data(), target.data(), source.cols(), each.data());
  return each.mean();
}

Similarity procrustes(const Points& source, const Points& target, Scaling scaling) {
  require_corresponding(source, target);
  Moments moments;
  add_moments(source.data(), target.data(), source.cols(), moments);
  const auto count = static_cast<double>(source.cols());
  const Vector3 from_mean = source.col(0) + moments.source / count, to_mean = target.col(0) + moments.target / count;
  Similarity found;
  found.translation = to_mean - from_mean;
  const double extent = moments.source_squares - moments.source.squaredNorm() / count,
               target_extent = moments.target_squares - moments.target.squaredNorm() / count;
  if (extent <= kOnePoint * source.squaredNorm() || target_extent <= kOnePoint * target.squaredNorm()) return found;
  const Matrix3 covariance = moments.products - moments.target * moments.source.transpose() / count;
  const Eigen::JacobiSVD<Matrix3> svd(covariance, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Vector3 sign(1, 1, (svd.matrixU() * svd.matrixV().transpose()).determinant() < 0 ? -1 : 1);
  found.rotation = svd.matrixU() * sign.asDiagonal() * svd.matrixV().transpose();
  if (scaling == Scaling::free) found.scale = svd.singularValues().dot(sign) / extent;
  found.translation = to_mean - found.scale * (found.rotation * from_mean);
  return found;
}

}  // namespace interprior
