#include "camera_check.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cmath>

namespace interprior {
namespace {

constexpr size_t kStride = 2;     // every second joint is checked
constexpr double kMargin = 0.15;  // tolerance around a box, relative to its sides
constexpr double kInside = 0.5;   // fraction of an image's joints inside its box, below which the image counts as outside
constexpr double kWrong = 0.5;    // fraction of a camera's images outside, above which the camera is reported
constexpr int64_t kFewest = 3;    // images of a camera
constexpr double kBeyond = 0.25;  // tolerance of a box around the image, relative to the image's sides
constexpr size_t kRows = 20000;   // images on which other camera units are tried

std::string percent(int64_t part, int64_t whole) {
  return c10::str(static_cast<int64_t>(std::lround(100 * static_cast<double>(part) / static_cast<double>(whole))), " %");
}

}  // namespace

std::string CameraCheck::name_of(size_t camera) const {
  const CameraEntry& entry = tables_.cameras[camera];
  return entry.name.empty() ? std::string() : c10::str("camera ", entry.name, " of capture ", entry.capture);
}

// camera_scale: factor on the camera's position.
bool CameraCheck::inside(size_t row, double camera_scale, bool& known) const {
  const ImageEntry& image = tables_.images[row];
  const CameraEntry& camera = tables_.cameras[image.camera];
  const FrameEntry& frame = tables_.frames[image.frame];
  const auto& [x, y, width, height] = image.box;
  int64_t all = 0, in = 0;
  for (size_t k = 0; k < 42; k += kStride) {
    const size_t side = k / 21, joint = k % 21;
    if (!tables_.joint_valid(row, side, joint)) continue;
    Vector3 point = frame.joints[side][joint];
    if (!tables_.joints_in_camera) {
      const auto& [rotation, translation] = camera.camera_from_world;
      point = rotation * point + camera_scale * translation;
    }
    ++all;
    if (point[2] <= 0) continue;
    const double u = camera.fx * point[0] / point[2] + camera.cx, v = camera.fy * point[1] / point[2] + camera.cy;
    in += u > x - kMargin * width && u < x + (1 + kMargin) * width && v > y - kMargin * height && v < y + (1 + kMargin) * height;
  }
  known = all > 0;
  return static_cast<double>(in) >= kInside * static_cast<double>(all);
}

void CameraCheck::add(size_t row) {
  const ImageEntry& image = tables_.images[row];
  if (!(tables_.cameras[image.camera].fx > 0) || !(image.box[2] > 0 && image.box[3] > 0)) return;
  const auto& [x, y, width, height] = image.box;
  ++boxes_;
  const double w = image.width, h = image.height;
  if (x < -kBeyond * w || y < -kBeyond * h || x + width > (1 + kBeyond) * w || y + height > (1 + kBeyond) * h)
    if (beyond_++ == 0) first_beyond_ = static_cast<uint32_t>(row);
  bool known = false;
  const bool in = inside(row, 1, known);
  if (!known) return;
  if (rows_.size() < kRows) rows_.push_back(static_cast<uint32_t>(row));
  OfCamera& own = cameras_[image.camera];
  ++looked_;
  ++own.looked;
  if (in) return;
  ++outside_;
  if (own.outside++ == 0) own.example = static_cast<uint32_t>(row);
}

void CameraCheck::report(Findings& findings) const {
  if (beyond_ > 0 && 20 * beyond_ > boxes_)
    findings.push_back({"boxes_beyond_image", c10::str(beyond_, " of ", boxes_, " boxes reach far beyond their image"),
                        tables_.sample(first_beyond_), "boxes are x, y, width, height in px, not two corners",
                        2 * beyond_ > boxes_});
  if (outside_ == 0) return;
  if (2 * outside_ > looked_ && !tables_.joints_in_camera)
    for (const auto& [unit, scale] :
         {std::pair{"metres", 1000.0}, std::pair{"centimetres", 10.0}, std::pair{"millimetres", 0.001}}) {
      int64_t in = 0;
      for (const uint32_t row : rows_) {
        bool known = false;
        in += inside(row, scale, known);
      }
      if (10 * in < 8 * static_cast<int64_t>(rows_.size())) continue;
      findings.push_back(
          {"camera_unit",
           c10::str("the joints of ", outside_, " of ", looked_,
                    " images fall outside their boxes, but inside if the cameras' positions are in ", unit),
           tables_.sample(rows_.front()),
           tables_.sources.empty() ? "give translations in metres" : "give campos in millimetres, as InterHand2.6M does", true});
      return;
    }
  std::vector<size_t> wrong;
  int64_t named = 0;
  for (size_t camera = 0; camera < cameras_.size(); ++camera) {
    const OfCamera& own = cameras_[camera];
    if (own.looked < kFewest || static_cast<double>(own.outside) <= kWrong * static_cast<double>(own.looked) ||
        name_of(camera).empty())
      continue;
    wrong.push_back(camera);
    named += own.outside;
  }
  std::sort(wrong.begin(), wrong.end(), [&](size_t a, size_t b) { return cameras_[a].outside > cameras_[b].outside; });
  if (!wrong.empty()) {
    const OfCamera& worst = cameras_[wrong.front()];
    findings.push_back({"camera_misprojects",
                        c10::str(name_of(wrong.front()), " projects the joints of ", percent(worst.outside, worst.looked),
                                 " of its ", worst.looked, " images outside their boxes",
                                 wrong.size() == 1 ? "" : c10::str(", and ", wrong.size() - 1, " more cameras do")),
                        tables_.sample(worst.example),
                        "look at it with --draw; leave it out by listing the others in filter.cameras", 2 * outside_ > looked_});
  }
  if (outside_ > named && (20 * (outside_ - named) > looked_ || looked_ < 20)) {
    const auto first = std::find_if(rows_.begin(), rows_.end(), [&](uint32_t row) {
      bool known = false;
      return std::find(wrong.begin(), wrong.end(), tables_.images[row].camera) == wrong.end() && !inside(row, 1, known);
    });
    findings.push_back({"joints_outside_boxes",
                        c10::str("the joints of ", outside_ - named, " of ", looked_, " images fall outside their boxes"),
                        first == rows_.end() ? "" : tables_.sample(*first),
                        "check cameras, boxes and the joints' axes; look at them with --draw", 2 * outside_ > looked_});
  }
}

}  // namespace interprior
