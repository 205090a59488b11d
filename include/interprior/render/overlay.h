#pragma once
#include <torch/types.h>

#include <array>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "interprior/hand/side.h"
#include "interprior/render/shading.h"

namespace interprior {

using Joints2d = std::vector<std::array<double, 2>>;  // 21 px, order of hand/skeleton.h

// Draws bones and joints on a copy of the image, one hue per finger; joints of the right hand are filled, those of the left have
// a white centre. Hands without joints (empty) and joints that are not finite are skipped. size: px, of the hands, to which the
// widths of lines are proportional; the image's longer side if not given.
cv::Mat draw_joints(const cv::Mat& rgb, const PerHand<Joints2d>& joints, std::optional<double> size = {});

// Renders the two meshes (null: absent) over a copy of the photograph with its camera; opacity 0..1.
// In the colours of render/hand_colour.h, as all drawings of hands here.
cv::Mat draw_meshes(const cv::Mat& rgb, const PerHand<const Mesh*>& meshes_in_camera, const Pinhole& camera, double opacity = 1);

// One hand of an overlay.
struct DrawnHand {
  const Mesh* mesh_in_camera = nullptr;  // null or without vertices: nothing is drawn
  Side side = Side::right;               // right: orange; left: blue
  bool faint = false;                    // only its outline, translucent: for a hand that is probably not in the image
};
inline constexpr double kSurfaceOpacity = 0.7, kOutlineOpacity = 0.9, kFaintOpacity = 0.5;  // of DrawnHand

// Draws shaded translucent hands with outlines over a copy of the photograph with its camera. At each pixel the nearer hand is in
// front and the other remains faintly visible through it. An outline lies inside the silhouette; it is 1.5 px wide, and wider in
// images above 640 px. Pixels outside the hands keep their values. Throws Error on a camera of another size than the image.
cv::Mat draw_hands(const cv::Mat& rgb, const std::vector<DrawnHand>& hands, const Pinhole& camera);

// The same hands seen from the photograph's right, turned by 90 degrees about the vertical axis through their middle: depth grows
// to the right, y down, on light grey. Nearly orthographic; the scale is such that the hands fill the view, or, if some are not
// faint, these do. A bar of 5 cm at the bottom shows it. Hands with vertices that are not finite or beyond 10 km are
// left out; without hands the view is plain.
cv::Mat draw_side_view(const std::vector<DrawnHand>& hands, const cv::Size& size);

// The scale of the side views of one video. If the hands filled the view in every frame, they would seem to grow and shrink while
// they only move, and no length could be compared between frames. The scale of the first frame with hands is therefore kept, with
// a margin for motion. Where hands would leave the view it becomes smaller, again with the margin, so that it changes rarely. It
// never grows: it would shrink again with the next large motion. Hands that are all faint, or farther apart than one person's,
// are shown whole but leave the kept scale: a single wrong frame does not make all later hands small.
class SideViewScale {
 public:
  // The scale of the next view, px per m. filling: that at which its hands fill it; width: of the view, px; present: not all of
  // the hands are faint.
  double next(double filling, int width, bool present);

 private:
  double kept_ = 0;  // view widths per m; 0: no frame with hands yet
};
// The next frame of a video.
cv::Mat draw_side_view(const std::vector<DrawnHand>& hands, const cv::Size& size, SideViewScale& scale);
// Of the side view beside an image: as high as the image, at most 3/4 as wide as high, and not wider than the image.
cv::Size side_view_size(const cv::Size& image);

// Heatmaps (N,h,w) in 0..1 as one tiled image, `columns` per row, upscaled, over a dimmed copy of `crop` if given.
// NaN is magenta.
cv::Mat draw_heatmaps(const torch::Tensor& maps, int64_t columns, const cv::Mat& crop = {});

// Concatenate images horizontally (beside) or vertically (stacked) with a white gap; smaller images are aligned to the top or
// left, on white.
cv::Mat beside(const std::vector<cv::Mat>& images, int gap = 4);
cv::Mat stacked(const std::vector<cv::Mat>& images, int gap = 4);

}  // namespace interprior
