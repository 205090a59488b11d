#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/base/tensor.h"

namespace interprior {

// A triangle mesh in plain arrays, for rendering and files.
struct Mesh {
  std::vector<std::array<float, 3>> vertices;  // m
  std::vector<std::array<int32_t, 3>> faces;   // counter-clockwise seen from outside
};

Mesh mesh_from(const torch::Tensor& vertices, const torch::Tensor& faces);  // (V,3), (F,3); throws Error on index out of range

// Throws Error with `where` unless the mesh has faces, finite vertices and all face indices in range.
void check_mesh(const Mesh& mesh, const std::string& where);

// Area-weighted unit normals per vertex; (0, 0, 1) for a vertex whose faces have no area.
std::vector<std::array<float, 3>> vertex_normals(const Mesh& mesh);

// The boundary loops of an open surface (such as the hand mesh at the wrist), each as vertices in the direction of its faces'
// edges; none for a closed surface.
std::vector<std::vector<int32_t>> open_rims(const std::vector<std::array<int32_t, 3>>& faces);
// The longest boundary loop; empty for a closed surface.
std::vector<int32_t> open_rim(const std::vector<std::array<int32_t, 3>>& faces);
// The faces plus faces that close each boundary loop: a fan about its vertex of lowest index, opposite to the loop's direction.
std::vector<std::array<int32_t, 3>> closed_faces(const std::vector<std::array<int32_t, 3>>& faces);

struct NamedMesh {
  std::string name;
  Mesh mesh;
  std::array<float, 3> colour = {0.8f, 0.6f, 0.5f};  // linear RGB
};

// Atomic mesh writers; throw Error. OBJ and PLY keep metres and camera axes (x right, y down, z forward). GLB is rotated by 180
// degrees about x to glTF's axes (x right, y up, z backward), so that a viewer shows the hands as the camera does.
void write_obj(const std::filesystem::path& path, const Mesh& mesh);
void write_ply(const std::filesystem::path& path, const Mesh& mesh);                      // binary little-endian
void write_glb(const std::filesystem::path& path, const std::vector<NamedMesh>& meshes);  // glTF 2.0 binary, y up

}  // namespace interprior
