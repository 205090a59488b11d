#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "interprior/base/files/tensor_file.h"
#include "interprior/infer/reconstructor.h"

namespace interprior {

class SideViewScale;

// NAME.json as text (interprior.reconstruction, version 2; docs/predict.md): units, camera and box with their sources, warnings,
// and per hand its presence, MANO parameters, joints in the original image's camera (m), their pixels and their standard
// deviations (m, null without hypotheses), and the hypotheses' MANO parameters if they were kept. source: the image's path. Bytes
// of both names that are not UTF-8 become %XX.
std::string reconstruction_json(const std::string& name, const ReconstructedHands& hands, const std::string& source = "");
// The same in one line.
std::string reconstruction_json_line(const std::string& name, const ReconstructedHands& hands, const std::string& source = "");

// The original image with both hands drawn on it, and to its right their view from the side (render/overlay.h); RGB. Of a hand
// that is not present only a faint outline is drawn.
cv::Mat reconstruction_overlay(const cv::Mat& bgr, const ReconstructedHands& hands);
// The same with several pairs of hands, or none, in one image, such as a frame of a video. The size depends on the image alone.
// scale: of the video's views from the side; null for a single image.
cv::Mat reconstruction_overlay(const cv::Mat& bgr, const std::vector<const ReconstructedHands*>& pairs,
                               SideViewScale* scale = nullptr);

// The files of reconstructions. mp4: the overlay of videos alone; features: those of all images in one FeaturesFile; keypoints,
// side: images of `interprior fit` alone, which it writes for a frame of a video only if they are named.
struct ReconstructionKinds {
  bool json = true, overlay = true, mp4 = false, obj = false, ply = false, glb = false, features = false;
  bool keypoints = false, side = false;
  bool hypotheses = false;  // write_hypothesis_meshes; write_reconstruction leaves them to the caller, who has the hand model

  bool meshes() const { return obj || ply || glb; }
};
// From names such as "json,glb". Throws Error on an unknown or repeated name, and on none.
ReconstructionKinds reconstruction_kinds(const std::string& names);

// Writes NAME.json, NAME_overlay.jpg, NAME_right.obj/.ply, NAME_left.obj/.ply and NAME.glb, those of `kinds`, into a folder,
// which is created if missing; mp4 and features are not of a single image, keypoints and side not of this function. Meshes are of
// the hands that are present: for the others no OBJ or PLY is written, they are not in the GLB, and without any hand there is no
// GLB; older files of these names are removed. Throws Error, also if the name is not a plain file name; files already written for
// this name are then removed.
void write_reconstruction(const std::filesystem::path& folder, const std::string& name, const cv::Mat& bgr,
                          const ReconstructedHands& hands, const std::string& source = "", const ReconstructionKinds& kinds = {});

// F, H, M, tau, X, z_mean and z_log_variance of several images in one file, with their names as `sample` (format
// interprior.features, version 1), written image by image. F is omitted for keypoint input, H if the network has none. The file
// appears at close().
class FeaturesFile {
 public:
  explicit FeaturesFile(const std::filesystem::path& path);  // throws Error if the file cannot be written
  // Adds one image. Throws Error if its arrays have other shapes than those of the first.
  void add(const std::string& name, const Reconstruction& reconstruction);
  void close();  // without images, no file is written

 private:
  std::filesystem::path path_;
  TensorFileWriter file_;
  std::map<std::string, std::vector<int64_t>> shapes_;  // of the first image, by array
  int64_t images_ = 0;
};

}  // namespace interprior
