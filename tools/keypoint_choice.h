#pragma once
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "interprior/infer/keypoint_fit/keypoint_fit.h"
#include "interprior/infer/keypoints/name_matches.h"
#include "interprior/infer/left_out.h"
#include "interprior/infer/reconstructor.h"

namespace interprior {

// Reads a keypoints file and logs its findings. Throws Error for a refused finding that is not accepted.
KeypointFile accepted_keypoints(const std::string& path, const std::vector<std::string>& accept);

// File name for an image's key: without extension and folders.
std::string plain_name(const std::string& key);

// Grey canvas in place of an image that was not passed. Throws LeftOut `size_too_large`.
cv::Mat grey_image(const KeypointImage& image, const Pinhole& camera);

// Keypoints and camera of each image: from the keypoints file, from the command line, or assumed.
class KeypointChoice {
 public:
  // camera: "fx,fy,cx,cy" or empty; focal: px, 0 if not given.
  KeypointChoice(const std::string& path, const std::vector<std::string>& accept, const std::string& camera, double focal,
                 const std::vector<Input>& inputs);

  struct Pair {
    size_t number = 0;  // among the image's pairs, from 0
    FitTarget target;
    PhotoCameraSource camera_source = PhotoCameraSource::given;
  };
  const std::vector<KeypointImage>& images() const { return file_.images; }
  // The names of their outputs if there are no inputs.
  std::vector<std::string> names() const;
  // The entry of an input, or of one frame of a video; nullptr if there is none.
  const KeypointImage* of(const Input& input, const std::string& frame_name);
  // Entries that `of` never returned.
  std::vector<std::string> unused() const { return matches_.unused(); }
  // The pairs of an entry with at least one hand of six or more joints; `size`: of the image, empty if there is none. Hands with
  // fewer joints are added to `left_out`. Throws LeftOut `size_differs` or `size_unknown`.
  std::vector<Pair> pairs_of(const KeypointImage& image, cv::Size size, LeftOutList& left_out) const;

 private:
  Pair pair_of(const KeypointImage& image, size_t number, cv::Size size) const;

  std::string path_;
  std::optional<Intrinsics> camera_;
  double focal_;
  KeypointFile file_;
  NameMatches matches_;
};

}  // namespace interprior
