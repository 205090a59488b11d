#include "interprior/render/image_files/orientation.h"

#include "image_segments.h"
#include "tiff_fields.h"

namespace interprior {
int exif_orientation(std::string_view bytes) {
  const auto fields = tiff_fields(exif_block(bytes));
  const auto found = fields.find(kOrientationTag);
  if (found == fields.end()) return 1;
  const uint32_t value = found->second.values.front();
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

cv::Mat upright(const cv::Mat& stored, int orientation) {
  cv::Mat turned;
  switch (orientation) {
    case 2:
      cv::flip(stored, turned, 1);
      break;
    case 3:
      cv::rotate(stored, turned, cv::ROTATE_180);
      break;
    case 4:
      cv::flip(stored, turned, 0);
      break;
    case 5:
      cv::transpose(stored, turned);
      break;
    case 6:
      cv::rotate(stored, turned, cv::ROTATE_90_CLOCKWISE);
      break;
    case 7:
      cv::transpose(stored, turned);
      cv::rotate(turned, turned, cv::ROTATE_180);
      break;
    case 8:
      cv::rotate(stored, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
      break;
    default:
      return stored;
  }
  return turned;
}

}  // namespace interprior
