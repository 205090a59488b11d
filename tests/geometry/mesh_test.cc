#include "interprior/geometry/mesh.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

Mesh tetrahedron() {
  return {{{0, 0, 0.5f}, {0.1f, 0, 0.5f}, {0, 0.1f, 0.5f}, {0, 0, 1.0f / 3}}, {{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {0, 3, 2}}};
}

template <class T>
T number_at(const std::string& bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

TEST(Mesh, FromTensors) {
  const torch::Tensor vertices = torch::rand({5, 3}, torch::kFloat64), faces = torch::tensor({{0, 1, 2}, {2, 3, 4}});
  const Mesh mesh = mesh_from(vertices, faces);
  ASSERT_EQ(mesh.vertices.size(), 5u);
  for (size_t i = 0; i < 5; ++i)
    for (size_t axis = 0; axis < 3; ++axis)
      EXPECT_EQ(mesh.vertices[i][axis], static_cast<float>(vertices.data_ptr<double>()[3 * i + axis]));
  EXPECT_EQ(mesh.faces[1], (std::array<int32_t, 3>{2, 3, 4}));
}

TEST(Mesh, FromHostileTensors) {
  EXPECT_THAT([] { mesh_from(torch::rand({5, 3}), torch::tensor({{0, 1, 5}})); }, ThrowsError(HasSubstr("vertex 5 of 5")));
  EXPECT_THAT([] { mesh_from(torch::rand({5, 3}), torch::tensor({{0, -1, 2}})); }, ThrowsError(HasSubstr("vertex -1")));
  EXPECT_THAT([] { mesh_from(torch::rand({5, 2}), torch::tensor({{0, 1, 2}})); }, ThrowsError(HasSubstr("vertices")));
  EXPECT_NO_THROW(mesh_from(torch::zeros({0, 3}), torch::zeros({0, 3}, torch::kInt64)));
}

TEST(Mesh, NormalsOfASphereAreItsRadii) {
  Mesh sphere;  // latitude and longitude, outward faces
  constexpr int kRings = 24, kSectors = 48;
  const double pi = std::acos(-1.0);
  for (int ring = 1; ring < kRings; ++ring)
    for (int sector = 0; sector < kSectors; ++sector) {
      const double polar = pi * ring / kRings, turn = 2 * pi * sector / kSectors;
      sphere.vertices.push_back({static_cast<float>(std::sin(polar) * std::cos(turn)),
                                 static_cast<float>(std::sin(polar) * std::sin(turn)), static_cast<float>(std::cos(polar))});
    }
  for (int ring = 0; ring + 1 < kRings - 1; ++ring)
    for (int sector = 0; sector < kSectors; ++sector) {
      const int next = (sector + 1) % kSectors, a = ring * kSectors, b = a + kSectors;
      sphere.faces.push_back({a + sector, b + sector, b + next});
      sphere.faces.push_back({a + sector, b + next, a + next});
    }
  const auto normals = vertex_normals(sphere);
  for (size_t i = kSectors; i + kSectors < normals.size(); ++i) {  // the first and last ring have faces on one side only
    float along = 0;
    for (size_t axis = 0; axis < 3; ++axis) along += normals[i][axis] * sphere.vertices[i][axis];
    EXPECT_GT(along, 0.995f);
  }
}

TEST(Mesh, NormalsAreWeightedByAreaAndFinite) {
  // Vertex 0 belongs to a large face in the plane z = 0 and a small one in x = 0; vertex 4 belongs to no face.
  const Mesh mesh = {{{0, 0, 0}, {2, 0, 0}, {0, 1, 0}, {0, 0, 0.5f}, {9, 9, 9}}, {{0, 1, 2}, {0, 2, 3}, {0, 0, 0}}};
  const auto normals = vertex_normals(mesh);
  const float length = std::sqrt(2.0f * 2.0f + 0.5f * 0.5f);
  EXPECT_NEAR(normals[0][0], 0.5f / length, 1e-6);
  EXPECT_NEAR(normals[0][2], 2.0f / length, 1e-6);
  EXPECT_EQ(normals[4], (std::array<float, 3>{0, 0, 1}));
}

TEST(Mesh, TheRimOfAnOpenSurfaceRunsAlongItsFaces) {
  const Mesh closed = tetrahedron();
  EXPECT_TRUE(open_rim(closed.faces).empty());
  // Without its first face {0, 2, 1} the edges 0-1, 1-2 and 2-0 of the other faces have no opposite half-edge.
  const std::vector<int32_t> rim = open_rim({closed.faces.begin() + 1, closed.faces.end()});
  ASSERT_EQ(rim.size(), 3u);
  const size_t zero = static_cast<size_t>(std::find(rim.begin(), rim.end(), 0) - rim.begin());
  EXPECT_EQ(rim[(zero + 1) % 3], 1);
  EXPECT_EQ(rim[(zero + 2) % 3], 2);
  // A strip of two triangles and a separate triangle: the longer boundary loop.
  EXPECT_EQ(open_rim({{0, 1, 2}, {2, 1, 3}, {7, 8, 9}}).size(), 4u);
}

TEST(Mesh, ClosingEveryRimGivesEachEdgeTwoFaces) {
  EXPECT_EQ(closed_faces(tetrahedron().faces), tetrahedron().faces);
  // A tube: a boundary loop of four vertices at each end.
  std::vector<std::array<int32_t, 3>> tube;
  for (int32_t i = 0; i < 4; ++i) {
    const int32_t next = (i + 1) % 4;
    tube.push_back({i, next, i + 4});
    tube.push_back({next, next + 4, i + 4});
  }
  EXPECT_EQ(open_rims(tube).size(), 2u);
  const auto closed = closed_faces(tube);
  EXPECT_EQ(closed.size(), tube.size() + 4);
  EXPECT_TRUE(open_rims(closed).empty());
  std::map<std::pair<int32_t, int32_t>, int> edges;
  for (const auto& face : closed)
    for (size_t k = 0; k < 3; ++k) ++edges[{face[k], face[(k + 1) % 3]}];
  for (const auto& [edge, count] : edges) EXPECT_EQ(count, 1) << edge.first << "-" << edge.second;
}

TEST(Mesh, ObjReadsBackExactly) {
  const TemporaryDirectory folder;
  Mesh mesh = tetrahedron();
  mesh.vertices[3] = {1e-7f, -123.456f, 0.1f};
  write_obj(folder / "hand.obj", mesh);
  std::istringstream text(read_file(folder / "hand.obj"));
  Mesh back;
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string kind, x, y, z;
    words >> kind >> x >> y >> z;
    if (kind == "v") back.vertices.push_back({std::stof(x), std::stof(y), std::stof(z)});
    if (kind == "f") back.faces.push_back({std::stoi(x) - 1, std::stoi(y) - 1, std::stoi(z) - 1});
  }
  EXPECT_EQ(back.vertices, mesh.vertices);
  EXPECT_EQ(back.faces, mesh.faces);
}

TEST(Mesh, PlyReadsBackExactly) {
  const TemporaryDirectory folder;
  const Mesh mesh = tetrahedron();
  write_ply(folder / "hand.ply", mesh);
  const std::string bytes = read_file(folder / "hand.ply");
  const std::string header = bytes.substr(0, bytes.find("end_header\n"));
  EXPECT_THAT(header, ::testing::StartsWith("ply\nformat binary_little_endian 1.0\n"));
  EXPECT_THAT(header, HasSubstr("element vertex 4\n"));
  EXPECT_THAT(header, HasSubstr("element face 4\n"));
  size_t at = header.size() + std::strlen("end_header\n");
  const auto normals = vertex_normals(mesh);
  for (size_t i = 0; i < 4; ++i, at += 24) {
    EXPECT_EQ((number_at<std::array<float, 3>>(bytes, at)), mesh.vertices[i]);
    EXPECT_EQ((number_at<std::array<float, 3>>(bytes, at + 12)), normals[i]);
  }
  for (size_t i = 0; i < 4; ++i, at += 13) {
    EXPECT_EQ(bytes[at], 3);
    EXPECT_EQ((number_at<std::array<int32_t, 3>>(bytes, at + 1)), mesh.faces[i]);
  }
  EXPECT_EQ(at, bytes.size());
}

TEST(Mesh, GlbHoldsEveryMeshInGltfAxes) {
  const TemporaryDirectory folder;
  Mesh second = tetrahedron();
  second.faces.pop_back();
  write_glb(folder / "hands.glb", {{"right", tetrahedron(), {0.8f, 0.6f, 0.5f}}, {"left", second, {0.2f, 3.0f, -1.0f}}});
  const std::string bytes = read_file(folder / "hands.glb");
  EXPECT_EQ(bytes.substr(0, 4), "glTF");
  EXPECT_EQ(number_at<uint32_t>(bytes, 4), 2u);
  EXPECT_EQ(number_at<uint32_t>(bytes, 8), bytes.size());
  const uint32_t json_length = number_at<uint32_t>(bytes, 12);
  EXPECT_EQ(bytes.substr(16, 4), "JSON");
  EXPECT_EQ(json_length % 4, 0u);
  const nlohmann::json document = nlohmann::json::parse(bytes.substr(20, json_length));
  const size_t binary = 20 + json_length;
  EXPECT_EQ(bytes.substr(binary + 4, 4), std::string("BIN\0", 4));
  EXPECT_EQ(binary + 8 + number_at<uint32_t>(bytes, binary), bytes.size());
  EXPECT_EQ(document["asset"]["version"], "2.0");
  EXPECT_EQ(document["scenes"][0]["nodes"], nlohmann::json({0, 1}));
  EXPECT_EQ(document["nodes"][1]["name"], "left");

  const auto start_of = [&](const nlohmann::json& accessor) {
    const auto& view = document["bufferViews"][accessor["bufferView"].get<size_t>()];
    EXPECT_EQ(view["byteOffset"].get<size_t>() % 4, 0u);
    const size_t end = view["byteOffset"].get<size_t>() + view["byteLength"].get<size_t>();
    EXPECT_LE(end, document["buffers"][0]["byteLength"].get<size_t>());
    return binary + 8 + view["byteOffset"].get<size_t>();
  };
  const std::vector<Mesh> meshes = {tetrahedron(), second};
  for (size_t m = 0; m < 2; ++m) {
    const auto& primitive = document["meshes"][m]["primitives"][0];
    const auto& position = document["accessors"][primitive["attributes"]["POSITION"].get<size_t>()];
    const auto& index = document["accessors"][primitive["indices"].get<size_t>()];
    ASSERT_EQ(position["count"], 4);
    ASSERT_EQ(index["count"], 3 * meshes[m].faces.size());
    std::array<float, 3> low = {9, 9, 9};
    for (size_t i = 0; i < 4; ++i) {
      const auto stored = number_at<std::array<float, 3>>(bytes, start_of(position) + 12 * i);
      const auto& v = meshes[m].vertices[i];
      EXPECT_EQ(stored, (std::array<float, 3>{v[0], -v[1], -v[2]}));  // y up, z backward
      for (size_t axis = 0; axis < 3; ++axis) low[axis] = std::min(low[axis], stored[axis]);
    }
    EXPECT_EQ((position["min"].get<std::array<float, 3>>()), low);
    for (size_t f = 0; f < meshes[m].faces.size(); ++f)
      EXPECT_EQ((number_at<std::array<int32_t, 3>>(bytes, start_of(index) + 12 * f)), meshes[m].faces[f]);
    const auto& colour = document["materials"][primitive["material"].get<size_t>()]["pbrMetallicRoughness"]["baseColorFactor"];
    EXPECT_FLOAT_EQ(colour[0].get<float>(), m == 0 ? 0.8f : 0.2f);
    for (const auto& channel : colour) EXPECT_TRUE(channel.get<float>() >= 0 && channel.get<float>() <= 1);
  }
}

TEST(Mesh, GlbNamesMayHoldAnyBytes) {
  const TemporaryDirectory folder;
  write_glb(folder / "odd.glb", {{std::string("\xff\"\n", 3), tetrahedron()}});
  const std::string bytes = read_file(folder / "odd.glb");
  EXPECT_TRUE(nlohmann::json::accept(bytes.substr(20, number_at<uint32_t>(bytes, 12))));
}

TEST(Mesh, InvalidMeshesAreNotWritten) {
  const TemporaryDirectory folder;
  Mesh not_finite = tetrahedron(), loose = tetrahedron();
  not_finite.vertices[1][2] = std::numeric_limits<float>::quiet_NaN();
  loose.faces[2][1] = 4;
  const std::vector<std::pair<Mesh, std::string>> hostile = {
      {not_finite, "not finite"}, {loose, "missing vertex"}, {Mesh{}, "no vertices"}, {Mesh{{{0, 0, 1}}, {}}, "no faces"}};
  for (const auto& entry : hostile) {
    const Mesh& mesh = entry.first;
    EXPECT_THAT([&] { write_obj(folder / "x.obj", mesh); }, ThrowsError(HasSubstr(entry.second)));
    EXPECT_THAT([&] { write_ply(folder / "x.ply", mesh); }, ThrowsError(HasSubstr(entry.second)));
    EXPECT_THAT([&] { write_glb(folder / "x.glb", {{"left", mesh}}); }, ThrowsError(HasSubstr("mesh left")));
  }
  EXPECT_THAT([&] { write_glb(folder / "x.glb", {}); }, ThrowsError(HasSubstr("no mesh")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THROW(write_obj("/proc/no/such/place.obj", tetrahedron()), Error);
}

}  // namespace
}  // namespace interprior
