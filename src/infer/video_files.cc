#include "interprior/infer/video_files.h"

#include <unistd.h>

#include <cmath>
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

constexpr double kUsualRate = 30, kSlowest = 1, kFastest = 240;
constexpr int64_t kFramesPerCheck = 16;
constexpr uintmax_t kLeastSpace = 1 << 20;  // bytes

// The container is chosen by the extension, which an AtomicFile's temporary name does not have. Absolute: FFmpeg takes what comes
// before a colon for a protocol.
fs::path unfinished_video(const fs::path& folder, const std::string& name) {
  return fs::absolute(folder) / (".interprior-" + std::to_string(getpid()) + "-" + name + ".mp4");
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

[[noreturn]] void throw_disk_full(const fs::path& file) {
  throw Error("the file cannot be written completely", file.string(), "the disk may be full");
}

}  // namespace

struct VideoFiles::Files {
  fs::path lines_file, video_file;
  std::string name;
  double rate;
  std::optional<AtomicFile> lines;
  std::ofstream lines_stream;
  cv::VideoWriter video;
  cv::Size stored, size;  // of the video, and of its images without padding
  int64_t frames = 0;
  std::optional<TemporaryPath> unfinished;
};

VideoFiles::VideoFiles(const fs::path& folder, const std::string& name, double rate, bool lines) : files_(new Files) {
  make_folder(folder);
  files_->lines_file = folder / (name + ".jsonl");
  files_->video_file = folder / (name + "_overlay.mp4");
  files_->name = name;
  files_->rate = rate >= kSlowest && rate <= kFastest ? rate : kUsualRate;
  if (!lines) return;
  files_->lines.emplace(files_->lines_file);
  files_->lines_stream.open(files_->lines->temporary(), std::ios::binary);
}

VideoFiles::~VideoFiles() = default;

void VideoFiles::add(const std::string& line) {
  files_->lines_stream << line << "\n" << std::flush;
  if (!files_->lines_stream.good()) throw_disk_full(files_->lines_file);
}

void VideoFiles::add_image(const cv::Mat& bgr) {
  Files& files = *files_;
  if (!files.unfinished) {
    files.size = bgr.size();
    files.stored = {bgr.cols + bgr.cols % 2, bgr.rows + bgr.rows % 2};
    files.unfinished.emplace([&] {
      fs::path file = unfinished_video(files.video_file.parent_path(), files.name);
      require(open_video(files.video, file, files.rate, files.stored), "the video cannot be opened for writing",
              files.video_file.string(), "leave overlay and mp4 out of --write");
      return file;
    });
  }
  cv::Mat sized = bgr, even;
  if (bgr.size() != files.size) cv::resize(bgr, sized, files.size, 0, 0, cv::INTER_AREA);
  cv::copyMakeBorder(sized, even, 0, files.stored.height - sized.rows, 0, files.stored.width - sized.cols, cv::BORDER_REPLICATE);
  files.video.write(even);
  // The writer reports no errors: an early sign of a full disk.
  std::error_code unknown;
  if (++files.frames % kFramesPerCheck == 0 && fs::space(files.unfinished->path(), unknown).available < kLeastSpace && !unknown)
    throw_disk_full(files.video_file);
}

void VideoFiles::close() {
  Files& files = *files_;
  if (files.lines) {
    files.lines_stream.close();
    if (!files.lines_stream.good()) throw_disk_full(files.lines_file);
    files.lines->commit();
    files.lines.reset();
  }
  if (!files.unfinished) return;
  files.video.release();
  const fs::path written = files.unfinished->path();
  if (frames_in(written) != files.frames) throw_disk_full(files.video_file);
  sync_file(written);
  std::error_code failure;
  fs::rename(written, files.video_file, failure);
  require(!failure, "cannot write the file: " + failure.message(), files.video_file.string());
  files.unfinished->keep();
  files.unfinished.reset();
}

void require_video_encoder() {
  const TemporaryPath file([] { return unfinished_video(fs::temp_directory_path(), "encoder"); });
  cv::VideoWriter writer;
  require(open_video(writer, file.path(), kUsualRate, {64, 64}), "this OpenCV writes no mp4", "--write",
          "leave overlay and mp4 out of --write, or install OpenCV with FFmpeg");
}

}  // namespace interprior
