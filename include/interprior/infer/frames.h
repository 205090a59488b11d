#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <opencv2/core.hpp>
#include <string>

#include "interprior/geometry/crop.h"

namespace interprior {

struct Frame {
  std::string name;  // file stem (stem_extension where two pictures of a folder share it), or stem_000123 in a video
  cv::Mat bgr;       // 8-bit
};

// Calls `visit` for each picture of an image file, a folder (sorted, not recursive, by extension) or a video. An unreadable
// picture of a folder, or a video that ends early, is reported through `skipped` (name -> reason); an unreadable single input, or
// a folder without a readable picture, is an Error. What `visit` throws passes through.
void for_each_frame(const std::filesystem::path& input, const std::function<void(const Frame&)>& visit,
                    std::map<std::string, std::string>& skipped);

// --boxes FILE.json: {"name": [x, y, w, h], ...}, px. Throws Error with file and key.
std::map<std::string, Box> read_boxes(const std::filesystem::path& path);
// "x,y,w,h". Throws Error.
Box parse_box(const std::string& text);

}  // namespace interprior
