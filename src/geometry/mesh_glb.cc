#include <c10/util/StringUtil.h>

#include <nlohmann/json.hpp>
#include <string>

#include "glb_parts.h"
#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"

// glTF 2.0 specification, section 4 (GLB) and 5 (properties): registry.khronos.org/glTF/specs/2.0
namespace interprior {
namespace {

using nlohmann::json;

// Builds the JSON document and the binary buffer that it describes.
class Document {
 public:
  Document() {
    document_["asset"] = gltf_asset();
    document_["scene"] = 0;
    document_["scenes"] = {{{"nodes", json::array()}}};
  }

  void add(const NamedMesh& named) {
    std::vector<std::array<float, 3>> positions, normals;
    for (const std::array<float, 3>& vertex : named.mesh.vertices) positions.push_back(gltf_from_camera(vertex));
    for (const std::array<float, 3>& normal : vertex_normals(named.mesh)) normals.push_back(gltf_from_camera(normal));
    const size_t position = add_accessor(positions, "VEC3", kGltfFloat, kGltfVertices, positions.size());
    const auto [low, high] = bounds_of(positions);
    document_["accessors"][position]["min"] = low;
    document_["accessors"][position]["max"] = high;
    const size_t normal = add_accessor(normals, "VEC3", kGltfFloat, kGltfVertices, normals.size());
    const size_t index = add_accessor(named.mesh.faces, "SCALAR", kGltfUnsignedInt, kGltfIndices, 3 * named.mesh.faces.size());

    const size_t number = document_["scenes"][0]["nodes"].size();
    document_["materials"].push_back(gltf_material(named.name, named.colour));
    const json primitive = {
        {"attributes", {{"POSITION", position}, {"NORMAL", normal}}}, {"indices", index}, {"material", number}};
    document_["meshes"].push_back({{"name", named.name}, {"primitives", json::array({primitive})}});
    document_["nodes"].push_back({{"name", named.name}, {"mesh", number}});
    document_["scenes"][0]["nodes"].push_back(number);
  }

  std::string bytes() {
    document_["buffers"] = json::array({{{"byteLength", buffer_.size()}}});
    return glb_head(gltf_text(document_), buffer_.size()) + buffer_ + std::string(glb_padding(buffer_.size()), '\0');
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
