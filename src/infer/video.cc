#include "video.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <opencv2/core/utility.hpp>
#include <opencv2/videoio/registry.hpp>
#include <vector>

#include "interprior/infer/left_out.h"

namespace interprior {
namespace {

constexpr const char* kAdvice = "check that it plays, or convert it to mp4 (H.264)";

// File decoders first: others would interpret the name as a camera, a pipeline or an image sequence.
std::vector<cv::VideoCaptureAPIs> decoders() {
  const auto known = cv::videoio_registry::getBackends();
  if (std::find(known.begin(), known.end(), cv::CAP_FFMPEG) == known.end()) return {cv::CAP_ANY};
  return {cv::CAP_FFMPEG, cv::CAP_OPENCV_MJPEG};
}

template <class Call>
auto guarded(const std::string& file, const char* reason, const Call& call) {
  try {
    return call();
  } catch (const cv::Exception& error) {
    throw LeftOut(reason, "the video cannot be decoded: " + error.err, file, kAdvice);
  }
}

// OpenCV 4.6.0 reports the angle of the display matrix counter-clockwise but rotates by it clockwise (opencv issue 22088); other
// versions report it clockwise. So OpenCV's own rotation is switched off.
int clockwise_angle(cv::VideoCapture& capture) {
  if (!capture.set(cv::CAP_PROP_ORIENTATION_AUTO, 0)) return 0;  // a decoder without rotation and angle
  const int angle = static_cast<int>(std::lround(capture.get(cv::CAP_PROP_ORIENTATION_META) / 90)) * 90;
  const bool counter_clockwise = cv::getVersionString() == "4.6.0";
  return (((counter_clockwise ? -angle : angle) % 360) + 360) % 360;
}

cv::Mat turned(const cv::Mat& stored, int clockwise) {
  cv::Mat frame;
  switch (clockwise) {
    case 90:
      cv::rotate(stored, frame, cv::ROTATE_90_CLOCKWISE);
      break;
    case 180:
      cv::rotate(stored, frame, cv::ROTATE_180);
      break;
    case 270:
      cv::rotate(stored, frame, cv::ROTATE_90_COUNTERCLOCKWISE);
      break;
    default:
      frame = stored.clone();  // the decoder reuses its buffer
  }
  return frame;
}

}  // namespace

// Absolute: FFmpeg takes what comes before a colon for a protocol.
Video::Video(const std::string& file) : file_(std::filesystem::absolute(file).string()) {
  guarded(file_, "unreadable", [&] {
    const std::vector<cv::VideoCaptureAPIs> all = decoders();
    const auto opens = [&](cv::VideoCaptureAPIs decoder) { return capture_.open(file_, decoder); };
    if (!std::any_of(all.begin(), all.end(), opens)) throw LeftOut("unreadable", "the video cannot be opened", file_, kAdvice);
    announced_ = static_cast<int64_t>(std::llround(std::max(0.0, capture_.get(cv::CAP_PROP_FRAME_COUNT))));
    rate_ = std::max(0.0, capture_.get(cv::CAP_PROP_FPS));
    clockwise_ = clockwise_angle(capture_);
  });
}

Video::Video(int camera) : file_("camera:" + std::to_string(camera)) {
  guarded(file_, "unreadable", [&] {
    if (!capture_.open(camera))
      throw LeftOut("unreadable", "the camera cannot be opened", file_,
                    "check that it is connected, that no other program uses it, and that you may read /dev/video*");
    rate_ = std::max(0.0, capture_.get(cv::CAP_PROP_FPS));
  });
}

cv::Mat Video::next() {
  return guarded(file_, "damaged", [&] {
    cv::Mat stored;
    if (!capture_.read(stored) || stored.empty()) return cv::Mat();
    return turned(stored, clockwise_);
  });
}

}  // namespace interprior
