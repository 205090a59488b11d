#include "procedural_cage.h"

#include <torch/types.h>

#include <cmath>
#include <complex>
#include <map>

namespace interprior {
namespace {

constexpr int64_t kLines = 5, kLastRow = 5, kThumbFirstRow = 1, kThumbLastRow = 3;
constexpr std::array<double, kLastRow + 1> kRows = {0, 0.22, 0.37, 0.53, 0.76, 1};  // along the palm, wrist to web
constexpr double kWeb = 0.40;                                                       // fraction of the first phalanx it covers
constexpr double kPi = 3.14159265358979323846;

Point sum(const Point& a, const Point& b, double scale = 1) {
  return {a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]};
}
double dot(const Point& a, const Point& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Point cross(const Point& a, const Point& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Point scaled(const Point& a, double scale) { return sum({0, 0, 0}, a, scale); }
Point unit(const Point& a) { return scaled(a, 1 / std::sqrt(dot(a, a))); }
Point point(const torch::Tensor& row) { return {row[0].item<double>(), row[1].item<double>(), row[2].item<double>()}; }

// Distances of a digit's rings from the base joint: three rings around each flexing joint, so that it bends smoothly.
std::vector<double> ring_places(const torch::Tensor& lengths, double tip_radius, bool thumb) {
  const double first = lengths[0].item<double>(), second = first + lengths[1].item<double>();
  const double end = second + lengths[2].item<double>();
  const double before = first - 0.0065, root = thumb ? 0.55 * first : 0.5 * (kWeb * first + before);
  return {root, before, first, first + 0.0065, second - 0.006, second, second + 0.0055, end - 0.42 * tip_radius};
}

// Adds a prism of rings along the digit, from a loop of palm vertices (counter-clockwise seen from the tip), closed at the tip.
void grow_digit(Cage& cage, const HandAnatomy& anatomy, int64_t digit, std::vector<int64_t> loop) {
  const torch::Tensor joints = anatomy.joints[digit], radii = anatomy.radii[digit];
  const torch::Tensor bones = joints.slice(0, 1) - joints.slice(0, 0, 3), lengths = bones.norm(2, {1});
  const size_t corners = loop.size();
  const double tip_radius = radii[3].item<double>();
  const Point axis = unit(point(joints[3] - joints[0]));
  const Point dorsal = point(anatomy.dorsal[digit]), lateral = cross(axis, dorsal);
  const double step = 2 * kPi / static_cast<double>(corners);
  std::complex<double> turn = 0;  // rotation of a regular ring that fits the loop best
  for (size_t k = 0; k < corners; ++k) {
    const Point arm = sum(cage.vertices[loop[k]], point(joints[0]), -1);
    turn += std::complex<double>(dot(arm, dorsal), dot(arm, lateral)) * std::polar(1.0, -step * static_cast<double>(k));
  }
  const std::vector<double> places = ring_places(lengths, tip_radius, digit == 0);
  const double end = lengths.sum().item<double>();
  for (size_t ring = 0; ring < places.size(); ++ring) {
    double place = places[ring];
    int64_t bone = 0;
    while (bone < 2 && place > lengths[bone].item<double>()) place -= lengths[bone++].item<double>();
    const double part = place / lengths[bone].item<double>();
    const Point centre = point(joints[bone] + bones[bone] * part);
    double radius = (radii[bone] + (radii[bone + 1] - radii[bone]) * part).item<double>();
    if (end - places[ring] < tip_radius) radius *= 0.8;  // on the round cap of the tip
    std::vector<int64_t> next;
    for (size_t k = 0; k < corners; ++k) {
      const double angle = std::arg(turn) + step * static_cast<double>(k);
      const Point arm = sum(scaled(dorsal, std::cos(angle)), lateral, std::sin(angle));
      next.push_back(cage.add(sum(centre, arm, radius), digit, ring == 0 || (digit == 0 && ring == 1)));
    }
    for (size_t k = 0; k < corners; ++k) {
      const size_t after = (k + 1) % corners;
      cage.quads.push_back({loop[k], loop[after], next[after], next[k]});
    }
    loop = next;
  }
  if (corners == 4) {
    cage.quads.push_back({loop[0], loop[1], loop[2], loop[3]});
  } else {
    cage.quads.push_back({loop[0], loop[1], loop[2], loop[5]});
    cage.quads.push_back({loop[2], loop[3], loop[4], loop[5]});
  }
}

// End points of the five palm lines: beside the outer fingers and between neighbouring fingers.
std::array<Point, kLines> web_points(const HandAnatomy& anatomy) {
  std::array<Point, kLines> web;
  std::array<Point, 4> finger, thumbward;
  for (int64_t f = 0; f < 4; ++f) {
    const Point joint = point(anatomy.joints[f + 1][0]), phalanx = point(anatomy.joints[f + 1][1] - anatomy.joints[f + 1][0]);
    finger[f] = sum(joint, phalanx, kWeb);
    thumbward[f] = scaled(cross(point(anatomy.dorsal[f + 1]), unit(phalanx)), anatomy.radii[f + 1][0].item<double>());
  }
  for (int64_t line = 1; line < 4; ++line) web[line] = scaled(sum(finger[line - 1], finger[line]), 0.5);
  web[0] = sum(finger[0], thumbward[0]);
  web[4] = sum(finger[3], thumbward[3], -1);
  return web;
}

}  // namespace

int64_t Cage::add(const Point& vertex, int64_t owner, bool is_free, bool on_opening) {
  vertices.push_back(vertex);
  digit.push_back(owner);
  free.push_back(is_free);
  opening.push_back(on_opening);
  return static_cast<int64_t>(vertices.size()) - 1;
}

Cage hand_cage(const HandAnatomy& anatomy) {
  Cage cage;
  constexpr std::array<double, kLines> kWristHeight = {0.012, 0.018, 0.019, 0.018, 0.012};  // m, half the thickness
  constexpr std::array<double, kLines> kWebHeight = {0.006, 0.008, 0.008, 0.008, 0.006};
  const std::array<Point, kLines> web = web_points(anatomy);
  std::array<std::array<std::array<int64_t, kLines>, kLastRow + 1>, 2> id{};  // back and palm
  for (int64_t sheet = 0; sheet < 2; ++sheet) {
    for (int64_t row = 0; row <= kLastRow; ++row) {
      for (int64_t line = 0; line < kLines; ++line) {
        const double t = kRows[row], height = (1 - t) * kWristHeight[line] + t * kWebHeight[line];
        const Point wrist = {kWristEnd, 0, 0.0125 * static_cast<double>(2 - line)};
        Point vertex = sum(scaled(wrist, 1 - t), web[line], t);
        vertex[1] += sheet == 0 ? height : -height;
        id[sheet][row][line] = cage.add(vertex, kPalm, true, row == 0);
      }
    }
  }
  const auto& back = id[0];
  const auto& palm = id[1];
  for (int64_t row = 0; row < kLastRow; ++row) {
    for (int64_t line = 0; line + 1 < kLines; ++line) {
      cage.quads.push_back({back[row][line], back[row][line + 1], back[row + 1][line + 1], back[row + 1][line]});
      cage.quads.push_back({palm[row][line], palm[row + 1][line], palm[row + 1][line + 1], palm[row][line + 1]});
    }
    if (row < kThumbFirstRow || row >= kThumbLastRow) {
      cage.quads.push_back({back[row][0], back[row + 1][0], palm[row + 1][0], palm[row][0]});
    }
    cage.quads.push_back({back[row][4], palm[row][4], palm[row + 1][4], back[row + 1][4]});
  }
  std::vector<int64_t> thumb;
  for (int64_t row = kThumbFirstRow; row <= kThumbLastRow; ++row) thumb.push_back(back[row][0]);
  for (int64_t row = kThumbLastRow; row >= kThumbFirstRow; --row) thumb.push_back(palm[row][0]);
  grow_digit(cage, anatomy, 0, thumb);
  for (int64_t f = 0; f < 4; ++f) {
    grow_digit(cage, anatomy, f + 1, {back[kLastRow][f], back[kLastRow][f + 1], palm[kLastRow][f + 1], palm[kLastRow][f]});
  }
  return cage;
}

Cage split(const Cage& coarse) {
  Cage fine = coarse;
  fine.quads.clear();
  std::map<std::pair<int64_t, int64_t>, int64_t> middles;
  const auto key = [](int64_t a, int64_t b) { return std::make_pair(std::min(a, b), std::max(a, b)); };
  const auto between = [&](const std::vector<int64_t>& parents, bool opening) {
    Point centre = {0, 0, 0};
    int64_t digit = kPalm;
    bool free = false;
    for (const int64_t parent : parents) {
      centre = sum(centre, coarse.vertices[parent], 1.0 / static_cast<double>(parents.size()));
      digit = std::max(digit, coarse.digit[parent]);
      free = free || coarse.free[parent];
    }
    return fine.add(centre, digit, free, opening);
  };
  for (const Quad& quad : coarse.quads) {
    std::array<int64_t, 4> edge{};
    for (size_t k = 0; k < 4; ++k) {
      const auto ends = key(quad[k], quad[(k + 1) % 4]);
      const auto found = middles.find(ends);
      const bool opening = coarse.opening[ends.first] && coarse.opening[ends.second];
      edge[k] = found != middles.end() ? found->second : (middles[ends] = between({ends.first, ends.second}, opening));
    }
    const int64_t centre = between({quad.begin(), quad.end()}, false);
    for (size_t k = 0; k < 4; ++k) fine.quads.push_back({quad[k], edge[k], centre, edge[(k + 3) % 4]});
  }
  return fine;
}

}  // namespace interprior
