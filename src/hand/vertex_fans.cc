#include "vertex_fans.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

namespace interprior {

VertexFans vertex_fans(const torch::Tensor& faces, int64_t count) {
  const auto face = faces.accessor<int64_t, 2>();
  std::vector<std::vector<std::array<int64_t, 2>>> fans(static_cast<size_t>(count));
  std::map<std::pair<int64_t, int64_t>, int64_t> faces_of_edge;
  for (int64_t f = 0; f < faces.size(0); ++f) {
    for (int64_t k = 0; k < 3; ++k) {
      const int64_t vertex = face[f][k], next = face[f][(k + 1) % 3], last = face[f][(k + 2) % 3];
      fans[static_cast<size_t>(vertex)].push_back({next, last});
      ++faces_of_edge[std::minmax(vertex, next)];
    }
  }
  size_t most = 0;
  for (const auto& fan : fans) most = std::max(most, fan.size());

  VertexFans result;
  result.corners = torch::arange(count).view({count, 1, 1}).repeat({1, static_cast<int64_t>(most), 2});
  auto corners = result.corners.accessor<int64_t, 3>();
  for (size_t v = 0; v < fans.size(); ++v) {
    for (size_t r = 0; r < fans[v].size(); ++r) {
      for (size_t k = 0; k < 2; ++k)
        corners[static_cast<int64_t>(v)][static_cast<int64_t>(r)][static_cast<int64_t>(k)] = fans[v][r][k];
    }
  }
  result.on_rim = torch::zeros({count}, torch::kBool);
  bool* on_rim = result.on_rim.data_ptr<bool>();
  for (const auto& [edge, faces_there] : faces_of_edge) {
    if (faces_there == 1) on_rim[edge.first] = on_rim[edge.second] = true;
  }
  return result;
}

}  // namespace interprior
