#include "planes.h"

#include <torch/types.h>

namespace interprior {
namespace {

template <class T>
void interleave(const torch::Tensor& planes, torch::Tensor& points) {
  const int64_t batch = points.size(0), count = points.size(1);
  const T* from = planes.const_data_ptr<T>();
  T* to = points.data_ptr<T>();
  for (int64_t row = 0; row < batch; ++row, from += 3 * count) {
    const T *x = from, *y = from + count, *z = from + 2 * count;
    for (int64_t i = 0; i < count; ++i, to += 3) {
      to[0] = x[i];
      to[1] = y[i];
      to[2] = z[i];
    }
  }
}

template <class T>
void separate(const torch::Tensor& points, torch::Tensor& planes) {
  const int64_t batch = points.size(0), count = points.size(1);
  const T* from = points.const_data_ptr<T>();
  T* to = planes.data_ptr<T>();
  for (int64_t row = 0; row < batch; ++row, to += 3 * count) {
    T *x = to, *y = to + count, *z = to + 2 * count;
    for (int64_t i = 0; i < count; ++i, from += 3) {
      x[i] = from[0];
      y[i] = from[1];
      z[i] = from[2];
    }
  }
}

}  // namespace

torch::Tensor points_from_planes(const torch::Tensor& planes) {
  torch::Tensor points = torch::empty({planes.size(0), planes.size(2), 3}, planes.options());
  if (planes.is_cpu() && planes.scalar_type() == torch::kFloat32) {
    interleave<float>(planes.contiguous(), points);
  } else if (planes.is_cpu() && planes.scalar_type() == torch::kFloat64) {
    interleave<double>(planes.contiguous(), points);
  } else {
    points.copy_(planes.transpose(1, 2));
  }
  return points;
}

torch::Tensor planes_from_points(const torch::Tensor& points) {
  torch::Tensor planes = torch::empty({points.size(0), 3, points.size(1)}, points.options());
  if (points.is_cpu() && points.scalar_type() == torch::kFloat32) {
    separate<float>(points.contiguous(), planes);
  } else if (points.is_cpu() && points.scalar_type() == torch::kFloat64) {
    separate<double>(points.contiguous(), planes);
  } else {
    planes.copy_(points.transpose(1, 2));
  }
  return planes;
}

}  // namespace interprior
