#include "nearest_vertex.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace interprior {
namespace {

// Samples per block of the distance table: 2.4 MB each for MANO's 778 vertices in float32.
constexpr int64_t kTableSamples = 64;

template <class T>
struct Box {
  std::array<T, 3> low, high;
};

// Candidate points of one hand near the other hand, as coordinate arrays.
template <class T>
struct Cloud {
  std::array<std::vector<T>, 3> at;
  std::vector<int64_t> vertex;

  Cloud(const T* points, int64_t count) {
    for (std::vector<T>& axis : at) axis.resize(static_cast<size_t>(count));
    vertex.resize(static_cast<size_t>(count));
    for (size_t i = 0; i < vertex.size(); ++i) {
      for (size_t axis = 0; axis < 3; ++axis) at[axis][i] = points[3 * i + axis];
      vertex[i] = static_cast<int64_t>(i);
    }
  }

  Box<T> box() const {
    Box<T> box;
    for (size_t axis = 0; axis < 3; ++axis) {
      box.low[axis] = std::numeric_limits<T>::infinity();
      box.high[axis] = -std::numeric_limits<T>::infinity();
      for (const T value : at[axis]) {
        box.low[axis] = std::min(box.low[axis], value);
        box.high[axis] = std::max(box.high[axis], value);
      }
    }
    return box;
  }

  // NaN points are in no box and are dropped.
  void keep_near(const Box<T>& box, T reach) {
    size_t kept = 0;
    for (size_t i = 0; i < vertex.size(); ++i) {
      bool near = true;
      for (size_t axis = 0; axis < 3; ++axis)
        near = near && at[axis][i] > box.low[axis] - reach && at[axis][i] < box.high[axis] + reach;
      if (!near) continue;
      for (std::vector<T>& axis : at) axis[kept] = axis[i];
      vertex[kept++] = vertex[i];
    }
    for (std::vector<T>& axis : at) axis.resize(kept);
    vertex.resize(kept);
  }
};

// Writes the nearest vertex of the other hand for the vertices of `right` and `left` that have one within reach.
template <class T>
void match(Cloud<T> right, Cloud<T> left, T reach, int64_t* of_right, int64_t* of_left) {
  for (int round = 0; round < 2; ++round) {  // filtering one hand shrinks its box, which filters the other hand further
    right.keep_near(left.box(), reach);
    left.keep_near(right.box(), reach);
  }
  const size_t count = left.vertex.size();
  std::vector<T> squared(count), least_of_left(count, reach * reach);
  for (size_t i = 0; i < right.vertex.size(); ++i) {
    const T x = right.at[0][i], y = right.at[1][i], z = right.at[2][i];
    for (size_t j = 0; j < count; ++j) {
      const T dx = left.at[0][j] - x, dy = left.at[1][j] - y, dz = left.at[2][j] - z;
      squared[j] = dx * dx + dy * dy + dz * dz;
    }
    T least = reach * reach;
    for (size_t j = 0; j < count; ++j) {
      if (squared[j] < least) {
        least = squared[j];
        of_right[right.vertex[i]] = left.vertex[j];
      }
      if (squared[j] < least_of_left[j]) {
        least_of_left[j] = squared[j];
        of_left[left.vertex[j]] = right.vertex[i];
      }
    }
  }
}

template <class T>
PerHand<torch::Tensor> nearest_by_search(const PerHand<torch::Tensor>& vertices, double reach) {
  const torch::Tensor right = vertices.right.contiguous(), left = vertices.left.contiguous();
  const int64_t rights = right.size(1), lefts = left.size(1);
  PerHand<torch::Tensor> nearest = {torch::full({right.size(0), rights}, -1, torch::kInt64),
                                    torch::full({left.size(0), lefts}, -1, torch::kInt64)};
  for (int64_t row = 0; row < right.size(0); ++row) {
    match<T>({right.const_data_ptr<T>() + 3 * row * rights, rights}, {left.const_data_ptr<T>() + 3 * row * lefts, lefts},
             static_cast<T>(reach), nearest.right.data_ptr<int64_t>() + row * rights,
             nearest.left.data_ptr<int64_t>() + row * lefts);
  }
  return nearest;
}

}  // namespace

PerHand<torch::Tensor> nearest_by_table(const PerHand<torch::Tensor>& vertices, double reach) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> right, left;
  const auto within_reach = [reach](const std::tuple<torch::Tensor, torch::Tensor>& nearest) {
    return torch::where(std::get<0>(nearest) < reach, std::get<1>(nearest), -1);
  };
  for (int64_t row = 0; row < vertices.right.size(0); row += kTableSamples) {
    const torch::Tensor distances =
        torch::cdist(vertices.right.slice(0, row, row + kTableSamples), vertices.left.slice(0, row, row + kTableSamples));
    right.push_back(within_reach(distances.min(2)));
    left.push_back(within_reach(distances.min(1)));
  }
  if (right.empty()) return {vertices.right.select(2, 0).to(torch::kInt64), vertices.left.select(2, 0).to(torch::kInt64)};
  return {torch::cat(right), torch::cat(left)};
}

PerHand<torch::Tensor> nearest_vertices(const PerHand<torch::Tensor>& vertices, double reach) {
  if (vertices.right.is_cpu() && vertices.right.scalar_type() == torch::kFloat32 &&
      vertices.left.scalar_type() == torch::kFloat32)
    return nearest_by_search<float>(vertices, reach);
  if (vertices.right.is_cpu() && vertices.right.scalar_type() == torch::kFloat64 &&
      vertices.left.scalar_type() == torch::kFloat64)
    return nearest_by_search<double>(vertices, reach);
  return nearest_by_table(vertices, reach);
}

}  // namespace interprior
