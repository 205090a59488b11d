#include "interprior/render/shading.h"

#include <algorithm>
#include <c10/util/StringUtil.h>
#include <cmath>

#include "interprior/base/error.h"

namespace interprior {
namespace {

using Float3 = std::array<float, 3>;

float dot(const Float3& a, const Float3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Float3 unit(const Float3& v) {
  const float squared = dot(v, v), inverse = squared > 0 ? 1 / std::sqrt(squared) : 0;
  return {v[0] * inverse, v[1] * inverse, v[2] * inverse};
}

Float3 weighted(const Float3& a, const Float3& b, const Float3& c, float weight_b, float weight_c) {
  const float weight_a = 1 - weight_b - weight_c;
  return {weight_a * a[0] + weight_b * b[0] + weight_c * c[0], weight_a * a[1] + weight_b * b[1] + weight_c * c[1],
          weight_a * a[2] + weight_b * b[2] + weight_c * c[2]};
}

// Whether a, b, c run clockwise as the camera at the origin sees them. A sliver too thin to say is judged by its normal.
bool inside_shown(const Float3& a, const Float3& b, const Float3& c, const Float3& normal) {
  const Float3 p = {b[0] - a[0], b[1] - a[1], b[2] - a[2]}, q = {c[0] - a[0], c[1] - a[1], c[2] - a[2]};
  const float volume = dot(a, {p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]});
  const double lengths = static_cast<double>(dot(a, a)) * dot(p, p) * dot(q, q);
  return static_cast<double>(volume) * volume > 1e-10 * lengths ? volume > 0 : dot(normal, a) > 0;
}

constexpr size_t kCurveSteps = 4096;

// Linear light 0..1 to an 8-bit sRGB value (IEC 61966-2-1), tabulated.
const std::array<uint8_t, kCurveSteps>& srgb_curve() {
  static const std::array<uint8_t, kCurveSteps> curve = [] {
    std::array<uint8_t, kCurveSteps> values{};
    for (size_t i = 0; i < kCurveSteps; ++i) {
      const double linear = static_cast<double>(i) / (kCurveSteps - 1);
      const double encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
      values[i] = static_cast<uint8_t>(std::lround(255 * encoded));
    }
    return values;
  }();
  return curve;
}

uint8_t encode(float linear) {
  return srgb_curve()[static_cast<size_t>(std::clamp(linear, 0.0f, 1.0f) * (kCurveSteps - 1) + 0.5f)];
}

struct UnitLight {
  Float3 to_light, colour;
};

std::vector<UnitLight> unit_lights(const std::vector<Light>& lights) {
  std::vector<UnitLight> result;
  for (const auto& [d, colour] : lights) {
    const double length = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    require(std::isfinite(length) && length > 0, "a light has no direction");
    result.push_back({{static_cast<float>(-d[0] / length), static_cast<float>(-d[1] / length),
                       static_cast<float>(-d[2] / length)}, colour});
  }
  return result;
}

// Blinn-Phong with exponent 32.
Float3 reflected(const Float3& normal, const Float3& to_eye, const Float3& skin, const Shading& shading,
                 const std::vector<UnitLight>& lights) {
  Float3 colour = {shading.ambient * skin[0], shading.ambient * skin[1], shading.ambient * skin[2]};
  for (const UnitLight& light : lights) {
    const float diffuse = dot(normal, light.to_light);
    if (diffuse <= 0) continue;
    const Float3 half = {to_eye[0] + light.to_light[0], to_eye[1] + light.to_light[1], to_eye[2] + light.to_light[2]};
    const float along = dot(normal, half);
    float gloss = along > 0 ? along * along / dot(half, half) : 0;   // squared cosine
    for (int doubling = 0; doubling < 4; ++doubling) gloss *= gloss;
    for (size_t i = 0; i < 3; ++i) colour[i] += light.colour[i] * (skin[i] * diffuse + shading.specular * gloss);
  }
  return colour;
}

[[noreturn]] void throw_other_meshes() { throw Error("shade: the raster was made from other meshes"); }

cv::Mat canvas(const Raster& raster, const cv::Mat& background) {
  const int width = static_cast<int>(raster.width), height = static_cast<int>(raster.height);
  if (background.empty()) return cv::Mat::zeros(height, width, CV_8UC3);
  require(background.type() == CV_8UC3 && background.cols == width && background.rows == height,
          c10::str("the background must be an 8-bit RGB picture of ", width, " x ", height, " px, got ", background.cols, " x ",
                   background.rows));
  return background.clone();
}

}  // namespace

cv::Mat shade(const Raster& raster, const std::vector<const Mesh*>& meshes_in_camera, const Shading& shading,
              const cv::Mat& background) {
  require(shading.skin.size() == meshes_in_camera.size(),
          c10::str("shade: ", shading.skin.size(), " skin colours for ", meshes_in_camera.size(), " meshes"));
  cv::Mat picture = canvas(raster, background);
  const std::vector<UnitLight> lights = unit_lights(shading.lights);
  std::vector<std::vector<Float3>> normals;
  std::vector<int64_t> first_face;
  int64_t faces = 0;
  for (const Mesh* mesh : meshes_in_camera) {
    first_face.push_back(faces);
    normals.push_back(mesh ? vertex_normals(*mesh) : std::vector<Float3>{});
    faces += mesh ? static_cast<int64_t>(mesh->faces.size()) : 0;
  }
  for (int row = 0; row < picture.rows; ++row) {
    cv::Vec3b* line = picture.ptr<cv::Vec3b>(row);
    for (int column = 0; column < picture.cols; ++column) {
      const size_t pixel = static_cast<size_t>(row) * static_cast<size_t>(picture.cols) + static_cast<size_t>(column);
      if (raster.mesh[pixel] == 0) continue;
      const size_t index = raster.mesh[pixel] - 1u;
      if (index >= normals.size() || normals[index].empty()) throw_other_meshes();
      const Mesh& mesh = *meshes_in_camera[index];
      const size_t face = static_cast<size_t>(raster.face[pixel] - first_face[index]);
      if (face >= mesh.faces.size()) throw_other_meshes();
      const size_t a = static_cast<size_t>(mesh.faces[face][0]), b = static_cast<size_t>(mesh.faces[face][1]),
                   c = static_cast<size_t>(mesh.faces[face][2]);
      const auto [weight_b, weight_c] = raster.barycentric[pixel];
      const Float3 &pa = mesh.vertices[a], &pb = mesh.vertices[b], &pc = mesh.vertices[c];
      Float3 normal = unit(weighted(normals[index][a], normals[index][b], normals[index][c], weight_b, weight_c));
      if (inside_shown(pa, pb, pc, normal)) normal = {-normal[0], -normal[1], -normal[2]};
      const Float3 point = weighted(pa, pb, pc, weight_b, weight_c);
      const Float3 colour = reflected(normal, unit({-point[0], -point[1], -point[2]}), shading.skin[index], shading, lights);
      line[column] = {encode(colour[0]), encode(colour[1]), encode(colour[2])};
    }
  }
  return picture;
}

}  // namespace interprior
