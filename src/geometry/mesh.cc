#include "interprior/geometry/mesh.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"

namespace interprior {

Mesh mesh_from(const torch::Tensor& vertices, const torch::Tensor& faces) {
  ShapeCheck("mesh_from")(vertices, "vertices", {"V", 3})(faces, "faces", {"F", 3});
  const torch::Tensor points = vertices.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const torch::Tensor corners = faces.detach().to(torch::kCPU, torch::kInt64).contiguous();
  const int64_t* corner = corners.data_ptr<int64_t>();
  Mesh mesh;
  mesh.vertices.resize(static_cast<size_t>(points.size(0)));
  mesh.faces.resize(static_cast<size_t>(corners.size(0)));
  if (!mesh.vertices.empty()) std::memcpy(mesh.vertices.data(), points.data_ptr<float>(), points.nbytes());
  for (std::array<int32_t, 3>& face : mesh.faces) {
    for (int32_t& index : face) {
      if (*corner < 0 || *corner >= points.size(0))
        throw Error(c10::str("mesh_from: a face refers to vertex ", *corner, " of ", points.size(0)));
      index = static_cast<int32_t>(*corner++);
    }
  }
  return mesh;
}

std::vector<std::array<float, 3>> vertex_normals(const Mesh& mesh) {
  std::vector<std::array<float, 3>> normals(mesh.vertices.size(), {0, 0, 0});
  for (const std::array<int32_t, 3>& face : mesh.faces) {
    const auto& [a, b, c] = face;
    const std::array<float, 3>&p = mesh.vertices.at(static_cast<size_t>(a)), &q = mesh.vertices.at(static_cast<size_t>(b)),
                            &r = mesh.vertices.at(static_cast<size_t>(c));
    const float ux = q[0] - p[0], uy = q[1] - p[1], uz = q[2] - p[2];
    const float vx = r[0] - p[0], vy = r[1] - p[1], vz = r[2] - p[2];
    const std::array<float, 3> area = {uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx};
    for (const int32_t corner : face)
      for (size_t axis = 0; axis < 3; ++axis) normals[static_cast<size_t>(corner)][axis] += area[axis];
  }
  for (std::array<float, 3>& normal : normals) {
    const double x = normal[0], y = normal[1], z = normal[2], length = std::sqrt(x * x + y * y + z * z);
    normal = {0, 0, 1};
    if (length > 0) normal = {static_cast<float>(x / length), static_cast<float>(y / length), static_cast<float>(z / length)};
  }
  return normals;
}

void check_mesh(const Mesh& mesh, const std::string& where) {
  require(!mesh.vertices.empty() && !mesh.faces.empty(), "the mesh has no vertices or no faces", where);
  for (const std::array<float, 3>& vertex : mesh.vertices)
    for (const float coordinate : vertex)
      if (!std::isfinite(coordinate)) throw Error("the mesh has a vertex that is not finite", where);
  for (const std::array<int32_t, 3>& face : mesh.faces)
    for (const int32_t corner : face)
      if (corner < 0 || static_cast<size_t>(corner) >= mesh.vertices.size())
        throw Error("the mesh has a face that refers to a missing vertex", where);
}

std::vector<std::vector<int32_t>> open_rims(const std::vector<std::array<int32_t, 3>>& faces) {
  // An edge without the opposite half-edge is on a boundary.
  std::set<std::pair<int32_t, int32_t>> edges;
  for (const auto& face : faces)
    for (size_t k = 0; k < 3; ++k) edges.emplace(face[k], face[(k + 1) % 3]);
  std::multimap<int32_t, int32_t> next;
  for (const auto& edge : edges)
    if (!edges.contains({edge.second, edge.first})) next.insert(edge);

  std::vector<std::vector<int32_t>> rims;
  while (!next.empty()) {
    std::vector<int32_t> ring;
    for (auto at = next.begin(); at != next.end(); at = next.find(ring.back())) {
      if (ring.empty()) ring.push_back(at->first);
      ring.push_back(at->second);
      next.erase(at);
    }
    ring.pop_back();  // the start vertex, visited twice
    rims.push_back(std::move(ring));
  }
  return rims;
}

std::vector<int32_t> open_rim(const std::vector<std::array<int32_t, 3>>& faces) {
  std::vector<int32_t> longest;
  for (std::vector<int32_t>& rim : open_rims(faces))
    if (rim.size() > longest.size()) longest = std::move(rim);
  return longest;
}

std::vector<std::array<int32_t, 3>> closed_faces(const std::vector<std::array<int32_t, 3>>& faces) {
  std::vector<std::array<int32_t, 3>> closed = faces;
  for (std::vector<int32_t>& rim : open_rims(faces)) {
    std::rotate(rim.begin(), std::min_element(rim.begin(), rim.end()), rim.end());
    for (size_t i = 1; i + 1 < rim.size(); ++i) closed.push_back({rim[0], rim[i + 1], rim[i]});
  }
  return closed;
}

}  // namespace interprior
