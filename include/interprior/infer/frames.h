#pragma once
#include <functional>
#include <opencv2/core.hpp>
#include <string>

#include "interprior/infer/inputs.h"
#include "interprior/infer/left_out.h"

namespace interprior {

struct Frame {
  std::string name;       // the input's name; with suffix _000123 in a video
  std::string source;     // the input's path, printable
  int64_t index = 0;      // in a video, from 0
  double rate = 0;        // of a video, frames per second; 0: unknown
  double seconds = 0;     // of a video: since its first frame, by its rate (30 per second if unknown); of a camera: by the clock
  int64_t announced = 0;  // number of frames of a video by its metadata; 0: unknown
  cv::Mat bgr;            // 8-bit, upright (by render/image_files/orientation.h; for a video by its display matrix)
};

// Calls `visit` for the image of an input or for each frame of a video or camera, in order, until `visit` returns false. Throws
// LeftOut `unreadable`, `unknown_format`, `damaged`, or, after the readable frames, `video_ends_early`. Exceptions of `visit`
// propagate.
void for_each_frame(const Input& input, const std::function<bool(const Frame&)>& visit);

}  // namespace interprior
