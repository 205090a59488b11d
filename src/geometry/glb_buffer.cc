#include "glb_buffer.h"

#include <limits>

#include "interprior/base/error.h"

namespace interprior {
namespace {

// The lengths in a GLB have 32 bits; the rest is for the JSON and what an animation adds at the end.
constexpr size_t kLargestBuffer = std::numeric_limits<uint32_t>::max() - (size_t{256} << 20);
constexpr size_t kPiece = size_t{1} << 20;

[[noreturn]] void throw_incomplete(const std::filesystem::path& path) {
  throw Error("the file cannot be written completely", path.string(), "the disk may be full");
}

std::filesystem::path part_of(const std::filesystem::path& path) { return path.string() + ".part"; }

nlohmann::json accessor_of(int component, const char* type, size_t count) {
  return {{"componentType", component}, {"type", type}, {"count", count}};
}

}  // namespace

GlbBuffer::GlbBuffer(std::filesystem::path path) : path_(std::move(path)), file_(path_), part_(part_of(path_)) {
  stream_.open(part_.temporary(), std::ios::binary);
}

size_t GlbBuffer::add_vectors(const std::vector<std::array<float, 3>>& vectors, bool bounds) {
  nlohmann::json accessor = accessor_of(kGltfFloat, "VEC3", vectors.size());
  if (bounds) {
    const auto [low, high] = bounds_of(vectors);
    accessor["min"] = low;
    accessor["max"] = high;
  }
  return add(vectors.data(), vectors.size() * sizeof vectors[0], std::move(accessor), kGltfVertices);
}

size_t GlbBuffer::add_indices(const std::vector<std::array<int32_t, 3>>& faces) {
  return add(faces.data(), faces.size() * sizeof faces[0], accessor_of(kGltfUnsignedInt, "SCALAR", 3 * faces.size()),
             kGltfIndices);
}

size_t GlbBuffer::add_plain_vectors(const std::vector<std::array<float, 3>>& vectors) {
  return add(vectors.data(), vectors.size() * sizeof vectors[0], accessor_of(kGltfFloat, "VEC3", vectors.size()), 0);
}

size_t GlbBuffer::add_scalars(const std::vector<float>& scalars) {
  return add(scalars.data(), scalars.size() * sizeof(float), accessor_of(kGltfFloat, "SCALAR", scalars.size()), 0);
}

size_t GlbBuffer::add_times(const std::vector<float>& times) {
  nlohmann::json accessor = accessor_of(kGltfFloat, "SCALAR", times.size());
  accessor["min"] = nlohmann::json::array({times.front()});
  accessor["max"] = nlohmann::json::array({times.back()});
  return add(times.data(), times.size() * sizeof(float), std::move(accessor), 0);
}

// Every element is a multiple of 4 bytes, so that all accessors are aligned.
size_t GlbBuffer::add(const void* data, size_t bytes, nlohmann::json accessor, int target) {
  require(size_ + bytes <= kLargestBuffer, "an animation of more than 4 GB does not fit into a GLB", path_.string(),
          "split the video");
  nlohmann::json view = {{"buffer", 0}, {"byteOffset", size_}, {"byteLength", bytes}};
  if (target != 0) view["target"] = target;
  accessor["bufferView"] = accessors_;
  stream_.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  if (!stream_.good()) throw_incomplete(path_);
  size_ += bytes;
  (view_text_ += view_text_.empty() ? "" : ",") += view.dump();
  (accessor_text_ += accessor_text_.empty() ? "" : ",") += accessor.dump();
  return accessors_++;
}

size_t GlbBuffer::room() const { return kLargestBuffer - size_; }

void GlbBuffer::publish(nlohmann::json document) {
  stream_.close();
  if (!stream_.good()) throw_incomplete(path_);
  document["buffers"] = nlohmann::json::array({{{"byteLength", size_}}});
  std::string text = gltf_text(document);
  text.back() = ',';  // its closing brace
  text += "\"bufferViews\":[" + view_text_ + "],\"accessors\":[" + accessor_text_ + "]}";
  const std::string head = glb_head(std::move(text), size_);
  std::ofstream out(file_.temporary(), std::ios::binary);
  out << head;
  std::ifstream in(part_.temporary(), std::ios::binary);
  std::string piece(kPiece, '\0');
  size_t copied = 0;
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
    out.write(piece.data(), in.gcount());
    copied += static_cast<size_t>(in.gcount());
  }
  out << std::string(glb_padding(size_), '\0');
  out.close();
  if (!out.good() || copied != size_) throw_incomplete(path_);
  file_.commit();
}

}  // namespace interprior
