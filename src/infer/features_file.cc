#include <torch/types.h>

#include <utility>

#include "interprior/base/error.h"
#include "interprior/infer/reconstruction_files.h"

namespace interprior {
namespace {

constexpr const char* kFormat = "interprior.features";
constexpr int64_t kVersion = 1;

std::vector<std::pair<const char*, torch::Tensor>> named_features(const Reconstruction& reconstruction) {
  const Features& features = reconstruction.features;
  const Latent& z = reconstruction.conditional.z;
  return {{"F", features.map},
          {"H", features.iah},
          {"M", features.mask},
          {"tau", features.tau},
          {"X", reconstruction.tokens},
          {"z_mean", z.mean},
          {"z_log_variance", z.log_variance}};
}

}  // namespace

FeaturesFile::FeaturesFile(const std::filesystem::path& path) : path_(path), file_(path, kFormat, kVersion) {}

void FeaturesFile::add(const std::string& name, const Reconstruction& reconstruction) {
  std::map<std::string, std::vector<int64_t>> shapes;
  std::vector<std::pair<const char*, torch::Tensor>> rows;
  for (const auto& [array, tensor] : named_features(reconstruction)) {
    if (!tensor.defined() || tensor.numel() == 0) continue;
    shapes[array] = tensor.sizes().vec();
    rows.emplace_back(array, tensor.to(torch::kCPU, torch::kFloat32));
  }
  if (images_ == 0) shapes_ = shapes;
  require(shapes == shapes_ && shapes.at("tau").front() == 1,
          "the features of " + name + " have other shapes than the first image's", path_.string(),
          "keep images of one network in one file, one image each");
  file_.append_strings("sample", {name});
  for (const auto& [array, row] : rows) file_.append(array, row);
  ++images_;
}

void FeaturesFile::close() {
  if (images_ > 0) file_.close();
}

}  // namespace interprior
