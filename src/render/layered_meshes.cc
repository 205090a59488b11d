#include "layered_meshes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "interprior/render/mesh_layer.h"

namespace interprior {
namespace {

constexpr int64_t kFineArea = 1'000'000;  // px: larger regions are not supersampled, which bounds the memory

enum Cover : uint8_t { none = 0, surface = 1, border = 2 };

// A rendered mesh. A pixel of the region has `samples` x `samples` samples, row-major over the region, and one shaded colour.
struct Layer {
  cv::Rect region;  // px of the image
  int samples = 1;
  std::vector<float> depth;  // by sample
  cv::Mat cover;             // by sample: Cover
  cv::Mat shaded;            // by pixel: RGB
  cv::Vec3b outline;
  float surface_opacity = 1, outline_opacity = 0;

  size_t first_sample(const cv::Point& pixel) const {
    return static_cast<size_t>((pixel.y - region.y) * samples) * stride() + static_cast<size_t>((pixel.x - region.x) * samples);
  }
  size_t stride() const { return static_cast<size_t>(cover.cols); }
  bool covers(size_t first) const {
    for (int v = 0; v < samples; ++v)
      for (int u = 0; u < samples; ++u)
        if (cover.data[first + static_cast<size_t>(v) * stride() + static_cast<size_t>(u)] != none) return true;
    return false;
  }
};

// The pixels that a mesh may cover, with a border of one pixel inside the image.
cv::Rect region_of(const Mesh& mesh, const Pinhole& camera) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double left = kInfinity, top = kInfinity, right = -kInfinity, bottom = -kInfinity;
  for (const auto& [x, y, z] : mesh.vertices) {
    if (!(z >= static_cast<float>(kNearPlane))) continue;
    const double u = camera.fx * x / z + camera.cx, v = camera.fy * y / z + camera.cy;
    if (!std::isfinite(u) || !std::isfinite(v)) continue;
    left = std::min(left, u);
    right = std::max(right, u);
    top = std::min(top, v);
    bottom = std::max(bottom, v);
  }
  if (!(left <= right)) return {};
  const auto within = [](double value, int64_t size) {
    return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(size)));
  };
  const cv::Point first(within(std::floor(left) - 1, camera.width), within(std::floor(top) - 1, camera.height));
  const cv::Point end(within(std::ceil(right) + 2, camera.width), within(std::ceil(bottom) + 2, camera.height));
  return {first, end};
}

// The camera of a region with `samples` x `samples` pixels per pixel. Pixel centres are at integers in both.
Pinhole camera_of(const cv::Rect& region, const Pinhole& camera, int samples) {
  const double shift = (samples - 1) / 2.0;
  return {camera.fx * samples,
          camera.fy * samples,
          (camera.cx - region.x) * samples + shift,
          (camera.cy - region.y) * samples + shift,
          static_cast<int64_t>(region.width) * samples,
          static_cast<int64_t>(region.height) * samples};
}

Shading shading_of(const std::array<float, 3>& skin) {
  Shading shading = hand_shading();
  shading.skin = {skin};
  return shading;
}

// One covered sample of each pixel, if there is one: shading varies less within a pixel than visibility.
Raster one_per_pixel(const Raster& fine, const cv::Rect& region, int samples) {
  Raster coarse;
  coarse.width = region.width;
  coarse.height = region.height;
  const auto pixels = static_cast<size_t>(region.area()), step = static_cast<size_t>(samples);
  coarse.face.assign(pixels, -1);
  coarse.mesh.assign(pixels, 0);
  coarse.barycentric.assign(pixels, {0.0f, 0.0f});
  const auto width = static_cast<size_t>(region.width), fine_width = width * step;
  for (size_t pixel = 0; pixel < pixels; ++pixel) {
    for (size_t i = 0; i < step * step && coarse.mesh[pixel] == 0; ++i) {
      const size_t sample = (pixel / width * step + i / step) * fine_width + pixel % width * step + i % step;
      if (fine.mesh[sample] == 0) continue;
      coarse.mesh[pixel] = fine.mesh[sample];
      coarse.face[pixel] = fine.face[sample];
      coarse.barycentric[pixel] = fine.barycentric[sample];
    }
  }
  return coarse;
}

// The part of a mask (0 or 1) within `width` samples of its border. Beyond the region's border the mask counts as continued.
cv::Mat border_of(const cv::Mat& mask, double width) {
  const int radius = std::max(1, static_cast<int>(std::lround(width)));
  cv::Mat inner;
  cv::erode(mask, inner, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1}));
  return mask - inner;
}

