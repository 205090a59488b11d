#include "interprior/render/overlay.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "interprior/base/error.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

using Colour = cv::Scalar;

const std::array<Colour, 5> kFingers = {  // RGB, thumb .. pinky
    Colour(255, 84, 84), Colour(255, 180, 40), Colour(96, 216, 96), Colour(72, 164, 255), Colour(214, 112, 255)};
const Colour kWristColour(235, 235, 235), kOutline(16, 16, 16), kWhite(255, 255, 255);
constexpr int kFraction = 4;         // bits of sub-pixel position in OpenCV's drawing calls
constexpr double kFarAway = 20'000;  // px: points farther from the origin are not drawn

void check_image(const cv::Mat& rgb) {
  require(!rgb.empty() && rgb.type() == CV_8UC3, "only an 8-bit RGB image can be drawn on");
}

Colour joint_colour(size_t joint) { return joint == 0 ? kWristColour : kFingers[(joint - 1) / 4]; }

// Draws lines and dots on one image, with widths proportional to `size` px.
class Pen {
 public:
  Pen(cv::Mat& image, double size) : image_(image), unit_(size / 512) {}

  static bool drawable(const std::array<double, 2>& p) { return std::abs(p[0]) < kFarAway && std::abs(p[1]) < kFarAway; }

  void bone(const std::array<double, 2>& a, const std::array<double, 2>& b, const Colour& colour, double width) const {
    if (!drawable(a) || !drawable(b)) return;
    const int thickness = std::max(1, static_cast<int>(std::lround(width * unit_)));
    cv::line(image_, fixed(a), fixed(b), colour, thickness, cv::LINE_AA, kFraction);
  }
  void disc(const std::array<double, 2>& centre, const Colour& colour, double radius) const {
    if (!drawable(centre)) return;
    const int fixed_radius = static_cast<int>(std::lround(radius * unit_ * (1 << kFraction)));
    cv::circle(image_, fixed(centre), std::max(1, fixed_radius), colour, cv::FILLED, cv::LINE_AA, kFraction);
  }

 private:
  static cv::Point fixed(const std::array<double, 2>& p) {
    return {static_cast<int>(std::lround(p[0] * (1 << kFraction))), static_cast<int>(std::lround(p[1] * (1 << kFraction)))};
  }

  cv::Mat& image_;
  double unit_;
};

void draw_hand(const Pen& pen, const Joints2d& joints, Side side) {
  const auto each_bone = [&](const auto& draw) {
    for (size_t joint = 1; joint < joints.size(); ++joint)
      draw(joints[static_cast<size_t>(kParents[joint])], joints[joint], joint);
  };
  each_bone([&](const auto& parent, const auto& child, size_t) { pen.bone(parent, child, kOutline, 5); });
  for (const std::array<double, 2>& joint : joints) pen.disc(joint, kOutline, 5);
  each_bone([&](const auto& parent, const auto& child, size_t joint) { pen.bone(parent, child, joint_colour(joint), 2.5); });
  for (size_t joint = 0; joint < joints.size(); ++joint) {
    pen.disc(joints[joint], joint_colour(joint), 4);
    if (side == Side::left) pen.disc(joints[joint], kWhite, 2);
  }
}

}  // namespace

cv::Mat draw_joints(const cv::Mat& rgb, const PerHand<Joints2d>& joints, std::optional<double> size) {
  check_image(rgb);
  cv::Mat image = rgb.clone();
  const Pen pen(image, size.value_or(std::max(image.rows, image.cols)));
  for (const Side side : kSides) {
    const size_t count = joints[side].size();
    require(count == 0 || count == static_cast<size_t>(kJoints),
            c10::str("draw_joints: the ", side_name(side), " hand has ", count, " joints instead of ", kJoints));
    draw_hand(pen, joints[side], side);
  }
  return image;
}

}  // namespace interprior
