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

// Where one pair of hands is, and the photograph's camera, as far as a boxes file says.
struct BoxedPair {
  std::optional<Box> box;  // none: the whole picture
  std::optional<Intrinsics> camera;
};

struct BoxedPicture {
  std::string key;  // as the file names the picture
  std::vector<BoxedPair> pairs;
  int64_t width = 0, height = 0;  // px, that the file gives; 0: not given
};

// --boxes FILE.json: {"name": [x, y, w, h]}, several pairs as a list, {"box": ..., "camera": ...}, or COCO's images and
// annotations (docs/predict.md). Throws Error with file and key.
std::vector<BoxedPicture> read_boxes(const std::filesystem::path& path);

// "x,y,w,h". Throws Error.
Box parse_box(const std::string& text);
// "fx,fy,cx,cy". Throws Error.
Intrinsics parse_camera(const std::string& text);

// The entries of a boxes file that inputs take, as NameMatches finds them.
class BoxMatches {
 public:
  BoxMatches(std::vector<BoxedPicture> boxes, const std::vector<Input>& inputs, std::string file);

  // The entry of an input, or of one frame of a video (by the frame's name, else by the video's); nullptr where there is none.
  const BoxedPicture* of(const Input& input, const std::string& frame_name);
  // Keys that `of` never gave, in the file's order.
  std::vector<std::string> unused() const { return matches_.unused(); }

 private:
  std::vector<BoxedPicture> boxes_;
  NameMatches matches_;
};

}  // namespace interprior
