#pragma once
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace interprior {

// A triangle mesh as plain numbers, for pictures and files.
struct Mesh {
  std::vector<std::array<float, 3>> vertices;  // m
  std::vector<std::array<int32_t, 3>> faces;   // counter-clockwise seen from outside
};

Mesh mesh_from(const torch::Tensor& vertices, const torch::Tensor& faces);  // (V,3), (F,3); throws Error on a missing vertex

// Throws Error at `where` unless the mesh has faces, finite vertices and no face that names a missing vertex.
void check_mesh(const Mesh& mesh, const std::string& where);

// Area-weighted unit normals per vertex; (0, 0, 1) where a vertex has no area about it.
std::vector<std::array<float, 3>> vertex_normals(const Mesh& mesh);

// The rims of an open surface, such as a hand's wrist, each as a ring of vertices along its faces' edges; none for a closed
// surface.
std::vector<std::vector<int32_t>> open_rims(const std::vector<std::array<int32_t, 3>>& faces);
// The longest of them; empty for a closed surface.
std::vector<int32_t> open_rim(const std::vector<std::array<int32_t, 3>>& faces);
// The faces, and those that close every rim: a fan about the rim's vertex of lowest index, running against the rim's edges.
std::vector<std::array<int32_t, 3>> closed_faces(const std::vector<std::array<int32_t, 3>>& faces);

struct NamedMesh {
  std::string name;
  Mesh mesh;
  std::array<float, 3> colour = {0.8f, 0.6f, 0.5f};  // linear RGB
};

// Writers; atomic; throw Error. OBJ and PLY keep metres and camera axes (x right, y down, z forward); GLB is turned half
// about x into glTF's axes (x right, y up, z backward), so a viewer shows the hands as the camera saw them.
void write_obj(const std::filesystem::path& path, const Mesh& mesh);
void write_ply(const std::filesystem::path& path, const Mesh& mesh);                      // binary little-endian
void write_glb(const std::filesystem::path& path, const std::vector<NamedMesh>& meshes);  // glTF 2.0 binary, y up

}  // namespace interprior
