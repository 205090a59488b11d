#include "interprior/infer/video_files.h"

#include <c10/util/StringUtil.h>
#include <unistd.h>

#include <fstream>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <optional>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/temporary_path.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

constexpr double kUsualRate = 30;

// The container is chosen by the extension, which an AtomicFile's temporary name does not have.
fs::path unfinished_video(const fs::path& folder, const std::string& name) {
  return folder / (".interprior-" + std::to_string(getpid()) + "-" + name + ".mp4");
}

// H.264 plays in browsers; MPEG-4 is what every FFmpeg can write.
bool open_video(cv::VideoWriter& writer, const fs::path& file, double rate, cv::Size size) {
  for (const int codec : {cv::VideoWriter::fourcc('a', 'v', 'c', '1'), cv::VideoWriter::fourcc('m', 'p', '4', 'v')})
    if (writer.open(file.string(), cv::CAP_FFMPEG, codec, rate, size)) return true;
  return false;
}

int64_t frames_in(const fs::path& file) {
  cv::VideoCapture capture(file.string(), cv::CAP_FFMPEG);
  return capture.isOpened() ? std::llround(capture.get(cv::CAP_PROP_FRAME_COUNT)) : 0;
}

}  // namespace

struct VideoFiles::Files {
  fs::path folder;
  std::string name;
  double rate;
  std::optional<AtomicFile> lines;
  std::ofstream lines_stream;
  cv::VideoWriter video;
  cv::Size size;
  int64_t frames = 0;
  std::optional<TemporaryPath> unfinished;
};

VideoFiles::VideoFiles(const fs::path& folder, const std::string& name, double rate)
    : files_(new Files{folder, name, rate > 0 ? rate : kUsualRate, {}, {}, {}, {}, 0, {}}) {
  make_folder(folder);
}

VideoFiles::~VideoFiles() = default;

void VideoFiles::add(const std::string& line) {
  Files& files = *files_;
  if (!files.lines) {
    files.lines.emplace(files.folder / (files.name + ".jsonl"));
    files.lines_stream.open(files.lines->temporary(), std::ios::binary);
  }
  files.lines_stream << line << "\n";
}

void VideoFiles::add_image(const cv::Mat& bgr) {
  Files& files = *files_;
  if (!files.unfinished) {
    files.size = {bgr.cols + bgr.cols % 2, bgr.rows + bgr.rows % 2};
    files.unfinished.emplace([&] {
      const fs::path file = unfinished_video(files.folder, files.name);
      require(open_video(files.video, file, files.rate, files.size), "this OpenCV writes no mp4", file.string(),
              "leave overlay out of --write, or install OpenCV with FFmpeg");
      return file;
    });
  }
  cv::Mat even;
  cv::copyMakeBorder(bgr, even, 0, files.size.height - bgr.rows, 0, files.size.width - bgr.cols, cv::BORDER_REPLICATE);
  files.video.write(even);
  ++files.frames;
}

void VideoFiles::close() {
  Files& files = *files_;
  if (files.lines) {
    const fs::path file = files.folder / (files.name + ".jsonl");
    files.lines_stream.close();
    require(files.lines_stream.good(), "cannot write the file", file.string(), "the disk may be full");
    files.lines->commit();
    files.lines.reset();
  }
  if (files.unfinished) {
    const fs::path file = files.folder / (files.name + "_overlay.mp4");
    files.video.release();
    // The writer reports no errors.
    const int64_t written = frames_in(files.unfinished->path());
    require(written == files.frames, c10::str("the video has ", written, " of ", files.frames, " frames"), file.string(),
            "the disk may be full");
    std::error_code failure;
    fs::rename(files.unfinished->path(), file, failure);
    require(!failure, "cannot write the file: " + failure.message(), file.string());
    files.unfinished->keep();
    files.unfinished.reset();
  }
}

}  // namespace interprior
