#include "skin.h"

#include <torch/types.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "interprior/base/wide_loops.h"
#include "interprior/geometry/mesh.h"
#include "smooth_noise.h"

namespace interprior {
namespace {

constexpr int kTile = 256, kMargin = 2;             // texels
constexpr float kBlotch = 0.028f, kFleck = 0.011f;  // m, grain sizes of uneven skin colour

// The template in the hand's own axes relative to the wrist, and the palm weight of each vertex.
struct FlatHand {
  std::vector<std::array<float, 3>> rest;
  std::vector<float> palm;
  FlatJoints joints;
};

FlatHand flat_hand(const ManoModel& model, Side side) {
  const HandChain chain(model, side);
  const HandJoints joints = chain.rest({});
  const HandAxes& axes = chain.axes();
  const Mesh mesh = mesh_from(model.v_template, model.faces);
  const auto normals = vertex_normals(mesh);
  FlatHand flat;
  for (size_t i = 0; i < mesh.vertices.size(); ++i) {
    const Vector3 p = Vector3(mesh.vertices[i][0], mesh.vertices[i][1], mesh.vertices[i][2]) - joints[kWrist];
    flat.rest.push_back(
        {static_cast<float>(p.dot(axes.fingers)), static_cast<float>(p.dot(axes.palm)), static_cast<float>(p.dot(axes.thumb))});
    const double facing = axes.palm.dot(Vector3(normals[i][0], normals[i][1], normals[i][2]));
    const double part = std::clamp((facing + 0.5) / 1.0, 0.0, 1.0);
    flat.palm.push_back(static_cast<float>(part * part * (3 - 2 * part)));
  }
  for (size_t i = 0; i < joints.size(); ++i) {
    const Vector3 p = joints[i] - joints[kWrist];
    flat.joints.joint[i] = {p.dot(axes.fingers), p.dot(axes.thumb)};
  }
  return flat;
}

SkinPlane plane_of(const PerHand<FlatHand>& hands) {
  float low_x = 0, high_x = 0, low_y = 0, high_y = 0;
  for (const Side side : kSides)
    for (const auto& p : hands[side].rest) {
      low_x = std::min(low_x, p[0]);
      high_x = std::max(high_x, p[0]);
      low_y = std::min(low_y, p[2]);
      high_y = std::max(high_y, p[2]);
    }
  SkinPlane plane;
  plane.left = low_x - kMargin * plane.texel;
  plane.top = low_y - kMargin * plane.texel;
  // Bounds the texture size for any hand file.
  const auto texels = [&](float extent) { return std::clamp(static_cast<int>(extent / plane.texel), 1, 1024) + 2 * kMargin; };
  plane.width = texels(high_x - low_x);
  plane.height = texels(high_y - low_y);
  return plane;
}

float luminance(const Rgb& colour) { return 0.2126f * colour[0] + 0.7152f * colour[1] + 0.0722f * colour[2]; }

inline uint32_t factor_byte(float factor) {
  return static_cast<uint32_t>(static_cast<int32_t>(std::min(std::max(factor * kPaintUnit + 0.5f, 0.0f), 255.0f)));
}

struct SkinRow {
  const float *red, *dark, *nail, *rim, *grain;
};

INTERPRIOR_WIDE void compose_row(const SkinRow& row, const SkinLook& look, int columns, uint32_t* out) {
  const auto [base_r, base_g, base_b] = look.base;
  for (int x = 0; x < columns; ++x) {
    const float blood = look.red * row.red[x], plate = look.nail * row.nail[x];
    const float skin = (1 + look.grain * row.grain[x]) * (1 - look.dark * (row.dark[x] + 0.8f * row.rim[x]));
    const float fold = 1 - 0.25f * look.dark * row.dark[x];  // folds are reddish
    const float r = base_r * skin * (1 - 0.02f * blood), g = base_g * skin * fold * (1 - 0.22f * blood),
                b = base_b * skin * fold * (1 - 0.17f * blood);
    // A nail is paler and pinker than the skin around it, and of even colour.
    out[x] = factor_byte(r + plate * (1.22f - r)) | factor_byte(g + plate * (1.12f - g)) << 8 |
             factor_byte(b + plate * (1.22f - b)) << 16;
  }
}

}  // namespace

SkinMap::SkinMap(const HandModel& hand) {
  const PerHand<FlatHand> flat = {flat_hand(hand.hand.right, Side::right), flat_hand(hand.hand.left, Side::left)};
  const SkinPlane plane = plane_of(flat);
  for (const Side side : kSides) {
    for (const auto& place : flat[side].rest)
      for (size_t k = 0; k < 3; ++k) rest_[side][k].push_back(place[k]);
    for (size_t i = 0; i < flat[side].rest.size(); ++i)
      place_[side].push_back({static_cast<float>((flat[side].rest[i][0] - plane.left) / plane.texel),
                              static_cast<float>((flat[side].rest[i][2] - plane.top) / plane.texel), flat[side].palm[i]});
  }
  back_ = back_features(plane, flat.right.joints);
  palm_ = palm_features(plane, flat.right.joints);
  Random random(Seed{0}.derive("skin grain"));
  const cv::Mat grain = 0.75 * noise_tile(kTile, 2.2, random) + 0.65 * noise_tile(kTile, 6, random);
  cv::repeat(grain, 1, 2 + plane.width / kTile, grain_);  // wide enough for a layer at any offset
}

cv::Mat SkinMap::compose(const SkinFeatures& features, const SkinLook& look, Random& random) const {
  static_assert(std::endian::native == std::endian::little);  // a texel is written as one 32-bit integer
  cv::Mat layer(features.red.size(), CV_8UC4);
  const auto shift_x = static_cast<int>(random.integer(kTile)), shift_y = static_cast<int>(random.integer(kTile));
  for (int y = 0; y < layer.rows; ++y) {
    const SkinRow row = {features.red.ptr<float>(y), features.dark.ptr<float>(y), features.nail.ptr<float>(y),
                         features.rim.ptr<float>(y), grain_.ptr<float>((y + shift_y) % kTile) + shift_x};
    compose_row(row, look, layer.cols, reinterpret_cast<uint32_t*>(layer.ptr<uint8_t>(y)));
  }
  return layer;
}

PerHand<Paint> SkinMap::paint(const PerHand<Rgb>& skin, double strength, Random& random) const {
  PerHand<Paint> paint;
  if (strength <= 0) return paint;
  const auto amount = [&](double low, double high) { return static_cast<float>(strength * random.uniform(low, high)); };
  // Palms are paler than backs, the more so the darker the skin.
  const float pale = amount(0.0, 0.12) + amount(0.3, 0.9) * std::max(0.0f, 0.28f - luminance(skin.right)) / 0.28f;
  const float grain = amount(0.008, 0.03), red = amount(0.2, 1.2), dark = amount(0.10, 0.38), nail = amount(0.25, 0.9);
  const SkinLook back = {{1, 1, 1}, red, dark, nail, grain};
  const SkinLook palm = {
      {1 + 0.9f * pale, 1 + pale, 1 + 1.1f * pale}, red * static_cast<float>(random.uniform(0.3, 1.0)), dark, 0, grain};
  const std::array<cv::Mat, 2> layers = {compose(back_, back, random), compose(palm_, palm, random)};
  const SmoothNoise shade(random), flush(random), fleck(random);
  const float shade_amount = amount(0.02, 0.13), flush_amount = amount(0.02, 0.14), fleck_amount = amount(0, 0.06);
  for (const Side side : kSides) {
    Paint& own = paint[side];
    own.place = place_[side];
    own.layers = layers;
    const float apart = side == Side::left ? 7.5f : 0;  // offset in the noise, so that the hands' blotches differ
    const std::vector<float> shades = shade.at(rest_[side], 1 / kBlotch, apart),
                             flecks = fleck.at(rest_[side], 1 / kFleck, apart),
                             flushes = flush.at(rest_[side], 1.4f / kBlotch, apart);
    own.colour.reserve(shades.size());
    for (size_t i = 0; i < shades.size(); ++i) {
      const float light = 1 + shade_amount * shades[i] + fleck_amount * flecks[i], blood = flush_amount * flushes[i];
      const Rgb& base = skin[side];
      own.colour.push_back(
          {base[0] * light * (1 + 0.3f * blood), base[1] * light * (1 - 0.7f * blood), base[2] * light * (1 - 0.6f * blood)});
    }
  }
  return paint;
}

Paint SkinMap::forearm_paint(const Paint& hand, const std::vector<int32_t>& rim, size_t vertices) {
  Paint arm;
  if (hand.colour.empty() || rim.empty()) return arm;
  for (size_t i = 0; i < vertices; ++i) {
    const auto vertex = static_cast<size_t>(rim[i % rim.size()]);
    arm.colour.push_back(hand.colour[vertex]);
    arm.place.push_back(hand.place[vertex]);
  }
  arm.layers = hand.layers;
  return arm;
}

}  // namespace interprior
