#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "interprior/base/files/tensor_file.h"
#include "interprior/infer/reconstructor.h"

namespace interprior {

// NAME.json as text (interprior.reconstruction, version 2; docs/predict.md): units, camera and box with their sources, warnings,
// and per hand its presence, MANO parameters, joints in the photograph's camera (m), their pixels and their spread (m, null
// without draws). source: the photograph's path. Bytes of both names that are not UTF-8 become %XX.
std::string reconstruction_json(const std::string& name, const ReconstructedHands& hands, const std::string& source = "");

// The photograph with both hands drawn on it, RGB.
cv::Mat reconstruction_overlay(const cv::Mat& bgr, const ReconstructedHands& hands);

// Writes NAME.json, NAME_right.obj/.ply, NAME_left.obj/.ply, NAME.glb and NAME_overlay.jpg into a folder, which is made where it
// is not there. Throws Error, also when the name would lead out of the folder; what it had written of this name is then removed.
void write_reconstruction(const std::filesystem::path& folder, const std::string& name, const cv::Mat& bgr,
                          const ReconstructedHands& hands, const std::string& source = "");

// F, H, M, tau, X, z_mean and z_log_variance of several pictures in one file, with their names as `sample` (format
// interprior.features, version 1), written picture by picture. F is left out where no picture was seen, H where the network has
// none. The file appears at close().
class FeaturesFile {
 public:
  explicit FeaturesFile(const std::filesystem::path& path);  // throws Error where it cannot be written
  // One picture. Throws Error where its arrays have other shapes than those of the first.
  void add(const std::string& name, const Reconstruction& reconstruction);
  void close();  // without a picture, nothing is written

 private:
  std::filesystem::path path_;
  TensorFileWriter file_;
  std::map<std::string, std::vector<int64_t>> shapes_;  // of the first picture, by array
  int64_t pictures_ = 0;
};

}  // namespace interprior
