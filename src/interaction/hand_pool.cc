#include "hand_pool.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <utility>

#include "interprior/geometry/rotation.h"

namespace interprior {
namespace {

constexpr int kAttempts = 64;  // random tries for a hand of another entry, before a linear search

torch::Tensor wrapped(const torch::Tensor& pose) {
  torch::Tensor angles = pose.to(torch::kFloat32).unflatten(1, {16, 3}).clone();
  const torch::Tensor far = angles.norm(2, 2).gt(3.14159265).nonzero();
  if (far.size(0) > 0) {
    const auto which = std::vector<at::indexing::TensorIndex>{far.select(1, 0), far.select(1, 1)};
    angles.index_put_({far.select(1, 0), far.select(1, 1)}, axis_angle_from_matrix(matrix_from_axis_angle(angles.index(which))));
  }
  return angles.flatten(1);
}

}  // namespace

HandPool::HandPool(Poses poses, int64_t pairs) : poses_(std::move(poses)), pairs_(pairs) {
  poses_.pose = wrapped(poses_.pose);
  poses_.shape = poses_.shape.to(torch::kFloat32).contiguous();
  for (auto& split : splits_) split.resize(poses_.sources.size());
  const auto split = poses_.split.accessor<int64_t, 1>(), source = poses_.source.accessor<int64_t, 1>();
  for (int64_t row = 0; row < poses_.size(); ++row)
    splits_[static_cast<size_t>(split[row])][static_cast<size_t>(source[row])].rows.push_back(row);
  for (auto& sources : splits_) {
    std::erase_if(sources, [](const Source& one) { return one.rows.empty(); });
    double all = 0, sum = 0;
    for (const Source& one : sources) all += std::sqrt(static_cast<double>(one.rows.size()));
    for (Source& one : sources) one.until = (sum += std::sqrt(static_cast<double>(one.rows.size()))) / all;
  }
}

bool HandPool::can_pair(int64_t split) const {
  int64_t first = -1;
  for (const Source& source : splits_[static_cast<size_t>(split)])
    for (const int64_t row : source.rows) {
      if (first >= 0 && entry(row) != first) return true;
      first = entry(row);
    }
  return false;
}

int64_t HandPool::sample(int64_t split, Random& random) const {
  const auto& sources = splits_[static_cast<size_t>(split)];
  const double place = random.uniform();
  size_t source = 0;
  while (source + 1 < sources.size() && place >= sources[source].until) ++source;
  const auto& rows = sources[source].rows;
  return rows[static_cast<size_t>(random.integer(static_cast<int64_t>(rows.size())))];
}

int64_t HandPool::sample_other(int64_t split, int64_t row, Random& random) const {
  for (int attempt = 0; attempt < kAttempts; ++attempt)
    if (const int64_t other = sample(split, random); entry(other) != entry(row)) return other;
  for (const Source& source : splits_[static_cast<size_t>(split)])
    for (const int64_t other : source.rows)
      if (entry(other) != entry(row)) return other;
  return row;
}

torch::Tensor HandPool::fingers(int64_t row, Side side) const {
  const torch::Tensor angles = poses_.pose[row].slice(0, 3);
  if (poses_.side[row].item<int64_t>() == static_cast<int64_t>(side)) return angles;
  return mirrored_angles(angles.view({15, 3})).flatten();
}

ShapeNumbers HandPool::shape(int64_t row) const {
  ShapeNumbers numbers;
  const float* own = poses_.shape.const_data_ptr<float>() + 10 * row;
  std::copy_n(own, numbers.size(), numbers.begin());
  return numbers;
}

}  // namespace interprior
