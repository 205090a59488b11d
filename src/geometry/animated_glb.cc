#include "interprior/geometry/animated_glb.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "glb_buffer.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

using nlohmann::json;
using Vectors = std::vector<std::array<float, 3>>;

// A frame of a surface in glTF's axes.
struct BlockFrame {
  float time;
  Vectors positions, normals;
};

// A block that is written.
struct WrittenBlock {
  std::string name;
  json mesh;
  std::vector<float> times;  // of its frames
};

Vectors minus(const Vectors& a, const Vectors& b) {
  Vectors difference = a;
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t axis = 0; axis < 3; ++axis) difference[i][axis] = a[i][axis] - b[i][axis];
  return difference;
}

BlockFrame frame_of(float time, const Mesh& mesh) {
  BlockFrame frame{time, {}, {}};
  for (const auto& vertex : mesh.vertices) frame.positions.push_back(gltf_from_camera(vertex));
  for (const auto& normal : vertex_normals(mesh)) frame.normals.push_back(gltf_from_camera(normal));
  return frame;
}

struct Surface {
  AnimatedSurface properties;
  std::vector<std::array<int32_t, 3>> faces;
  size_t vertices = 0, indices = 0;  // of a mesh; accessor of the faces
  std::vector<BlockFrame> frames;    // of the block that is not yet written
  std::vector<WrittenBlock> blocks;
};

// The keys (time, scale) of a block's node between the first and the last frame of the file: 1 from the block's first frame up
// to, not including, `end`.
std::vector<std::pair<float, float>> scale_keys(float first, float last, float start, float end) {
  std::vector<std::pair<float, float>> keys;
  if (start > first) keys.emplace_back(first, 0.0f);
  keys.emplace_back(start, 1.0f);
  if (end <= last) keys.emplace_back(end, 0.0f);
  if (keys.back().first < last) keys.emplace_back(last, keys.back().second);
  return keys;
}

// Row k has the weights of the targets at frame k: none at frame 0, which is the mesh itself.
std::vector<float> weight_rows(size_t frames) {
  std::vector<float> rows(frames * (frames - 1), 0.0f);
  for (size_t frame = 1; frame < frames; ++frame) rows[frame * (frames - 1) + frame - 1] = 1;
  return rows;
}

}  // namespace

struct AnimatedGlb::File {
  std::filesystem::path path;
  std::vector<Surface> surfaces;
  GlbBuffer buffer;
  std::vector<float> times;
  std::map<size_t, size_t> weights;  // accessor of weight_rows, by number of frames

  File(std::filesystem::path to, const std::vector<AnimatedSurface>& properties) : path(std::move(to)), buffer(path) {
    for (const AnimatedSurface& surface : properties) surfaces.push_back({surface, {}, 0, 0, {}, {}});
  }

  void check(const Surface& surface, const Mesh& mesh) const {
    const std::string where = path.string() + ", mesh " + surface.properties.name;
    check_mesh(mesh, where);
    require(surface.faces.empty() || (surface.faces == mesh.faces && surface.vertices == mesh.vertices.size()),
            "a frame has another number of vertices or other faces than the first", where, "write it to a file of its own");
  }

  void add(Surface& surface, float time, const Mesh& mesh) {
    if (surface.faces.empty()) {
      surface.faces = mesh.faces;
      surface.vertices = mesh.vertices.size();
      surface.indices = buffer.add_indices(mesh.faces);
    }
    BlockFrame frame = frame_of(time, mesh);
    if (surface.frames.size() < kGlbBlock) {
      surface.frames.push_back(std::move(frame));
      return;
    }
    // The next block's first frame is this block's last target too, so that the motion between them is interpolated.
    surface.frames.push_back(frame);
    write_block(surface);
    surface.frames.push_back(std::move(frame));
  }

  void write_block(Surface& surface) {
    const std::vector<BlockFrame> frames = std::move(surface.frames);
    surface.frames.clear();
    if (frames.empty()) return;
    const BlockFrame& base = frames.front();
    json primitive = {{"attributes", attributes(base.positions, base.normals)},
                      {"indices", surface.indices},
                      {"material", static_cast<size_t>(&surface - surfaces.data())}};
    WrittenBlock block;
    block.name = c10::str(surface.properties.name, "_", surface.blocks.size());
    for (const BlockFrame& frame : frames) {
      block.times.push_back(frame.time);
      if (&frame != &base)
        primitive["targets"].push_back(attributes(minus(frame.positions, base.positions), minus(frame.normals, base.normals)));
    }
    block.mesh = {{"name", block.name}, {"primitives", json::array({primitive})}};
    surface.blocks.push_back(std::move(block));
  }

