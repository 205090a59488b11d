#pragma once
#include <Eigen/Core>

#include "interprior/geometry/rigid_transform.h"

namespace interprior {

// One column per point, m. Each coordinate is contiguous, which suits loops over points.
using Points = Eigen::Matrix<double, 3, Eigen::Dynamic, Eigen::RowMajor>;

// target = scale rotation source + translation.
struct Similarity {
  double scale = 1;
  Matrix3 rotation = Matrix3::Identity();
  Vector3 translation;

  Points operator*(const Points& source) const;
};

enum class Scaling { free, fixed };  // fixed: scale 1, a rigid alignment

// Procrustes alignment: the least-squares similarity of corresponding points (Umeyama 1991), never a reflection. If all points of
// one of the sets coincide: scale 1, no rotation, and the difference of the means. Throws Error unless both
// sets have the same number of points, at least one.
Similarity procrustes(const Points& source, const Points& target, Scaling scaling = Scaling::free);

// Mean distance (m) of corresponding points of target and target_from_source * source. Throws Error as procrustes() does.
double mean_distance(const Similarity& target_from_source, const Points& source, const Points& target);

}  // namespace interprior
