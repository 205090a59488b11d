#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "interprior/geometry/crop.h"
#include "interprior/infer/inputs.h"

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

// Which entry of a boxes file belongs to which input: by the whole path, else the longest end of the path, the file name, the
// name without extension. Throws Error where one entry fits two inputs equally well, or two entries one input.
class BoxMatches {
 public:
  BoxMatches(std::vector<BoxedPicture> boxes, const std::vector<Input>& inputs, std::string file);

  // The entry of an input, or of one frame of a video (by the frame's name, else by the video's); nullptr where there is none.
  const BoxedPicture* of(const Input& input, const std::string& frame_name);
  // Keys that `of` never gave, in the file's order.
  std::vector<std::string> unused() const;

 private:
  std::vector<size_t> candidates(const std::string& name) const;

  std::vector<BoxedPicture> boxes_;
  std::string file_;
  std::unordered_map<std::string, std::vector<size_t>> by_name_;  // last component of the key, with and without extension
  std::map<std::string, size_t> of_input_;                        // by the input's output name
  std::set<size_t> used_;
};

}  // namespace interprior
