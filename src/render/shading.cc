#include "interprior/render/shading.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "fragments.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

using Float3 = std::array<float, 3>;

float dot(const Float3& a, const Float3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

enum class Shown : uint8_t { unknown, outside, inside, edge };

// The side of a face that the camera at the origin sees: the inside if a, b, c are clockwise; `edge` for degenerate slivers.
Shown side_shown(const Float3& a, const Float3& b, const Float3& c) {
  const Float3 p = {b[0] - a[0], b[1] - a[1], b[2] - a[2]}, q = {c[0] - a[0], c[1] - a[1], c[2] - a[2]};
  const float volume = dot(a, {p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]});
  const double lengths = static_cast<double>(dot(a, a)) * dot(p, p) * dot(q, q);
  if (!(static_cast<double>(volume) * volume > 1e-10 * lengths)) return Shown::edge;
  return volume > 0 ? Shown::inside : Shown::outside;
}

std::vector<UnitLight> unit_lights(const std::vector<Light>& lights) {
  std::vector<UnitLight> result;
  for (const auto& [d, colour] : lights) {
    const double length = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    require(std::isfinite(length) && length > 0, "a light has no direction");
    result.push_back(
        {{static_cast<float>(-d[0] / length), static_cast<float>(-d[1] / length), static_cast<float>(-d[2] / length)}, colour});
  }
  return result;
}

[[noreturn]] void throw_other_meshes() { throw Error("shade: the raster was made from other meshes"); }

cv::Mat canvas(const Raster& raster, const cv::Mat& background) {
  const int width = static_cast<int>(raster.width), height = static_cast<int>(raster.height);
  if (background.empty()) return cv::Mat::zeros(height, width, CV_8UC3);
  require(background.type() == CV_8UC3 && background.cols == width && background.rows == height,
          c10::str("the background must be an 8-bit RGB image of ", width, " x ", height, " px, got ", background.cols, " x ",
                   background.rows));
  return background.clone();
}

void check_paint(const Paint& paint, const Mesh& mesh) {
  const size_t vertices = mesh.vertices.size();
  require((paint.colour.empty() || paint.colour.size() == vertices) && (paint.place.empty() || paint.place.size() == vertices),
          "shade: paint needs one colour or place per vertex");
  if (paint.place.empty()) return;
  for (const cv::Mat& layer : paint.layers)
    require(layer.type() == CV_8UC4 && !layer.empty() && layer.size() == paint.layers[0].size(),
            "shade: the two layers of a paint must be 8-bit images of four channels and one size");
}

// The nearest integer, clamped to 0 .. count - 1, also for NaN.
int nearest_index(float place, int count) {
  return place > 0 ? static_cast<int>(std::min(place, static_cast<float>(count - 1)) + 0.5f) : 0;
}

// Four floats in one register: compilers do not vectorise the code below by themselves.
using Float4 [[gnu::vector_size(16)]] = float;
using Byte4 [[gnu::vector_size(4)]] = uint8_t;

// Vertex attributes interpolated over a face. The fourth components are Paint::Place: column, row, weight of the second layer.
struct Corner {
  Float4 point, normal, skin;
};

// A mesh with the vertex attributes for shading.
class Surface {
 public:
  Surface(const Mesh* mesh, const Float3& skin, const Paint* paint, int64_t first_face) : mesh_(mesh), first_face_(first_face) {
    if (mesh == nullptr) return;
    if (paint != nullptr) check_paint(*paint, *mesh);
    if (paint != nullptr && !paint->place.empty()) layers_ = &paint->layers;
    const std::vector<Float3> normals = vertex_normals(*mesh);
    corners_.resize(normals.size());
    for (size_t i = 0; i < normals.size(); ++i) {
      const Float3 &point = mesh->vertices[i], &colour = paint == nullptr || paint->colour.empty() ? skin : paint->colour[i];
      const Paint::Place place = layers_ == nullptr ? Paint::Place{} : paint->place[i];
      corners_[i].point = Float4{point[0], point[1], point[2], place.column};
      corners_[i].normal = Float4{normals[i][0], normals[i][1], normals[i][2], place.row};
      corners_[i].skin = Float4{colour[0], colour[1], colour[2], place.second};
    }
    shown_.assign(mesh->faces.size(), Shown::unknown);
  }

