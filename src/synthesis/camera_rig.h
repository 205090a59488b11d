#pragma once
#include "interhand_writer.h"
#include "interprior/base/seed.h"
#include "interprior/hand/hand_chain.h"
#include "interprior/synthesis/image_synthesis.h"

namespace interprior {

// Samples cameras around the world's origin, each about a metre from it; portrait and landscape alternate. `world`: rotation of
// the world's axes, from which the cameras are turned by at most half of config.views.
Capture draw_capture(int64_t number, const ImageSynthesisConfig& config, const Matrix3d& world, Random& random);

inline Matrix3 numbers_of(const Matrix3d& m) {
  return {m(0, 0), m(0, 1), m(0, 2), m(1, 0), m(1, 1), m(1, 2), m(2, 0), m(2, 1), m(2, 2)};
}
inline Matrix3d matrix_of(const Matrix3& m) { return Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(m.data()); }
inline Vector3d vector_of(const Vector3& v) { return {v[0], v[1], v[2]}; }
inline Vector3 numbers_of(const Vector3d& v) { return {v[0], v[1], v[2]}; }

}  // namespace interprior
