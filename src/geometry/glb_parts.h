#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "interprior/geometry/mesh.h"

// Parts of glTF 2.0 binary files. glTF 2.0 specification, section 4 (GLB) and 5 (properties): registry.khronos.org/glTF/specs/2.0
namespace interprior {

inline constexpr int kGltfFloat = 5126, kGltfUnsignedInt = 5125;        // component types
inline constexpr int kGltfVertices = 34962, kGltfIndices = 34963;       // targets of buffer views
inline constexpr uint32_t kGlbJson = 0x4E4F534A, kGlbBin = 0x004E4942;  // types of chunks

// Rotation by 180 degrees about x: from camera axes (y down, z forward) to glTF's (y up, z backward). Winding is unchanged.
inline std::array<float, 3> gltf_from_camera(const std::array<float, 3>& v) { return {v[0], -v[1], -v[2]}; }

// The least and the greatest coordinate on each axis; at least one vector.
inline std::pair<std::array<float, 3>, std::array<float, 3>> bounds_of(const std::vector<std::array<float, 3>>& vectors) {
  std::array<float, 3> low = vectors.at(0), high = low;
  for (const std::array<float, 3>& vector : vectors) {
    for (size_t axis = 0; axis < 3; ++axis) {
      low[axis] = std::min(low[axis], vector[axis]);
      high[axis] = std::max(high[axis], vector[axis]);
    }
  }
  return {low, high};
}

inline nlohmann::json gltf_asset() { return {{"version", "2.0"}, {"generator", "interprior"}}; }

// colour: linear RGB, clamped to 0..1.
inline nlohmann::json gltf_material(const std::string& name, const std::array<float, 3>& colour) {
  const auto channel = [&](size_t i) { return std::clamp(colour[i], 0.0f, 1.0f); };
  return {{"name", name},
          {"doubleSided", true},
          {"pbrMetallicRoughness",
           {{"baseColorFactor", {channel(0), channel(1), channel(2), 1.0f}}, {"metallicFactor", 0}, {"roughnessFactor", 0.6}}}};
}

// Bytes of a name that are not UTF-8 are replaced.
inline std::string gltf_text(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Bytes that fill a chunk of this size up to a multiple of 4.
inline size_t glb_padding(size_t size) { return (4 - size % 4) % 4; }

// Everything of a GLB before the bytes of its buffer: the header, the JSON chunk and the head of the BIN chunk. The buffer and
// its padding follow.
inline std::string glb_head(std::string json, size_t buffer) {
  json.append(glb_padding(json.size()), ' ');
  const size_t bin = buffer + glb_padding(buffer);
  std::string head = "glTF";
  const auto append = [&](size_t number) {
    const auto word = static_cast<uint32_t>(number);
    head.append(reinterpret_cast<const char*>(&word), sizeof word);
  };
  append(2);
  append(12 + 8 + json.size() + 8 + bin);
  append(json.size());
  append(kGlbJson);
  head += json;
  append(bin);
  append(kGlbBin);
  return head;
}

}  // namespace interprior
