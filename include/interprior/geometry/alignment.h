#pragma once
#include <Eigen/Core>

#include "interprior/geometry/rigid_transform.h"

namespace interprior {

using Points = Eigen::Matrix3Xd;  // one column per point, m

// target = scale rotation source + translation.
struct Similarity {
  double scale = 1;
  Matrix3 rotation = Matrix3::Identity();
  Vector3 translation;

  Points operator*(const Points& source) const { return (scale * rotation * source).colwise() + translation; }
};

enum class Scaling { free, fixed };  // fixed: scale 1, a rigid alignment

// Procrustes alignment: the least-squares similarity of corresponding points (Umeyama 1991), never a reflection. If all points of
// one of the sets coincide: scale 1, no rotation, and the difference of the means. Throws Error unless both
// sets have the same number of points, at least one.
Similarity procrustes(const Points& source, const Points& target, Scaling scaling = Scaling::free);

}  // namespace interprior
