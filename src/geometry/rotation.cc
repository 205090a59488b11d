#include "interprior/geometry/rotation.h"

#include <torch/types.h>

#include <array>
#include <limits>
#include <vector>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"

// Square roots and quotients with a removable singularity use two `where`: the inner one keeps the unused branch finite, because
// its gradient (0 x infinity) would otherwise be NaN.
namespace interprior {
namespace {

void require_matrices(const torch::Tensor& tensor, const char* function) {
  require(tensor.dim() >= 2 && tensor.size(-1) == 3 && tensor.size(-2) == 3 && tensor.is_floating_point(),
          c10::str(function, ": got ", shape_text(tensor), " instead of rotation matrices (..., 3, 3)"));
}

void require_vectors(const torch::Tensor& tensor, int64_t length, const char* function) {
  require(tensor.dim() >= 1 && tensor.size(-1) == length && tensor.is_floating_point(),
          c10::str(function, ": got ", shape_text(tensor), " instead of vectors (..., ", length, ")"));
}

// (...) x9, row by row -> (...,3,3)
torch::Tensor matrix_of(const std::vector<torch::Tensor>& entries) { return torch::stack(entries, -1).unflatten(-1, {3, 3}); }

// Normalises each v (...,3); `otherwise` where v is too short to have a direction.
torch::Tensor unit_or(const torch::Tensor& v, const torch::Tensor& too_short, const torch::Tensor& otherwise) {
  const torch::Tensor squared = v.square().sum(-1, true);
  return torch::where(too_short, otherwise, v * torch::where(too_short, 1.0, squared).rsqrt());
}

// A unit vector orthogonal to each unit vector: the least aligned coordinate axis, orthogonalised.
torch::Tensor any_orthogonal(const torch::Tensor& unit) {
  const torch::Tensor axis = torch::one_hot(unit.abs().argmin(-1), 3).to(unit.scalar_type());
  const torch::Tensor orthogonal = axis - (axis * unit).sum(-1, true) * unit;
  return orthogonal * orthogonal.square().sum(-1, true).rsqrt();
}

}  // namespace

torch::Tensor matrix_from_axis_angle(const torch::Tensor& axis_angle) {
  require_vectors(axis_angle, 3, "matrix_from_axis_angle");
  // R = cos(t) I + sin(t)/t [a]x + (1 - cos(t))/t^2 a a^T; near zero both quotients use their series in q = t^2.
  const torch::Tensor q = axis_angle.square().sum(-1);
  const torch::Tensor small = q < 2.5e-3;
  const torch::Tensor angle = torch::where(small, 1.0, q).sqrt();
  const torch::Tensor sine = torch::where(small, 1 - q / 6 * (1 - q / 20 * (1 - q / 42)), angle.sin() / angle);
  const torch::Tensor half = (angle / 2).sin() / angle;
  const torch::Tensor versine = torch::where(small, 0.5 * (1 - q / 12 * (1 - q / 30 * (1 - q / 56))), 2 * half.square());

  const std::vector<torch::Tensor> a = axis_angle.unbind(-1);
  const torch::Tensor cosine = 1 - versine * q;
  const auto product = [&](int i, int j) { return versine * a[i] * a[j]; };
  return matrix_of({cosine + product(0, 0), product(0, 1) - sine * a[2], product(0, 2) + sine * a[1], product(0, 1) + sine * a[2],
                    cosine + product(1, 1), product(1, 2) - sine * a[0], product(0, 2) - sine * a[1], product(1, 2) + sine * a[0],
                    cosine + product(2, 2)});
}

torch::Tensor axis_angle_from_matrix(const torch::Tensor& matrix) {
  require_matrices(matrix, "axis_angle_from_matrix");
  const std::vector<torch::Tensor> m = matrix.flatten(-2).unbind(-1);
  // Row i is the quaternion (w, x, y, z) times 4 q_i; the row of the largest q_i is never shorter than 2.
  const torch::Tensor rows = torch::stack({torch::stack({1 + m[0] + m[4] + m[8], m[7] - m[5], m[2] - m[6], m[3] - m[1]}, -1),
                                           torch::stack({m[7] - m[5], 1 + m[0] - m[4] - m[8], m[1] + m[3], m[2] + m[6]}, -1),
                                           torch::stack({m[2] - m[6], m[1] + m[3], 1 - m[0] + m[4] - m[8], m[5] + m[7]}, -1),
                                           torch::stack({m[3] - m[1], m[2] + m[6], m[5] + m[7], 1 - m[0] - m[4] + m[8]}, -1)},
                                          -2);
  const torch::Tensor best = rows.detach().diagonal(0, -2, -1).argmax(-1, true).unsqueeze(-1);
  const torch::Tensor row = torch::take_along_dim(rows, best, -2).squeeze(-2);
  const torch::Tensor unit = row * row.square().sum(-1, true).rsqrt();
  const torch::Tensor quaternion = torch::where(unit.narrow(-1, 0, 1) < 0, -unit, unit);

  const torch::Tensor w = quaternion.narrow(-1, 0, 1), v = quaternion.narrow(-1, 1, 3);
  const torch::Tensor squared = v.square().sum(-1, true);
  const torch::Tensor small = squared < 1e-4;
  const torch::Tensor norm = torch::where(small, 1.0, squared).sqrt();
  const torch::Tensor safe_w = torch::where(small, w, 1.0);
  const torch::Tensor x = squared / safe_w.square();  // tan^2 of half the angle
  const torch::Tensor series = 2 / safe_w * (1 - x * (1.0 / 3 - x * (1.0 / 5 - x / 7)));
  return v * torch::where(small, series, 2 * torch::atan2(norm, w) / norm);
}

torch::Tensor rot6d_from_matrix(const torch::Tensor& matrix) {
  require_matrices(matrix, "rot6d_from_matrix");
  return matrix.narrow(-1, 0, 2).transpose(-1, -2).flatten(-2);
}

torch::Tensor matrix_from_rot6d(const torch::Tensor& rot6d) {
  require_vectors(rot6d, 6, "matrix_from_rot6d");
  const torch::Tensor a = rot6d.narrow(-1, 0, 3), b = rot6d.narrow(-1, 3, 3);
  const torch::Tensor axes = torch::eye(3, rot6d.options());
  const torch::Tensor first = unit_or(a, a.detach().square().sum(-1, true) <= 1e-24, axes[0]);
  const torch::Tensor rest = b - (first * b).sum(-1, true) * first;
  const double epsilon =
      rot6d.scalar_type() == torch::kFloat64 ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
  const torch::Tensor parallel = rest.detach().square().sum(-1, true) <= epsilon * b.detach().square().sum(-1, true) + 1e-24;
  const torch::Tensor second = unit_or(rest, parallel, any_orthogonal(first.detach()));
  return torch::stack({first, second, torch::cross(first, second, -1)}, -1);
}

torch::Tensor geodesic_angle(const torch::Tensor& a, const torch::Tensor& b) {
  require_matrices(a, "geodesic_angle");
  require_matrices(b, "geodesic_angle");
  const std::vector<torch::Tensor> m = torch::matmul(a.transpose(-1, -2), b).flatten(-2).unbind(-1);
  const torch::Tensor squared = ((m[7] - m[5]).square() + (m[2] - m[6]).square() + (m[3] - m[1]).square()) / 4;
  const torch::Tensor zero = squared <= 1e-30;
  const torch::Tensor sine = torch::where(zero, 0.0, torch::where(zero, 1.0, squared).sqrt());
  return torch::atan2(sine, (m[0] + m[4] + m[8] - 1) / 2);
}

torch::Tensor nearest_rotation(const torch::Tensor& matrix) {
  require_matrices(matrix, "nearest_rotation");
  require(torch::isfinite(matrix.detach()).all().item<bool>(), "nearest_rotation: a matrix holds values that are not finite");
  const auto [u, s, vh] = torch::linalg_svd(matrix.detach(), false);
  const torch::Tensor handedness = torch::linalg_det(torch::matmul(u, vh)).sign();
  const torch::Tensor ones = torch::ones_like(handedness);
  const torch::Tensor signs = torch::stack({ones, ones, handedness}, -1);
  const torch::Tensor rotation = torch::matmul(u * signs.unsqueeze(-2), vh);
  if (!matrix.requires_grad() || !torch::GradMode::is_enabled()) return rotation;

  // dR = R V W V^T with W_ij = (V^T (R^T dM - dM^T R) V)_ij / (s_i + s_j). Unlike the derivative of the SVD, it is finite for
  // equal singular values, that is, for rotations. If s_i + s_j = 0, the rotation is undefined and the gradient is set to zero.
  const torch::Tensor values = s * signs;
  const torch::Tensor sums = values.unsqueeze(-1) + values.unsqueeze(-2);
  const torch::Tensor undefined = sums <= 1e-6 * s.narrow(-1, 0, 1).unsqueeze(-1);
  const torch::Tensor divisor = torch::where(undefined, std::numeric_limits<double>::infinity(), sums);
  const torch::Tensor product = torch::matmul(rotation.transpose(-1, -2), matrix);
  const torch::Tensor turned = torch::matmul(torch::matmul(vh, product - product.transpose(-1, -2)), vh.transpose(-1, -2));
  const torch::Tensor tangent = torch::matmul(torch::matmul(vh.transpose(-1, -2), turned / divisor), vh);
  const torch::Tensor change = torch::matmul(rotation, tangent);
  return rotation + (change - change.detach());
}

torch::Tensor chordal_mean(const torch::Tensor& rotations) {
  require_matrices(rotations, "chordal_mean");
  require(rotations.dim() >= 3 && rotations.size(0) > 0,
          c10::str("chordal_mean: got ", shape_text(rotations), " instead of at least one rotation (N, ..., 3, 3)"));
  return nearest_rotation(rotations.mean(0));
}

torch::Tensor mirror_rotation(const torch::Tensor& matrix) {
  require_matrices(matrix, "mirror_rotation");
  return mirror_vector(mirror_vector(matrix).transpose(-1, -2)).transpose(-1, -2);
}

torch::Tensor mirror_vector(const torch::Tensor& vector) {
  require_vectors(vector, 3, "mirror_vector");
  return torch::cat({-vector.narrow(-1, 0, 1), vector.narrow(-1, 1, 2)}, -1);
}

torch::Tensor random_rotation(Random& random) {
  // A normalised 4D Gaussian sample is a uniform unit quaternion, hence a uniform rotation.
  std::array<double, 4> q;
  double squared = 0;
  while (squared < 1e-12) {
    squared = 0;
    for (double& component : q) {
      component = random.normal();
      squared += component * component;
    }
  }
  const double s = 2 / squared, w = q[0], x = q[1], y = q[2], z = q[3];
  return torch::tensor(
             {1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w), s * (x * y + z * w), 1 - s * (x * x + z * z),
              s * (y * z - x * w), s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)},
             torch::kFloat64)
      .view({3, 3});
}

}  // namespace interprior