Layer rendered(const MeshLayer& wanted, const Pinhole& camera, double outline_width, const cv::Rect& region, int samples) {
  const std::vector<const Mesh*> meshes = {wanted.mesh_in_camera};
  Raster raster = rasterise(meshes, camera_of(region, camera, samples));
  const cv::Size size(static_cast<int>(raster.width), static_cast<int>(raster.height));
  const cv::Mat mask(size, CV_8U, raster.mesh.data());  // 1 where the mesh is
  Layer layer;
  layer.region = region;
  layer.samples = samples;
  layer.cover = mask.clone();
  if (wanted.outline_opacity > 0) layer.cover += border_of(mask, outline_width * samples);
  layer.shaded = wanted.surface_opacity > 0 ? shade(one_per_pixel(raster, region, samples), meshes, shading_of(wanted.skin))
                                            : cv::Mat(cv::Mat::zeros(region.size(), CV_8UC3));
  layer.outline = wanted.outline;
  layer.surface_opacity = static_cast<float>(wanted.surface_opacity);
  layer.outline_opacity = static_cast<float>(wanted.outline_opacity);
  layer.depth = std::move(raster.depth);
  return layer;
}

// What a pixel becomes: the light of its layers, and how much of the image remains visible.
struct Blend {
  cv::Vec3f light = {0, 0, 0};
  float through = 1;
};

// The layers that cover a pixel.
class Stack {
 public:
  void clear() { layers_.clear(); }
  void add_if_covered(const Layer& layer, const cv::Point& pixel) {
    if (!layer.region.contains(pixel)) return;
    const size_t first = layer.first_sample(pixel);
    if (layer.covers(first)) layers_.push_back({&layer, first, layer.shaded.at<cv::Vec3b>(pixel - layer.region.tl())});
  }
  bool empty() const { return layers_.empty(); }

  // The average over the samples. Light is premultiplied, so averaging antialiases.
  Blend blend(int samples) {
    Blend sum{{0, 0, 0}, 0};
    for (int v = 0; v < samples; ++v) {
      for (int u = 0; u < samples; ++u) {
        const Blend sample = blend_sample(static_cast<size_t>(v), static_cast<size_t>(u));
        sum.light += sample.light;
        sum.through += sample.through;
      }
    }
    const float share = 1.0f / static_cast<float>(samples * samples);
    return {sum.light * share, sum.through * share};
  }

 private:
  struct Covering {
    const Layer* layer;
    size_t first;
    cv::Vec3b shaded;
  };
  struct Hit {
    float depth, opacity;
    const cv::Vec3b* colour;
  };

  Blend blend_sample(size_t v, size_t u) {
    hits_.clear();
    for (const auto& [layer, first, shaded] : layers_) {
      const size_t sample = first + v * layer->stride() + u;
      const uint8_t cover = layer->cover.data[sample];
      if (cover == none) continue;
      const Hit hit = cover == border ? Hit{layer->depth[sample], layer->outline_opacity, &layer->outline}
                                      : Hit{layer->depth[sample], layer->surface_opacity, &shaded};
      const auto farther = std::find_if(hits_.begin(), hits_.end(), [&](const Hit& other) { return other.depth > hit.depth; });
      hits_.insert(farther, hit);
    }
    Blend blend;
    for (const auto& [depth, opacity, colour] : hits_) {
      const float share = blend.through * opacity;
      blend.light += share * cv::Vec3f(*colour);
      blend.through -= share;
    }
    return blend;
  }

  std::vector<Covering> layers_;
  std::vector<Hit> hits_;  // at one sample, from the nearest to the farthest
};

}  // namespace

void draw_layers(const std::vector<MeshLayer>& layers, const Pinhole& camera, double outline_width, cv::Mat& rgb) {
  std::vector<std::pair<const MeshLayer*, cv::Rect>> visible;
  cv::Rect all;
  for (const MeshLayer& layer : layers) {
    if (layer.mesh_in_camera == nullptr || (layer.surface_opacity <= 0 && layer.outline_opacity <= 0)) continue;
    const cv::Rect region = region_of(*layer.mesh_in_camera, camera);
    if (region.empty()) continue;
    visible.emplace_back(&layer, region);
    all |= region;
  }
  if (visible.empty()) return;
  const int samples = static_cast<int64_t>(all.width) * all.height <= kFineArea ? 2 : 1;
  std::vector<Layer> drawn;
  drawn.reserve(visible.size());
  for (const auto& [layer, region] : visible) drawn.push_back(rendered(*layer, camera, outline_width, region, samples));

  Stack stack;
  for (int row = all.y; row < all.y + all.height; ++row) {
    auto* const pixels = rgb.ptr<cv::Vec3b>(row);
    for (int column = all.x; column < all.x + all.width; ++column) {
      stack.clear();
      for (const Layer& layer : drawn) stack.add_if_covered(layer, {column, row});
      if (stack.empty()) continue;
      const auto [light, through] = stack.blend(samples);
      cv::Vec3b& pixel = pixels[column];
      for (int channel = 0; channel < 3; ++channel)
        pixel[channel] = cv::saturate_cast<uint8_t>(through * static_cast<float>(pixel[channel]) + light[channel]);
    }
  }
}

}  // namespace interprior
