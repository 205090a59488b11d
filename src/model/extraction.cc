#include "interprior/model/extraction.h"

#include <torch/nn/functional/upsampling.h>
#include <torch/nn/modules/activation.h>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

namespace nn = torch::nn;

nn::Conv2d one_by_one(int64_t in, int64_t out) { return nn::Conv2d(nn::Conv2dOptions(in, out, 1)); }

// 3x3 convolution, norm, ReLU.
nn::Sequential refinement(int64_t channels) {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(channels, channels, 3).padding(1).bias(false)), BatchNorm(channels),
                        nn::ReLU());
}

nn::Sequential map_head(int64_t channels, int64_t maps) {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(channels, channels, 3).padding(1).bias(false)), BatchNorm(channels),
                        nn::ReLU(), one_by_one(channels, maps));
}

// Normalises by ImageNet's mean and standard deviation, as torchvision's weights expect.
torch::Tensor normalised(const torch::Tensor& image, torch::Dtype dtype) {
  // Filled on the device: a step that copies from the host cannot be captured in a CUDA graph.
  const auto per_channel = [options = torch::TensorOptions().device(image.device()).dtype(dtype)](double r, double g, double b) {
    return torch::cat(
        {torch::full({1, 1, 1, 1}, r, options), torch::full({1, 1, 1, 1}, g, options), torch::full({1, 1, 1, 1}, b, options)}, 1);
  };
  const torch::Tensor mean = per_channel(0.485, 0.456, 0.406), stddev = per_channel(0.229, 0.224, 0.225);
  return (image.to(dtype) / 255.0 - mean) / stddev;
}

}  // namespace

std::shared_ptr<Trunk> make_trunk(const ExtractionConfig& config) {
  if (config.trunk == TrunkKind::torchscript) return open_script_trunk(config.trunk_file);
  return std::make_shared<ResNetImpl>(config.trunk, config.width);
}

ExtractionImpl::ExtractionImpl(const ExtractionConfig& config, int64_t heatmap_channels)
    : config_(config),
      heatmap_channels_(heatmap_channels),
      trunk_(register_module("trunk", make_trunk(config))),
      lateral_(register_module("lateral", nn::ModuleList())),
      refine_(register_module("refine", nn::ModuleList())),
      mask_(register_module("mask", map_head(config.decoder, 2))),
      tau_(register_module("tau", nn::Sequential(nn::Linear(trunk_->channels()[3], 256), nn::ReLU(), nn::Linear(256, 3)))) {
  for (const int64_t channels : trunk_->channels()) lateral_->push_back(one_by_one(channels, config.decoder));
  for (int i = 0; i < 3; ++i) refine_->push_back(refinement(config.decoder));
  if (heatmap_channels_ > 0) heatmap_ = register_module("heatmap", map_head(config.decoder, heatmap_channels_));
  require(config.source != FeatureSource::both || config.features % 2 == 0, "features must be even when source is both",
          "extraction.features", "half of F comes from layer1, half from the decoder");
  const int64_t part = config.source == FeatureSource::both ? config.features / 2 : config.features;
  // ResNet-50's layer1 already has the paper's 256 channels; F is then layer1 without a projection.
  const bool stem_as_is = config.source == FeatureSource::layer1 && trunk_->channels()[0] == config.features;
  if (config.source != FeatureSource::decoder && !stem_as_is)
    stem_projection_ = register_module("stem_projection", one_by_one(trunk_->channels()[0], part));
  if (config.source != FeatureSource::layer1)
    decoder_projection_ = register_module("decoder_projection", one_by_one(config.decoder, part));
}

Features ExtractionImpl::forward(const torch::Tensor& image) {
  ShapeCheck check("Extraction");
  check(image, "image", {"B", 3, "S", "S"});
  require(image.scalar_type() == torch::kUInt8, "the image must be uint8 RGB, it is " + shape_text(image), "Extraction");
  require(check["S"] % 32 == 0, c10::str("the image's side must be a multiple of 32, it is ", check["S"]), "Extraction");

  const auto stages = trunk_->forward(normalised(image, mask_[0]->as<nn::Conv2d>()->weight.scalar_type()));

  // U-shaped decoder: from stride 32 to stride 4, with a lateral connection from each stage of the trunk.
  torch::Tensor decoded = lateral_[3]->as<nn::Conv2d>()->forward(stages[3]);
  for (int level = 2; level >= 0; --level) {
    const auto larger = torch::nn::functional::InterpolateFuncOptions()
                            .scale_factor(std::vector<double>{2, 2})
                            .mode(torch::kBilinear)
                            .align_corners(false);
    decoded = nn::functional::interpolate(decoded, larger);
    decoded = decoded + lateral_[static_cast<size_t>(level)]->as<nn::Conv2d>()->forward(stages[static_cast<size_t>(level)]);
    decoded = refine_[static_cast<size_t>(level)]->as<nn::Sequential>()->forward(decoded);
  }

  Features features;
  std::vector<torch::Tensor> maps;
  if (config_.source != FeatureSource::decoder)
    maps.push_back(stem_projection_.is_empty() ? stages[0] : stem_projection_(stages[0]));
  if (config_.source != FeatureSource::layer1) maps.push_back(decoder_projection_(decoded));
  features.map = maps.size() == 1 ? maps[0] : torch::cat(maps, 1);
  features.iah = heatmap_channels_ > 0 ? heatmap_->forward(decoded)
                                       : torch::zeros({image.size(0), 0, decoded.size(2), decoded.size(3)}, decoded.options());
  features.mask_logit = mask_->forward(decoded);
  features.mask = torch::sigmoid(features.mask_logit);
  features.tau = tau_->forward(stages[3].mean({2, 3}));
  return features;
}

}  // namespace interprior
