#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/infer/reconstructor.h"

namespace interprior {

// NAME.json as text: units, camera with the source of its focal length, box, and per hand MANO parameters, joints in the
// photograph's camera (m), their pixels and their spread (m, null without draws); docs/formats.md.
std::string reconstruction_json(const std::string& name, const ReconstructedHands& hands);

// The photograph with both hands drawn on it, RGB.
cv::Mat reconstruction_overlay(const cv::Mat& bgr, const ReconstructedHands& hands);

// Writes NAME.json, NAME_right.obj/.ply, NAME_left.obj/.ply, NAME.glb and NAME_overlay.jpg into a folder, which is made where it
// is not there. Throws Error, also when the name would lead out of the folder.
void write_reconstruction(const std::filesystem::path& folder, const std::string& name, const cv::Mat& bgr,
                          const ReconstructedHands& hands);

// F, H, M, tau, X, z_mean and z_log_variance of several pictures in one file, with their names as `sample` (format
// interprior.features, version 1); H is left out where the network has none. Throws Error.
void write_features(const std::filesystem::path& path, const std::vector<std::string>& names,
                    const std::vector<Reconstruction>& reconstructions);

}  // namespace interprior