  // Sets fragment i to the attributes of this face at these weights of its vertices 1 and 2.
  void gather(int64_t face_id, float weight_b, float weight_c, Fragments& fragments, size_t i) {
    const auto face = static_cast<size_t>(face_id - first_face_);
    if (mesh_ == nullptr || face >= mesh_->faces.size()) throw_other_meshes();
    const auto a = static_cast<size_t>(mesh_->faces[face][0]), b = static_cast<size_t>(mesh_->faces[face][1]),
               c = static_cast<size_t>(mesh_->faces[face][2]);
    const Corner &ca = corners_[a], &cb = corners_[b], &cc = corners_[c];
    const float weight_a = 1 - weight_b - weight_c;
    const Float4 point = weight_a * ca.point + weight_b * cb.point + weight_c * cc.point;
    const Float4 normal = weight_a * ca.normal + weight_b * cb.normal + weight_c * cc.normal;
    Float4 skin = weight_a * ca.skin + weight_b * cb.skin + weight_c * cc.skin;
    if (shown_[face] == Shown::unknown) shown_[face] = side_shown(mesh_->vertices[a], mesh_->vertices[b], mesh_->vertices[c]);
    const Float4 facing = point * normal;
    const bool inside = shown_[face] == Shown::inside || (shown_[face] == Shown::edge && facing[0] + facing[1] + facing[2] > 0);
    const Float4 outward = inside ? -normal : normal;
    if (layers_ != nullptr) skin *= layer_factor(point[3], normal[3], skin[3]);
    for (size_t k = 0; k < 3; ++k) {
      fragments.point[k][i] = point[k];
      fragments.normal[k][i] = outward[k];
      fragments.skin[k][i] = skin[k];
    }
  }

 private:
  Float4 layer_factor(float column, float row, float share) const {
    const auto& [first, second] = *layers_;
    const int x = nearest_index(column, first.cols), y = nearest_index(row, first.rows);
    return texel(first, x, y) * ((1 - share) / kPaintUnit) + texel(second, x, y) * (share / kPaintUnit);
  }
  static Float4 texel(const cv::Mat& layer, int x, int y) {
    Byte4 bytes;
    std::memcpy(&bytes, layer.ptr<uint8_t>(y) + 4 * x, sizeof bytes);
    return __builtin_convertvector(bytes, Float4);
  }

  const Mesh* mesh_;
  const std::array<cv::Mat, 2>* layers_ = nullptr;
  int64_t first_face_;
  std::vector<Corner> corners_;
  std::vector<Shown> shown_;  // by face, computed lazily
};

}  // namespace

cv::Mat shade(const Raster& raster, const std::vector<const Mesh*>& meshes_in_camera, const Shading& shading,
              const cv::Mat& background) {
  require(shading.skin.size() == meshes_in_camera.size(),
          c10::str("shade: ", shading.skin.size(), " skin colours for ", meshes_in_camera.size(), " meshes"));
  require(shading.paint.empty() || shading.paint.size() == meshes_in_camera.size(),
          c10::str("shade: paint for ", shading.paint.size(), " of ", meshes_in_camera.size(), " meshes"));
  cv::Mat image = canvas(raster, background);
  const std::vector<UnitLight> lights = unit_lights(shading.lights);
  std::vector<Surface> surfaces;
  int64_t faces = 0;
  for (size_t i = 0; i < meshes_in_camera.size(); ++i) {
    surfaces.emplace_back(meshes_in_camera[i], shading.skin[i], shading.paint.empty() ? nullptr : &shading.paint[i], faces);
    faces += meshes_in_camera[i] ? static_cast<int64_t>(meshes_in_camera[i]->faces.size()) : 0;
  }
  auto* const pixels = image.ptr<cv::Vec3b>();  // rows are contiguous: the image was allocated here
  Fragments fragments;
  const auto flush = [&] {
    light_fragments(fragments, shading, lights);
    write_fragments(fragments, pixels);
    fragments.count = 0;
  };
  const size_t count = raster.mesh.size();
  for (size_t pixel = 0; pixel < count; ++pixel) {
    const size_t index = raster.mesh[pixel];
    if (index == 0) continue;
    if (index > surfaces.size()) throw_other_meshes();
    const auto [weight_b, weight_c] = raster.barycentric[pixel];
    surfaces[index - 1].gather(raster.face[pixel], weight_b, weight_c, fragments, fragments.count);
    fragments.pixel[fragments.count++] = pixel;
    if (fragments.count == Fragments::kCapacity) flush();
  }
  flush();
  return image;
}

}  // namespace interprior
