#include "interprior/infer/frames.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <opencv2/videoio/registry.hpp>
#include <set>
#include <vector>

#include "interprior/base/error.h"
#include "interprior/render/image_file.h"

namespace interprior {
namespace {

using Path = std::filesystem::path;
using Visit = std::function<void(const Frame&)>;

const std::set<std::string> kPictures = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"};
const std::set<std::string> kVideos = {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ogv", ".wmv"};

std::string extension_of(const Path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

cv::Mat read_bgr(const Path& path) {
  cv::Mat bgr;
  cv::cvtColor(read_image(path), bgr, cv::COLOR_RGB2BGR);
  return bgr;
}

std::vector<Path> pictures_in(const Path& folder) {
  std::vector<Path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (kPictures.count(extension_of(entry->path())) != 0 && !entry->is_directory(error)) files.push_back(entry->path());
  require(!error, "the folder cannot be read: " + error.message(), folder.string());
  require(!files.empty(), "no pictures in this folder", folder.string(),
          "it is searched for .jpg, .png and the like, without its subfolders");
  std::sort(files.begin(), files.end());
  return files;
}

void visit_folder(const Path& folder, const Visit& visit, std::map<std::string, std::string>& skipped) {
  const std::vector<Path> files = pictures_in(folder);
  std::map<std::string, int> stems;
  for (const Path& file : files) ++stems[file.stem().string()];
  int64_t read = 0;
  std::string first_reason;
  for (const Path& file : files) {
    Frame frame{file.stem().string(), {}};
    if (stems[frame.name] > 1) frame.name += "_" + file.extension().string().substr(1);
    try {
      frame.bgr = read_bgr(file);
    } catch (const Error& error) {
      skipped[frame.name] = error.what();
      if (first_reason.empty()) first_reason = error.what();
      continue;
    }
    ++read;
    visit(frame);
  }
  require(read > 0, "no picture of this folder can be read", folder.string(), first_reason);
}

// Decoders of files first: others would try the name as a camera, a pipeline or a row of pictures.
std::vector<cv::VideoCaptureAPIs> decoders() {
  const auto known = cv::videoio_registry::getBackends();
  if (std::find(known.begin(), known.end(), cv::CAP_FFMPEG) == known.end()) return {cv::CAP_ANY};
  return {cv::CAP_FFMPEG, cv::CAP_OPENCV_MJPEG};
}

void visit_video(const Path& file, const Visit& visit, std::map<std::string, std::string>& skipped) {
  const std::string stem = file.stem().string();
  cv::VideoCapture video;
  const auto guarded = [&](const auto& call) {
    try {
      return call();
    } catch (const cv::Exception& error) {
      throw Error("the video cannot be decoded: " + error.err, file.string());
    }
  };
  const auto opens = [&](cv::VideoCaptureAPIs decoder) { return guarded([&] { return video.open(file.string(), decoder); }); };
  const std::vector<cv::VideoCaptureAPIs> all = decoders();
  require(std::any_of(all.begin(), all.end(), opens), "the video cannot be opened", file.string(),
          "check that it plays, or convert it to mp4 (H.264)");
  const auto announced = static_cast<int64_t>(std::llround(std::max(0.0, video.get(cv::CAP_PROP_FRAME_COUNT))));
  int64_t count = 0;
  for (Frame frame; guarded([&] { return video.read(frame.bgr); }) && !frame.bgr.empty(); frame.bgr.release()) {
    char number[32];
    std::snprintf(number, sizeof number, "_%06lld", static_cast<long long>(count++));
    frame.name = stem + number;
    visit(frame);
  }
  require(count > 0, "the video has no frame that can be decoded", file.string(),
          "check that it plays, or convert it to mp4 (H.264)");
  if (count < announced) skipped[stem] = c10::str("the video ends after ", count, " of the ", announced, " frames it announces");
}

}  // namespace

void for_each_frame(const Path& input, const Visit& visit, std::map<std::string, std::string>& skipped) {
  std::error_code error;
  require(std::filesystem::exists(input, error), "no such picture, folder or video", input.string());
  if (std::filesystem::is_directory(input, error)) return visit_folder(input, visit, skipped);
  if (kVideos.count(extension_of(input)) != 0) return visit_video(input, visit, skipped);
  visit({input.stem().string(), read_bgr(input)});
}

}  // namespace interprior
