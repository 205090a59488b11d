#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "interprior/base/error.h"
#include "interprior/render/overlay.h"

namespace interprior {
namespace {

const cv::Scalar kBackground(226, 228, 231), kInk(48, 50, 54);
constexpr double kFilled = 0.9, kStrip = 0.09;  // share of the width for hands; of the height for each line of text
constexpr double kLeastExtent = 0.08;           // m: the scale bar fits beside smaller hands
constexpr double kDistance = 200;               // of the camera, in extents: nearly orthographic
constexpr float kFarthest = 1e4f;               // m: from such vertices no scale follows
constexpr double kMargin = 0.8;                 // of a video's scale to that of its hands
constexpr double kWidest = 2;                   // m: width of a view of one person's hands, at most
constexpr double kBar = 0.05;                   // m
constexpr int kLeastLabelled = 96;              // px: smaller views have no text
constexpr double kTextHeight = 21,
                 kTextShare = 1 / 30.;  // px of capitals at font scale 1; height of text / height of a view of 3:4

// The hands in the axes of the view: x along the photograph's depth, y down, z towards the photograph's left.
struct Turned {
  std::vector<Mesh> meshes;  // of the same order as the hands; empty: not drawn
  Vector3 low, high;         // bounding box of those that give the scale
  bool all_faint = false;    // these give it then
};

bool near_enough(const Mesh& mesh) {
  return std::all_of(mesh.vertices.begin(), mesh.vertices.end(), [](const auto& vertex) {
    return std::abs(vertex[0]) < kFarthest && std::abs(vertex[1]) < kFarthest && std::abs(vertex[2]) < kFarthest;
  });
}

Turned turned(const std::vector<DrawnHand>& hands) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Turned out{std::vector<Mesh>(hands.size()), {kInfinity, kInfinity, kInfinity}, {-kInfinity, -kInfinity, -kInfinity}};
  const auto drawable = [](const DrawnHand& hand) {
    return hand.mesh_in_camera != nullptr && !hand.mesh_in_camera->vertices.empty() && near_enough(*hand.mesh_in_camera);
  };
  out.all_faint = std::all_of(hands.begin(), hands.end(), [&](const auto& hand) { return hand.faint || !drawable(hand); });
  for (size_t i = 0; i < hands.size(); ++i) {
    if (!drawable(hands[i])) continue;
    Mesh& mesh = out.meshes[i] = *hands[i].mesh_in_camera;
    for (auto& vertex : mesh.vertices) {
      vertex = {vertex[2], vertex[1], -vertex[0]};
      if (hands[i].faint && !out.all_faint) continue;
      for (int axis = 0; axis < 3; ++axis) {
        const double value = vertex[static_cast<size_t>(axis)];
        out.low[axis] = std::min(out.low[axis], value);
        out.high[axis] = std::max(out.high[axis], value);
      }
    }
  }
  return out;
}

// A bar of kBar at the bottom and the direction of the camera at the top.
void annotate(cv::Mat& view, double scale) {
  const double unit = std::min<double>(view.rows, view.cols / 0.75) * kTextShare, font = unit / kTextHeight;
  const int thickness = std::max(1, static_cast<int>(std::lround(unit / 8))), left = static_cast<int>(unit);
  const int bottom = view.rows - 1 - static_cast<int>(unit), bar = static_cast<int>(std::lround(kBar * scale));
  if (bar > 0) cv::rectangle(view, cv::Rect(left, bottom - thickness, bar, 2 * thickness), kInk, cv::FILLED);
  if (std::min(view.rows, view.cols) < kLeastLabelled) return;
  const auto write = [&](const char* text, int x, int y) {
    cv::putText(view, text, {x, y}, cv::FONT_HERSHEY_SIMPLEX, font, kInk, thickness, cv::LINE_AA);
  };
  write("5 cm", left + bar + left / 2, bottom + left / 2);
  cv::arrowedLine(view, {3 * left, 3 * left / 2}, {left, 3 * left / 2}, kInk, thickness, cv::LINE_AA, 0, 0.3);
  write("camera", 7 * left / 2, 2 * left);
}

// of_video: its scale; null for an image, which the hands fill.
cv::Mat drawn_view(const std::vector<DrawnHand>& hands, const cv::Size& size, SideViewScale* of_video) {
  require(size.width > 0 && size.height > 0,
          c10::str("draw_side_view: a view of ", size.width, " x ", size.height, " px cannot be drawn"));
  const cv::Mat empty(size, CV_8UC3, kBackground);
  Turned view = turned(hands);
  if (!(view.low[0] <= view.high[0])) return empty;
  const Vector3 extent = view.high - view.low, middle = (view.low + view.high) / 2;
  const double width = std::max(extent[0], kLeastExtent), height = std::max(extent[1], kLeastExtent);
  const double filling = std::min(kFilled * size.width / width, (1 - 2 * kStrip) * size.height / height);  // px per m
  const double scale = of_video != nullptr ? of_video->next(filling, size.width, !view.all_faint) : filling;
  const double distance = kDistance * std::max({width, height, extent[2]});
  std::vector<DrawnHand> drawn = hands;
  for (size_t i = 0; i < hands.size(); ++i) {
    for (auto& [x, y, z] : view.meshes[i].vertices) {
      x = static_cast<float>(x - middle[0]);
      y = static_cast<float>(y - middle[1]);
      z = static_cast<float>(z - middle[2] + distance);
    }
    drawn[i].mesh_in_camera = &view.meshes[i];
  }
  const double focal = scale * distance;
  cv::Mat image =
      draw_hands(empty, drawn, {focal, focal, (size.width - 1) / 2.0, (size.height - 1) / 2.0, size.width, size.height});
  annotate(image, scale);
  return image;
}

}  // namespace

cv::Size side_view_size(const cv::Size& image) {
  return {std::max(1, std::min(image.width, static_cast<int>(std::lround(0.75 * image.height)))), image.height};
}

double SideViewScale::next(double filling, int width, bool present) {
  const double wanted = filling / width;
  if (present && wanted * kWidest >= 1 && (kept_ == 0 || wanted < kept_)) kept_ = kMargin * wanted;
  return kept_ > 0 ? std::min(filling, kept_ * width) : filling;
}

cv::Mat draw_side_view(const std::vector<DrawnHand>& hands, const cv::Size& size) { return drawn_view(hands, size, nullptr); }

cv::Mat draw_side_view(const std::vector<DrawnHand>& hands, const cv::Size& size, SideViewScale& scale) {
  return drawn_view(hands, size, &scale);
}

}  // namespace interprior
