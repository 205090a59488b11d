#include <c10/util/StringUtil.h>

#include <bit>
#include <string>

#include "interprior/base/files/atomic_file.h"
#include "interprior/geometry/mesh.h"

namespace interprior {

static_assert(std::endian::native == std::endian::little, "PLY and GLB are written in the machine's byte order");

void write_ply(const std::filesystem::path& path, const Mesh& mesh) {
  check_mesh(mesh, path.string());
  std::string bytes =
      c10::str("ply\nformat binary_little_endian 1.0\ncomment metres, camera axes: x right, y down, z forward\n",
               "element vertex ", mesh.vertices.size(), "\nproperty float x\nproperty float y\nproperty float z\n",
               "property float nx\nproperty float ny\nproperty float nz\n", "element face ", mesh.faces.size(),
               "\nproperty list uchar int vertex_indices\nend_header\n");
  const std::vector<std::array<float, 3>> normals = vertex_normals(mesh);
  for (size_t i = 0; i < mesh.vertices.size(); ++i) {
    bytes.append(reinterpret_cast<const char*>(mesh.vertices[i].data()), sizeof mesh.vertices[i]);
    bytes.append(reinterpret_cast<const char*>(normals[i].data()), sizeof normals[i]);
  }
  for (const std::array<int32_t, 3>& face : mesh.faces) {
    bytes += static_cast<char>(face.size());
    bytes.append(reinterpret_cast<const char*>(face.data()), sizeof face);
  }
  write_file(path, bytes);
}

}  // namespace interprior
