#include <c10/util/StringUtil.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/geometry/mesh.h"

// glTF 2.0 specification, section 4 (GLB) and 5 (properties): registry.khronos.org/glTF/specs/2.0
namespace interprior {
namespace {

using nlohmann::json;

constexpr int kFloat = 5126, kUnsignedInt = 5125, kVertexData = 34962, kIndexData = 34963;

// Rotation by 180 degrees about x: from camera axes (y down, z forward) to glTF's (y up, z backward). Winding is unchanged.
std::array<float, 3> gltf_from_camera(const std::array<float, 3>& v) { return {v[0], -v[1], -v[2]}; }

void append_number(std::string& bytes, uint32_t number) { bytes.append(reinterpret_cast<const char*>(&number), sizeof number); }

void append_chunk(std::string& bytes, uint32_t type, const std::string& content, char padding) {
  const size_t padded = (content.size() + 3) / 4 * 4;
  append_number(bytes, static_cast<uint32_t>(padded));
  append_number(bytes, type);
  bytes += content;
  bytes.append(padded - content.size(), padding);
}

// Builds the JSON document and the binary buffer that it describes.
class Document {
 public:
  Document() {
    document_["asset"] = {{"version", "2.0"}, {"generator", "interprior"}};
    document_["scene"] = 0;
    document_["scenes"] = {{{"nodes", json::array()}}};
  }

  void add(const NamedMesh& named) {
    std::vector<std::array<float, 3>> positions, normals;
    for (const std::array<float, 3>& vertex : named.mesh.vertices) positions.push_back(gltf_from_camera(vertex));
    for (const std::array<float, 3>& normal : vertex_normals(named.mesh)) normals.push_back(gltf_from_camera(normal));
    const size_t position = add_accessor(positions, "VEC3", kFloat, kVertexData, positions.size());
    std::array<float, 3> low = positions[0], high = positions[0];
    for (const std::array<float, 3>& vertex : positions) {
      for (size_t axis = 0; axis < 3; ++axis) {
        low[axis] = std::min(low[axis], vertex[axis]);
        high[axis] = std::max(high[axis], vertex[axis]);
      }
    }
    document_["accessors"][position]["min"] = low;
    document_["accessors"][position]["max"] = high;
    const size_t normal = add_accessor(normals, "VEC3", kFloat, kVertexData, normals.size());
    const size_t index = add_accessor(named.mesh.faces, "SCALAR", kUnsignedInt, kIndexData, 3 * named.mesh.faces.size());

    const size_t number = document_["scenes"][0]["nodes"].size();
    const auto channel = [&](size_t i) { return std::clamp(named.colour[i], 0.0f, 1.0f); };
    document_["materials"].push_back(
        {{"name", named.name},
         {"doubleSided", true},
         {"pbrMetallicRoughness",
          {{"baseColorFactor", {channel(0), channel(1), channel(2), 1.0f}}, {"metallicFactor", 0}, {"roughnessFactor", 0.6}}}});
    const json primitive = {
        {"attributes", {{"POSITION", position}, {"NORMAL", normal}}}, {"indices", index}, {"material", number}};
    document_["meshes"].push_back({{"name", named.name}, {"primitives", json::array({primitive})}});
    document_["nodes"].push_back({{"name", named.name}, {"mesh", number}});
    document_["scenes"][0]["nodes"].push_back(number);
  }

  std::string bytes() {
    document_["buffers"] = json::array({{{"byteLength", buffer_.size()}}});
    std::string chunks;
    append_chunk(chunks, 0x4E4F534A, document_.dump(-1, ' ', false, json::error_handler_t::replace), ' ');  // "JSON"
    append_chunk(chunks, 0x004E4942, buffer_, '\0');                                                        // "BIN"
    std::string file = "glTF";
    append_number(file, 2);
    append_number(file, static_cast<uint32_t>(chunks.size() + 12));
    return file + chunks;
  }

 private:
  template <class Element>
  size_t add_accessor(const std::vector<Element>& elements, const char* type, int component, int target, size_t count) {
    const size_t view = document_["bufferViews"].size(), bytes = elements.size() * sizeof(Element);
    document_["bufferViews"].push_back(
        {{"buffer", 0}, {"byteOffset", buffer_.size()}, {"byteLength", bytes}, {"target", target}});
    document_["accessors"].push_back({{"bufferView", view}, {"componentType", component}, {"count", count}, {"type", type}});
    buffer_.append(reinterpret_cast<const char*>(elements.data()), bytes);
    return view;
  }

  json document_;
  std::string buffer_;
};

}  // namespace

void write_glb(const std::filesystem::path& path, const std::vector<NamedMesh>& meshes) {
  require(!meshes.empty(), "there is no mesh to write", path.string());
  Document document;
  for (const NamedMesh& named : meshes) {
    check_mesh(named.mesh, c10::str(path.string(), ", mesh ", named.name));
    document.add(named);
  }
  write_file(path, document.bytes());
}

}  // namespace interprior
