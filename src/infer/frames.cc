#include "interprior/infer/frames.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/name_text.h"
#include "interprior/data/images/image.h"
#include "interprior/render/image_files/image_kind.h"
#include "video.h"

namespace interprior {
namespace {

using Visit = std::function<bool(const Frame&)>;

constexpr double kUsualRate = 30;  // frames per second

template <class Call>
auto or_left_out(const char* reason, const Call& call) {
  try {
    return call();
  } catch (const Error& error) {
    throw LeftOut(reason, error.what());
  }
}

std::string source_of(const Input& input) { return input.source.empty() ? name_text(input.file.string()) : input.source; }

void visit_image(const Input& input, const Visit& visit) {
  const std::string bytes = or_left_out("unreadable", [&] { return read_file(input.file); });
  const bool known = bytes.empty() || image_kind(std::string_view(bytes).substr(0, kKindBytes)).has_value();
  Frame frame{input.name, source_of(input), 0, 0, 0, 0, {}};
  // The data loader's decoder, so that pixels are the same as in training.
  frame.bgr = or_left_out(known ? "damaged" : "unknown_format", [&] { return decode_rgb(bytes, frame.source); });
  cv::cvtColor(frame.bgr, frame.bgr, cv::COLOR_RGB2BGR);
  visit(frame);
}

// A container that estimates its number of frames from duration and rate may be off by a few.
int64_t fewest_frames(int64_t announced) { return announced - std::max<int64_t>(1, announced / 100); }

void visit_video(const Input& input, const Visit& visit) {
  Video video = input.camera ? Video(*input.camera) : Video(input.file.string());
  Frame frame{"", source_of(input), 0, video.rate(), 0, video.announced(), {}};
  const auto begin = std::chrono::steady_clock::now();
  for (; !(frame.bgr = video.next()).empty(); ++frame.index) {
    std::array<char, 32> number;
    std::snprintf(number.data(), number.size(), "_%06lld", static_cast<long long>(frame.index));
    frame.name = input.name + number.data();
    if (input.camera)
      frame.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    else
      frame.seconds = static_cast<double>(frame.index) / (video.rate() > 0 ? video.rate() : kUsualRate);
    if (!visit(frame)) return;
  }
  if (frame.index == 0)
    throw LeftOut(
        "damaged", c10::str("the ", input.camera ? "camera" : "video", " has no frame that can be decoded"), frame.source,
        input.camera ? "check that another program shows its image" : "check that it plays, or convert it to mp4 (H.264)");
  if (frame.index < fewest_frames(video.announced()))
    throw LeftOut("video_ends_early",
                  c10::str("the video ends after ", frame.index, " of the ", video.announced(), " frames it announces"),
                  frame.source, "copy or download it again");
}

}  // namespace

void for_each_frame(const Input& input, const Visit& visit) {
  input.video ? visit_video(input, visit) : visit_image(input, visit);
}

}  // namespace interprior
