#pragma once
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <string>

namespace interprior {

// What is written of a video: NAME.jsonl, one line per pair of hands, and NAME_overlay.mp4, every frame with its hands. They
// appear at close(), complete up to the last frame added; without close() nothing is left.
class VideoFiles {
 public:
  // rate: frames per second; outside 1 to 240, as where it is unknown, 30 is written. lines: whether NAME.jsonl is written, even
  // if it stays empty. Throws Error if the folder cannot be written.
  VideoFiles(const std::filesystem::path& folder, const std::string& name, double rate, bool lines);
  ~VideoFiles();
  VideoFiles(const VideoFiles&) = delete;
  VideoFiles& operator=(const VideoFiles&) = delete;

  // JSON without line breaks. Throws Error if it cannot be written, as on a full disk.
  void add(const std::string& line);
  // Resized to the size of the first; an odd width or height is padded by one pixel. Throws Error on a full disk.
  void add_image(const cv::Mat& bgr);
  // Publishes the files; NAME_overlay.mp4 only if it has a frame. Throws Error if they are not complete.
  void close();

 private:
  struct Files;
  std::unique_ptr<Files> files_;
};

// Throws Error if this OpenCV cannot write an MP4.
void require_video_encoder();

}  // namespace interprior
