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

// Reads a keypoints file; its findings are logged. Throws Error for one that is refused and not accepted.
KeypointFile accepted_keypoints(const std::string& path, const std::vector<std::string>& accept);

// The key of a picture as the name of files: without extension and folders.
std::string plain_name(const std::string& key);

// What stands in for a picture that was not passed. Throws LeftOut `size_too_large`.
cv::Mat grey_picture(const KeypointPicture& picture, const Pinhole& camera);

// Which keypoints and which camera a picture has: of the keypoints file, of the command line, or assumed.
class KeypointChoice {
 public:
  // camera: "fx,fy,cx,cy" or empty; focal: px, 0 where none is given.
  KeypointChoice(const std::string& path, const std::vector<std::string>& accept, const std::string& camera, double focal,
                 const std::vector<Input>& inputs);

  struct Pair {
    size_t number = 0;  // among the picture's pairs, from 0
    FitTarget target;
    PhotoCameraSource camera_source = PhotoCameraSource::given;
  };
  const std::vector<KeypointPicture>& pictures() const { return file_.pictures; }
  // The entry of an input, or of one frame of a video; nullptr where there is none.
  const KeypointPicture* of(const Input& input, const std::string& frame_name);
  // Entries that `of` never gave.
  std::vector<std::string> unused() const { return matches_.unused(); }
  // The pairs of an entry with at least one hand of six joints; `size` of the picture, empty where there is none. Hands of fewer
  // joints are added to `left_out`. Throws LeftOut `size_differs` or `size_unknown`.
  std::vector<Pair> pairs_of(const KeypointPicture& picture, cv::Size size, LeftOutList& left_out) const;

 private:
  Pair pair_of(const KeypointPicture& picture, size_t number, cv::Size size) const;

  std::string path_;
  std::optional<Intrinsics> camera_;
  double focal_;
  KeypointFile file_;
  NameMatches matches_;
};

}  // namespace interprior
