#include "interprior/geometry/glb_reader.h"

#include <c10/util/StringUtil.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"

namespace interprior {
namespace {

using nlohmann::json;

constexpr size_t kHeader = 12, kChunkHeader = 8;
constexpr int kFloat = 5126, kUnsignedInt = 5125;
constexpr uint32_t kJson = 0x4E4F534A, kBinary = 0x004E4942;

class GlbFile {
 public:
  explicit GlbFile(const std::filesystem::path& path) : path_(path), bytes_(read_file(path)) {
    check(bytes_.size() >= kHeader && bytes_.compare(0, 4, "glTF") == 0 && number(4) == 2, "this is no glTF 2.0 binary");
    const std::string_view text = chunk(kHeader, kJson);
    document_ = json::parse(text.begin(), text.end(), nullptr, false);
    check(document_.is_object(), "its JSON is damaged");
    buffer_ = chunk(kHeader + kChunkHeader + text.size(), kBinary);
  }

  std::vector<NamedMesh> meshes() const {
    try {
      std::vector<NamedMesh> meshes;
      size_t vertices = 0;
      for (const json& entry : document_.at("meshes")) {
        const json& primitive = entry.at("primitives").at(0);
        NamedMesh named{entry.value("name", ""), {}};
        named.mesh.vertices = elements<std::array<float, 3>>(primitive.at("attributes").at("POSITION"), "VEC3", kFloat, 1);
        check((vertices += named.mesh.vertices.size()) <= bytes_.size(), "it has more vertices than bytes");
        for (std::array<float, 3>& v : named.mesh.vertices) v = {v[0], -v[1], -v[2]};  // from glTF's axes to the camera's
        named.mesh.faces = elements<std::array<int32_t, 3>>(primitive.at("indices"), "SCALAR", kUnsignedInt, 3);
        check_mesh(named.mesh, c10::str(path_.string(), ", mesh ", named.name));
        meshes.push_back(std::move(named));
      }
      return meshes;
    } catch (const json::exception& problem) {
      throw Error("its JSON lacks what meshes need: " + std::string(problem.what()), path_.string(), "write it again");
    }
  }

 private:
  void check(bool holds, const char* problem) const { require(holds, problem, path_.string(), "write it again"); }

  uint32_t number(size_t at) const {
    check(at + sizeof(uint32_t) <= bytes_.size(), "the file ends early");
    uint32_t value = 0;
    std::memcpy(&value, bytes_.data() + at, sizeof value);
    return value;
  }

  std::string_view chunk(size_t at, uint32_t type) const {
    const size_t size = number(at);
    check(number(at + 4) == type && size <= bytes_.size() - at - kChunkHeader, "a chunk is damaged");
    return std::string_view(bytes_).substr(at + kChunkHeader, size);
  }

  // The elements of an accessor; `each`: accessor components per element.
  template <class Element>
  std::vector<Element> elements(const json& index, const char* type, int component, size_t each) const {
    const json& accessor = document_.at("accessors").at(index.get<size_t>());
    check(accessor.at("type") == type && accessor.at("componentType") == component, "an accessor has another type");
    check(!accessor.contains("sparse") && accessor.value("byteOffset", 0) == 0, "an accessor has another layout");
    const json& view = document_.at("bufferViews").at(accessor.at("bufferView").get<size_t>());
    check(!view.contains("byteStride"), "a buffer view has another layout");
    const auto offset = view.value("byteOffset", size_t{0}), count = accessor.at("count").get<size_t>() / each;
    check(offset <= buffer_.size() && count <= (buffer_.size() - offset) / sizeof(Element), "an accessor leaves the buffer");
    std::vector<Element> list(count);
    std::memcpy(list.data(), buffer_.data() + offset, count * sizeof(Element));
    return list;
  }

  std::filesystem::path path_;
  std::string bytes_;
  json document_;
  std::string_view buffer_;  // into bytes_
};

}  // namespace

std::vector<NamedMesh> read_glb(const std::filesystem::path& path) { return GlbFile(path).meshes(); }

}  // namespace interprior
