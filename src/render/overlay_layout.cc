#include <algorithm>

#include "interprior/base/error.h"
#include "interprior/render/overlay.h"

namespace interprior {
namespace {

const cv::Scalar kPaper(255, 255, 255);

// Pictures in a line along one axis, at the start of the other, on white.
cv::Mat in_line(const std::vector<cv::Mat>& pictures, int gap, bool horizontal) {
  require(!pictures.empty(), "there are no pictures to lay out");
  require(gap >= 0, "the gap between pictures is negative");
  int along = gap * (static_cast<int>(pictures.size()) - 1), across = 0;
  for (const cv::Mat& picture : pictures) {
    require(!picture.empty() && picture.type() == CV_8UC3, "only 8-bit RGB pictures can be laid out");
    along += horizontal ? picture.cols : picture.rows;
    across = std::max(across, horizontal ? picture.rows : picture.cols);
  }
  cv::Mat sheet(horizontal ? across : along, horizontal ? along : across, CV_8UC3, kPaper);
  int at = 0;
  for (const cv::Mat& picture : pictures) {
    const cv::Point corner = horizontal ? cv::Point(at, 0) : cv::Point(0, at);
    picture.copyTo(sheet(cv::Rect(corner, picture.size())));
    at += (horizontal ? picture.cols : picture.rows) + gap;
  }
  return sheet;
}

}  // namespace

cv::Mat beside(const std::vector<cv::Mat>& pictures, int gap) { return in_line(pictures, gap, true); }

cv::Mat stacked(const std::vector<cv::Mat>& pictures, int gap) { return in_line(pictures, gap, false); }

}  // namespace interprior
