#pragma once
#include <opencv2/videoio.hpp>
#include <string>

namespace interprior {

// The frames of a video file, upright, or of a camera.
class Video {
 public:
  // Throws LeftOut (`unreadable`) if no decoder opens the file.
  explicit Video(const std::string& file);
  explicit Video(int camera);  // by its index

  // The next frame, BGR; empty at the end. Throws LeftOut (`damaged`) if the decoder fails.
  cv::Mat next();
  double rate() const { return rate_; }             // frames per second; 0: unknown
  int64_t announced() const { return announced_; }  // number of frames by the container's metadata; 0: unknown

 private:
  std::string file_;  // or the camera's name
  cv::VideoCapture capture_;
  int64_t announced_ = 0;
  double rate_ = 0;
  int clockwise_ = 0;  // degrees that rotate a stored frame upright: 0, 90, 180 or 270
};

}  // namespace interprior
