#include <algorithm>

#include "interprior/base/error.h"
#include "interprior/render/overlay.h"

namespace interprior {
namespace {

const cv::Scalar kPaper(255, 255, 255);

// Concatenates images along one axis, aligned to the start of the other axis, on white.
cv::Mat in_line(const std::vector<cv::Mat>& images, int gap, bool horizontal) {
  require(!images.empty(), "there are no images to lay out");
  require(gap >= 0, "the gap between images is negative");
  int along = gap * (static_cast<int>(images.size()) - 1), across = 0;
  for (const cv::Mat& image : images) {
    require(!image.empty() && image.type() == CV_8UC3, "only 8-bit RGB images can be laid out");
    along += horizontal ? image.cols : image.rows;
    across = std::max(across, horizontal ? image.rows : image.cols);
  }
  cv::Mat sheet(horizontal ? across : along, horizontal ? along : across, CV_8UC3, kPaper);
  int at = 0;
  for (const cv::Mat& image : images) {
    const cv::Point corner = horizontal ? cv::Point(at, 0) : cv::Point(0, at);
    image.copyTo(sheet(cv::Rect(corner, image.size())));
    at += (horizontal ? image.cols : image.rows) + gap;
  }
  return sheet;
}

}  // namespace

cv::Mat beside(const std::vector<cv::Mat>& images, int gap) { return in_line(images, gap, true); }

cv::Mat stacked(const std::vector<cv::Mat>& images, int gap) { return in_line(images, gap, false); }

}  // namespace interprior
