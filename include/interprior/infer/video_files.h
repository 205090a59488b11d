#pragma once
#include <filesystem>
#include <memory>
#include <opencv2/core.hpp>
#include <string>

namespace interprior {

// What is written of a video: NAME.jsonl, one line per pair of hands, and NAME_overlay.mp4, every frame with its hands. Both
// appear at close(), complete up to the last frame added; without close() nothing is left.
class VideoFiles {
 public:
  // rate: frames per second, 0 if unknown (then 30). Throws Error if the folder cannot be written.
  VideoFiles(const std::filesystem::path& folder, const std::string& name, double rate);
  ~VideoFiles();
  VideoFiles(const VideoFiles&) = delete;
  VideoFiles& operator=(const VideoFiles&) = delete;

  void add(const std::string& line);   // JSON without line breaks
  void add_image(const cv::Mat& bgr);  // all of one size; an odd width or height is padded by one pixel
  // Publishes the files that something was added to. Throws Error if they could not be written completely, as on a full disk.
  void close();

 private:
  struct Files;
  std::unique_ptr<Files> files_;
};

}  // namespace interprior
