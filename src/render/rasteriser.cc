#include "interprior/render/rasteriser.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr int64_t kLargestPixels = 100'000'000;
constexpr size_t kLargestMeshes = 255;  // Raster::mesh holds 1 + index in a byte

struct Projected {
  double u = 0, v = 0, inverse_depth = 0;  // px, px, 1/m; inverse_depth 0: not rendered
};

// Edge function E(u, v) = x u + y v + c, twice the signed area of (a, b, (u, v)). Computed from the end point that is first in a
// fixed order, so that two faces sharing an edge get exactly opposite values: no pixel on the seam is lost by rounding.
struct Edge {
  double x, y, c;

  Edge(const Projected& a, const Projected& b) {
    const bool swapped = b.v < a.v || (b.v == a.v && b.u < a.u);
    const Projected &p = swapped ? b : a, &q = swapped ? a : b;
    const double sign = swapped ? -1 : 1, du = q.u - p.u, dv = q.v - p.v;
    x = sign * -dv;
    y = sign * du;
    c = sign * (dv * p.u - du * p.v);
  }
  void negate() {
    x = -x;
    y = -y;
    c = -c;
  }
};

std::vector<Projected> project_vertices(const Mesh& mesh, const Pinhole& camera) {
  std::vector<Projected> projected(mesh.vertices.size());
  for (size_t i = 0; i < projected.size(); ++i) {
    const auto& [x, y, z] = mesh.vertices[i];
    if (!(z >= static_cast<float>(kNearPlane))) continue;
    const double inverse_depth = 1.0 / z;
    const double u = camera.fx * x * inverse_depth + camera.cx, v = camera.fy * y * inverse_depth + camera.cy;
    if (std::isfinite(u) && std::isfinite(v)) projected[i] = {u, v, inverse_depth};
  }
  return projected;
}

// Intersections of an edge's line with rows of pixels: pixels on the outer side are skipped.
class Crossing {
 public:
  Crossing(const Edge& edge, int64_t height) : rightward_(edge.x > 0) {
    // Intersections are used only if accurate to 1e-6 px: edges of sliver triangles are dominated by rounding.
    const double largest = std::abs(edge.c) + std::abs(edge.y) * static_cast<double>(height);
    if (std::abs(edge.x) > 1e-9 * largest) slope_ = -1 / edge.x;
  }
  // Narrows the range of columns to the inner side of the edge; `weight`: the edge function at column 0 of the row.
  void narrow(double weight, double& low, double& high) const {
    if (slope_ == 0) return;
    const double column = weight * slope_;
    if (rightward_)
      low = std::max(low, column - kSlack);
    else
      high = std::min(high, column + kSlack);
  }

 private:
  static constexpr double kSlack = 1e-3;  // px
  bool rightward_;
  double slope_ = 0;
};

// First and last integer in [low, high], clamped to 0 .. count - 1; clamping first makes truncation equal to floor.
std::array<int64_t, 2> pixel_range(double low, double high, int64_t count) {
  const double end = static_cast<double>(count);
  const double from = std::clamp(low, 0.0, end), to = std::clamp(high + 1, 0.0, end);
  const int64_t truncated = static_cast<int64_t>(from);
  return {truncated + (static_cast<double>(truncated) < from ? 1 : 0), static_cast<int64_t>(to) - 1};
}

struct ProjectedFace {
  const Projected &a, &b, &c;
  double area;  // twice the signed area on screen
};