  json attributes(const Vectors& positions, const Vectors& normals) {
    return {{"POSITION", buffer.add_vectors(positions, /*bounds=*/true)},
            {"NORMAL", buffer.add_vectors(normals, /*bounds=*/false)}};
  }

  // Adds the node, the mesh and the channels of a block. end: from which time it is hidden; above the last frame's: never.
  void describe(json& document, const WrittenBlock& block, float end) {
    const size_t node = document["nodes"].size();
    json& animation = document["animations"][0];
    const auto channel = [&](size_t input, size_t output, const char* path_name, const char* interpolation) {
      animation["channels"].push_back(
          {{"sampler", animation["samplers"].size()}, {"target", {{"node", node}, {"path", path_name}}}});
      animation["samplers"].push_back({{"input", input}, {"output", output}, {"interpolation", interpolation}});
    };
    std::vector<float> keys;
    Vectors scales;
    for (const auto& [time, scale] : scale_keys(times.front(), times.back(), block.times.front(), end)) {
      keys.push_back(time);
      scales.push_back({scale, scale, scale});
    }
    channel(buffer.add_times(keys), buffer.add_plain_vectors(scales), "scale", "STEP");
    const size_t frames = block.times.size();
    if (frames > 1) {
      if (!weights.contains(frames)) weights[frames] = buffer.add_scalars(weight_rows(frames));
      channel(buffer.add_times(block.times), weights[frames], "weights", "LINEAR");
    }
    // Without animation the first frame is shown.
    document["nodes"].push_back({{"name", block.name}, {"mesh", document["meshes"].size()}, {"scale", scales.front()}});
    document["meshes"].push_back(block.mesh);
    document["scenes"][0]["nodes"].push_back(node);
  }

  json document() {
    json document = {{"asset", gltf_asset()}, {"scene", 0}, {"scenes", json::array({json::object()})}};
    document["animations"] = json::array({{{"name", "frames"}}});
    for (const Surface& surface : surfaces) {
      document["materials"].push_back(gltf_material(surface.properties.name, surface.properties.colour));
      for (const WrittenBlock& block : surface.blocks) describe(document, block, end_of(block));
    }
    return document;
  }

  // The time of the frame after a block's last one; for a full block that of its last one, which the next block shows.
  float end_of(const WrittenBlock& block) const {
    if (block.times.size() > kGlbBlock) return block.times.back();
    const auto next = std::upper_bound(times.begin(), times.end(), block.times.back());
    return next == times.end() ? std::numeric_limits<float>::infinity() : *next;
  }
};

AnimatedGlb::AnimatedGlb(const std::filesystem::path& path, const std::vector<AnimatedSurface>& surfaces) {
  require(!surfaces.empty(), "there is no surface to write", path.string());
  file_ = std::make_unique<File>(path, surfaces);
}

AnimatedGlb::~AnimatedGlb() = default;

void AnimatedGlb::add(double time, const std::vector<const Mesh*>& meshes) {
  File& file = *file_;
  const auto seconds = static_cast<float>(time);
  require(std::isfinite(time) && time >= 0 && std::isfinite(seconds) && (file.times.empty() || seconds > file.times.back()),
          c10::str("the time of a frame is ", time, " s: below 0, or not above that of the frame before"), file.path.string(),
          "add the frames in order");
  require(meshes.size() == file.surfaces.size(),
          c10::str("a frame has ", meshes.size(), " meshes for ", file.surfaces.size(), " surfaces"), file.path.string());
  for (size_t i = 0; i < meshes.size(); ++i)
    if (meshes[i]) file.check(file.surfaces[i], *meshes[i]);
  file.times.push_back(seconds);
  for (size_t i = 0; i < meshes.size(); ++i) {
    if (meshes[i])
      file.add(file.surfaces[i], seconds, *meshes[i]);
    else
      file.write_block(file.surfaces[i]);
  }
}

bool AnimatedGlb::has_room() const {
  size_t block = 0;
  for (const Surface& surface : file_->surfaces) block += 2 * sizeof(Vectors::value_type) * surface.vertices * (kGlbBlock + 1);
  return file_->buffer.room() > 2 * block;  // the block in memory, and the next
}

bool AnimatedGlb::close() {
  for (Surface& surface : file_->surfaces) file_->write_block(surface);
  const bool empty =
      std::all_of(file_->surfaces.begin(), file_->surfaces.end(), [](const Surface& surface) { return surface.blocks.empty(); });
  if (!empty) file_->buffer.publish(file_->document());
  return !empty;
}

}  // namespace interprior
