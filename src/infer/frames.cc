#include "interprior/infer/frames.h"

#include <c10/util/StringUtil.h>

#include <algorithm>
#include <array>
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

template <class Call>
auto or_left_out(const char* reason, const Call& call) {
  try {
    return call();
  } catch (const Error& error) {
    throw LeftOut(reason, error.what());
  }
}

void visit_image(const Input& input, const Visit& visit) {
  const std::string bytes = or_left_out("unreadable", [&] { return read_file(input.file); });
  const bool known = bytes.empty() || image_kind(std::string_view(bytes).substr(0, kKindBytes)).has_value();
  Frame frame{input.name, name_text(input.file.string()), 0, 0, {}};
  // The data loader's decoder, so that pixels are the same as in training.
  frame.bgr = or_left_out(known ? "damaged" : "unknown_format", [&] { return decode_rgb(bytes, frame.source); });
  cv::cvtColor(frame.bgr, frame.bgr, cv::COLOR_RGB2BGR);
  visit(frame);
}

// A container that estimates its number of frames from duration and rate may be off by a few.
int64_t fewest_frames(int64_t announced) { return announced - std::max<int64_t>(1, announced / 100); }

void visit_video(const Input& input, const Visit& visit) {
  Video video(input.file.string());
  Frame frame{"", name_text(input.file.string()), 0, video.rate(), {}};
  for (; !(frame.bgr = video.next()).empty(); ++frame.index) {
    std::array<char, 32> number;
    std::snprintf(number.data(), number.size(), "_%06lld", static_cast<long long>(frame.index));
    frame.name = input.name + number.data();
    if (!visit(frame)) return;
  }
  if (frame.index == 0)
    throw LeftOut("damaged", "the video has no frame that can be decoded", frame.source,
                  "check that it plays, or convert it to mp4 (H.264)");
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