// During rasterisation Raster::depth holds the inverse depth, which is linear in screen space and 0 at infinity.
void draw_face(const ProjectedFace& projected, int32_t face, uint8_t mesh, Raster& raster) {
  const auto& [a, b, c, area] = projected;
  const auto columns = pixel_range(std::min({a.u, b.u, c.u}), std::max({a.u, b.u, c.u}), raster.width);
  const auto rows = pixel_range(std::min({a.v, b.v, c.v}), std::max({a.v, b.v, c.v}), raster.height);
  if (columns[0] > columns[1] || rows[0] > rows[1] || area == 0 || !std::isfinite(area)) return;
  Edge of_a(b, c), of_b(c, a), of_c(a, b);  // each is the weight of the opposite vertex
  if (area < 0) {
    of_a.negate();
    of_b.negate();
    of_c.negate();
  }
  const double inverse_area = 1 / std::abs(area);
  // Copied to locals, as compilers assume that bytes written to the image may alias these values.
  const double depth_a = a.inverse_depth, depth_b = b.inverse_depth, depth_c = c.inverse_depth;
  const double farthest = std::min({depth_a, depth_b, depth_c}), nearest = std::max({depth_a, depth_b, depth_c});
  float* const depth = raster.depth.data();
  uint8_t* const drawn = raster.mesh.data();
  int32_t* const faces = raster.face.empty() ? nullptr : raster.face.data();
  std::array<float, 2>* const barycentric = raster.barycentric.data();
  const int64_t width = raster.width;
  const Crossing line_a(of_a, raster.height), line_b(of_b, raster.height), line_c(of_c, raster.height);
  for (int64_t row = rows[0]; row <= rows[1]; ++row) {
    const double v = static_cast<double>(row);
    const double row_a = of_a.y * v + of_a.c, row_b = of_b.y * v + of_b.c, row_c = of_c.y * v + of_c.c;
    double low = static_cast<double>(columns[0]), high = static_cast<double>(columns[1]);
    line_a.narrow(row_a, low, high);
    line_b.narrow(row_b, low, high);
    line_c.narrow(row_c, low, high);
    if (!(low <= high)) continue;
    // Both are within the image, so truncation equals floor.
    const auto truncated = static_cast<int64_t>(low), last = static_cast<int64_t>(high);
    const int64_t first = truncated + (static_cast<double>(truncated) < low ? 1 : 0);
    for (int64_t column = first; column <= last; ++column) {
      const double u = static_cast<double>(column);
      const double weight_a = of_a.x * u + row_a, weight_b = of_b.x * u + row_b, weight_c = of_c.x * u + row_c;
      if (weight_a < 0 || weight_b < 0 || weight_c < 0) continue;
      // Clamped to the vertices' depths: in a tiny sliver the sum of the weights may differ arbitrarily from the area.
      const double part_b = weight_b * depth_b, part_c = weight_c * depth_c;
      const double parts = weight_a * depth_a + part_b + part_c;
      const float inverse_depth = static_cast<float>(std::clamp(parts * inverse_area, farthest, nearest));
      const int64_t pixel = row * width + column;
      if (!(inverse_depth > depth[pixel]) || !(parts > 0)) continue;
      depth[pixel] = inverse_depth;
      drawn[pixel] = mesh;
      if (faces == nullptr) continue;
      faces[pixel] = face;
      const double share = 1 / parts;
      barycentric[pixel] = {static_cast<float>(part_b * share), static_cast<float>(part_c * share)};
    }
  }
}

Raster empty_raster(const Pinhole& camera, Keep keep) {
  require(camera.width > 0 && camera.height > 0 && camera.width <= kLargestPixels && camera.height <= kLargestPixels &&
              camera.width * camera.height <= kLargestPixels,
          c10::str("an image of ", camera.width, " x ", camera.height, " px cannot be rendered"), "",
          "give the camera a width and height of at most 100 megapixels");
  require(std::isfinite(camera.fx) && std::isfinite(camera.fy) && std::isfinite(camera.cx) && std::isfinite(camera.cy),
          "the camera's focal length and principal point must be finite");
  const size_t pixels = static_cast<size_t>(camera.width * camera.height);
  Raster raster;
  raster.width = camera.width;
  raster.height = camera.height;
  raster.depth.assign(pixels, 0.0f);
  raster.mesh.assign(pixels, 0);
  if (keep == Keep::mesh) return raster;
  raster.face.assign(pixels, -1);
  raster.barycentric.assign(pixels, {0.0f, 0.0f});
  return raster;
}

}  // namespace

Raster rasterise(const std::vector<const Mesh*>& meshes_in_camera, const Pinhole& camera, Faces faces, Keep keep) {
  require(meshes_in_camera.size() <= kLargestMeshes, c10::str("at most ", kLargestMeshes, " meshes can be rendered at once"));
  Raster raster = empty_raster(camera, keep);
  int32_t face_id = 0;
  for (size_t index = 0; index < meshes_in_camera.size(); ++index) {
    if (meshes_in_camera[index] == nullptr) continue;
    const Mesh& mesh = *meshes_in_camera[index];
    const std::vector<Projected> points = project_vertices(mesh, camera);
    for (const std::array<int32_t, 3>& face : mesh.faces) {
      for (const int32_t corner : face)
        if (corner < 0 || static_cast<size_t>(corner) >= points.size())
          throw Error(c10::str("a face refers to vertex ", corner, " of ", points.size()), c10::str("mesh ", index));
      const Projected &a = points[static_cast<size_t>(face[0])], &b = points[static_cast<size_t>(face[1])],
                      &c = points[static_cast<size_t>(face[2])];
      if (a.inverse_depth > 0 && b.inverse_depth > 0 && c.inverse_depth > 0) {
        // Twice the signed screen area; v points down, so faces that are counter-clockwise on screen have a negative area.
        const double area = (b.u - a.u) * (c.v - a.v) - (b.v - a.v) * (c.u - a.u);
        if (faces == Faces::both || area < 0) draw_face({a, b, c, area}, face_id, static_cast<uint8_t>(index + 1), raster);
      }
      ++face_id;
    }
  }
  if (keep == Keep::mesh) raster.depth.clear();
  for (float& depth : raster.depth) depth = depth > 0 ? 1 / depth : 0.0f;
  return raster;
}

std::vector<uint8_t> visible_mask(const Raster& raster, int64_t index) {
  std::vector<uint8_t> mask(raster.mesh.size());
  std::transform(raster.mesh.begin(), raster.mesh.end(), mask.begin(),
                 [index](uint8_t mesh) { return static_cast<uint8_t>(mesh == index + 1 ? 255 : 0); });
  return mask;
}

}  // namespace interprior
