#pragma once
#include <optional>
#include <string>
#include <vector>

#include "flags.h"
#include "interprior/infer/frames.h"
#include "interprior/infer/keypoints/boxes.h"
#include "interprior/infer/reconstructor.h"

namespace interprior {

// Boxes and camera of each image: from the boxes file, from the command line, or none.
class PairChoice {
 public:
  PairChoice(const PredictFlags& flags, const std::vector<Input>& inputs);

  struct Pair {
    Box box;
    PhotoBoxSource box_source = PhotoBoxSource::whole_image;
    std::optional<Pinhole> camera;
    PhotoCameraSource camera_source = PhotoCameraSource::given;
  };
  // Throws LeftOut (`no_box`, `size_differs`).
  std::vector<Pair> of(const Input& input, const Frame& frame);
  void report_unused() const;

 private:
  std::string file_;
  std::optional<Box> box_;
  std::optional<Intrinsics> camera_;
  std::optional<BoxMatches> matches_;
};

}  // namespace interprior
