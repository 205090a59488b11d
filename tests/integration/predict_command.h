#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "fixture.h"

namespace interprior {

// Runs `predict` with the fixture's sampler in a folder of its own.
class PredictCommand : public ::testing::Test {
 protected:
  Words words(const Words& more) const {
    const bool elsewhere = std::find(more.begin(), more.end(), "--out") != more.end();
    return Words{"predict", fixture_.sampler().string(), "--hand", fixture_.hand().string(), "--device", "cpu"} +
           (elsewhere ? Words{} : Words{"--out", "out"}) + more;
  }
  Outcome predict(const Words& more, const std::function<void()>& prepare = {}) const {
    return Program(words(more), folder_.path(), prepare).finish();
  }
  void photo(const std::string& name) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::filesystem::copy_file(fixture_.image(), folder_ / name);
  }
  void file(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  nlohmann::json result(const std::string& name) const {
    return nlohmann::json::parse(bytes_of(folder_ / ("out/" + name + ".json")), nullptr, false);
  }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ / ("out/" + name + ".json")); }
  std::vector<std::string> files_of(const std::string& folder) const {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / folder, none))
      names.push_back(entry.path().filename());
    return names;
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

inline const Words kBox = {"--box", "40,100,250,250"};

// A video of `frames` shifted copies of the photograph, 12 per second unless given; false if this OpenCV writes none.
inline bool write_video(const std::filesystem::path& file, const std::filesystem::path& photo, int frames, double rate = 12) {
  const cv::Mat image = cv::imread(photo.string());
  cv::VideoWriter writer(file.string(), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), rate, {300, 280});
  for (int i = 0; writer.isOpened() && i < frames; ++i) writer.write(image(cv::Rect(i % 15, 2 * (i % 15), 300, 280)).clone());
  return writer.isOpened();
}

inline std::vector<cv::Mat> frames_of(const std::filesystem::path& file, double& rate) {
  cv::VideoCapture capture(file.string());
  rate = capture.get(cv::CAP_PROP_FPS);
  std::vector<cv::Mat> frames;
  for (cv::Mat frame; capture.read(frame);) frames.push_back(frame.clone());
  return frames;
}

inline std::vector<nlohmann::json> lines_of(const std::filesystem::path& file) {
  std::istringstream stream(bytes_of(file));
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line, nullptr, false));
  return lines;
}

}  // namespace interprior
