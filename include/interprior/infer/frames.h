#pragma once
#include <functional>
#include <opencv2/core.hpp>
#include <string>

#include "interprior/infer/inputs.h"
#include "interprior/infer/left_out.h"

namespace interprior {

struct Frame {
  std::string name;    // the input's; with _000123 in a video
  std::string source;  // the input's path, printable
  int64_t index = 0;   // in a video, from 0
  cv::Mat bgr;         // 8-bit, upright (render/image_files/orientation.h; a video as its display matrix says)
};

// Calls `visit` for the picture of an input or for each frame of a video, in order, until it returns false. What cannot be read
// is a LeftOut: `unreadable`, `unknown_format`, `damaged`, or `video_ends_early` after the frames that could be. What `visit`
// throws passes through.
void for_each_frame(const Input& input, const std::function<bool(const Frame&)>& visit);

}  // namespace interprior
