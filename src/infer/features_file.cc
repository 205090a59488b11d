#include <torch/types.h>

#include <utility>

#include "interprior/base/error.h"
#include "interprior/base/tensor_file.h"
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

void write_features(const std::filesystem::path& path, const std::vector<std::string>& names,
                    const std::vector<Reconstruction>& reconstructions) {
  require(!names.empty(), "no pictures to keep the features of", path.string());
  require(names.size() == reconstructions.size(), c10::str(names.size(), " names for ", reconstructions.size(), " pictures"),
          path.string());
  TensorFileWriter file(path, kFormat, kVersion);
  file.write_strings("sample", names);
  const auto first = named_features(reconstructions.front());
  for (size_t feature = 0; feature < first.size(); ++feature) {
    const auto& [name, tensor] = first[feature];
    if (!tensor.defined() || tensor.numel() == 0) continue;
    std::vector<torch::Tensor> rows;
    for (size_t i = 0; i < reconstructions.size(); ++i) {
      const torch::Tensor row = named_features(reconstructions[i])[feature].second;
      require(row.defined() && row.size(0) == 1 && row.sizes() == tensor.sizes(),
              c10::str(name, " of ", names[i], " has another shape"), path.string(),
              "keep pictures of one network in one file, one picture each");
      rows.push_back(row.to(torch::kCPU, torch::kFloat32));
    }
    file.write(name, torch::cat(rows));
  }
  file.close();
}

}  // namespace interprior
