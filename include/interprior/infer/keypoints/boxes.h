#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "interprior/geometry/crop.h"
#include "interprior/infer/keypoints/name_matches.h"

namespace interprior {

using Intrinsics = std::array<double, 4>;  // fx, fy, cx, cy, px

// Box of one pair of hands and camera of the image, as given by a boxes file.
struct BoxedPair {
  std::optional<Box> box;  // none: the whole image
  std::optional<Intrinsics> camera;
};

struct BoxedImage {
  std::string key;                // the image's name in the file
  std::vector<BoxedPair> pairs;   // none: the image has no hands
  int64_t width = 0, height = 0;  // px, from the file; 0: not given
};

// --boxes FILE.json: {"name": [x, y, w, h]}, several pairs as a list, {"box": ..., "camera": ...}, or COCO's images and
// annotations (docs/predict.md). Empty lists, [] or [[]], are an image without pairs. Throws Error with file and key.
std::vector<BoxedImage> read_boxes(const std::filesystem::path& path);

// "x,y,w,h". Throws Error.
Box parse_box(const std::string& text);
// "fx,fy,cx,cy". Throws Error.
Intrinsics parse_camera(const std::string& text);

// Assigns the entries of a boxes file to inputs, by NameMatches.
class BoxMatches {
 public:
  BoxMatches(std::vector<BoxedImage> boxes, const std::vector<Input>& inputs, std::string file);

  // The entry of an input, or of one frame of a video (by the frame's name, else by the video's); nullptr if there is none.
  const BoxedImage* of(const Input& input, const std::string& frame_name);
  // Keys never returned by `of`, in the file's order.
  std::vector<std::string> unused() const { return matches_.unused(); }

 private:
  std::vector<BoxedImage> boxes_;
  NameMatches matches_;
};

}  // namespace interprior
