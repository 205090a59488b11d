#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/pimpl.h>

#include "interprior/model/reconstruction.h"
#include "interprior/model/resnet.h"

namespace interprior {

enum class FeatureSource { layer1, decoder, both };
template <>
struct EnumNames<FeatureSource> {
  static std::vector<std::pair<FeatureSource, std::string>> table() {
    return {{FeatureSource::layer1, "layer1"}, {FeatureSource::decoder, "decoder"}, {FeatureSource::both, "both"}};
  }
  static std::map<std::string, std::string> old_names() { return {{"stem", "layer1"}}; }
};

// Config keys and tensor names call the backbone `trunk`.
struct ExtractionConfig {
  BackboneKind trunk = BackboneKind::resnet50;
  int64_t width = 64, features = 256, decoder = 256;
  FeatureSource source = FeatureSource::layer1;
  std::string trunk_file = "";
  void describe(Fields& fields) {
    fields("trunk", trunk, "backbone; torchscript: any other one, from trunk_file");
    fields("width", width, "channels of the backbone's first stage (64 in the paper; narrow for small machines)", {4, 512});
    fields("features", features, "channels of F", {2, 4096});
    fields("decoder", decoder, "channels of the U-shaped decoder", {4, 4096});
    fields("source", source,
           "where F comes from: layer1 (the backbone's first stage, the paper), decoder (its last feature) or both (half each)");
    fields("trunk_file", trunk_file, "TorchScript of a backbone: (B,3,S,S) to four stages at strides 4, 8, 16, 32");
  }
};

// The configured backbone with random weights (a TorchScript has its own). Throws Error.
std::shared_ptr<Backbone> make_backbone(const ExtractionConfig& config);

// Whether this CPU multiplies bf16 numbers (AVX-512 or AMX).
bool bf16_in_hardware();

// Figure (a): backbone, U-shaped decoder, heads for H and M, pooled head for tau.
class ExtractionImpl : public torch::nn::Module {
 public:
  ExtractionImpl(const ExtractionConfig& config, int64_t heatmap_channels);
  Features forward(const torch::Tensor& image);  // (B,3,S,S) uint8 RGB, S a multiple of 32
  // Folds norms into convolutions, for inference on a CPU; training afterwards has no effect on the output. bf16: for
  // calls under Autocast (base/autocast.h); convolutions and features are then bf16; throws Error where bf16_in_hardware() is
  // false.
  void fuse(torch::Dtype dtype = torch::kFloat32);

 private:
  struct Head {
    ConvNorm hidden, output;
    torch::Tensor operator()(const torch::Tensor& x) const { return output(hidden.relu(x)); }
  };
  Head add_head(const char* name, int64_t maps);

  ExtractionConfig config_;
  int64_t heatmap_channels_;
  std::shared_ptr<Backbone> backbone_;
  std::vector<ConvNorm> lateral_, refine_;
  std::optional<Head> heatmap_, mask_;
  torch::nn::Sequential tau_;
  std::optional<ConvNorm> layer1_projection_, decoder_projection_;
};
TORCH_MODULE(Extraction);

}  // namespace interprior
