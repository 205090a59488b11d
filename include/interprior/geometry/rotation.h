#pragma once
#include <torch/types.h>

#include "interprior/base/seed.h"

// Rotations. Module interfaces always use 3x3 matrices. Gradients are finite everywhere, also at the identity and at rotations by
// 180 degrees. Every function takes any number of leading dimensions ("...") and throws Error on other shapes.
namespace interprior {

torch::Tensor matrix_from_axis_angle(const torch::Tensor& axis_angle);  // (...,3) rad -> (...,3,3), Rodrigues
torch::Tensor axis_angle_from_matrix(const torch::Tensor& matrix);      // (...,3,3) -> (...,3) rad, angle in [0, pi]

// 6D representation: the first two columns of the matrix; Gram-Schmidt for the inverse (Zhou et al., CVPR 2019).
torch::Tensor rot6d_from_matrix(const torch::Tensor& matrix);  // (...,3,3) -> (...,6): column 0, then column 1
torch::Tensor matrix_from_rot6d(const torch::Tensor& rot6d);   // (...,6) -> (...,3,3), a rotation for any input

torch::Tensor geodesic_angle(const torch::Tensor& a, const torch::Tensor& b);  // (...,3,3) x2 -> (...) rad, in [0, pi]
torch::Tensor nearest_rotation(const torch::Tensor& matrix);  // (...,3,3) -> the rotation nearest in Frobenius norm
torch::Tensor chordal_mean(const torch::Tensor& rotations);   // (N,...,3,3) -> (...,3,3): nearest_rotation of the mean

// Mirror at the plane x = 0: M R M with M = diag(-1, 1, 1), and M v.
torch::Tensor mirror_rotation(const torch::Tensor& matrix);  // (...,3,3)
torch::Tensor mirror_vector(const torch::Tensor& vector);    // (...,3)

// A rotation sampled uniformly from SO(3) (3,3), float64.
torch::Tensor random_rotation(Random& random);

}  // namespace interprior
