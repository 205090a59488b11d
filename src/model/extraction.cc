#include "interprior/model/extraction.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/nn/functional/upsampling.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/linear.h>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"

namespace interprior {
namespace {

namespace nn = torch::nn;

nn::Conv2d three_by_three(int64_t channels) {
  return nn::Conv2d(nn::Conv2dOptions(channels, channels, 3).padding(1).bias(false));
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

std::shared_ptr<Backbone> make_backbone(const ExtractionConfig& config) {
  switch (config.trunk) {  // no default: the compiler warns of a kind without a case
    case BackboneKind::torchscript:
      return open_script_backbone(config.trunk_file);
    case BackboneKind::resnet18:
    case BackboneKind::resnet34:
    case BackboneKind::resnet50:
      return std::make_shared<ResNetImpl>(config.trunk, config.width);
  }
  throw Error("this kind of backbone has no network", "model.extraction.trunk", "construct it in make_backbone");
}

ExtractionImpl::ExtractionImpl(const ExtractionConfig& config, int64_t heatmap_channels)
    : config_(config), heatmap_channels_(heatmap_channels), backbone_(register_module("trunk", make_backbone(config))) {
  auto lateral = register_module("lateral", nn::ModuleList()), refine = register_module("refine", nn::ModuleList());
  mask_ = add_head("mask", 2);
  tau_ = register_module("tau", nn::Sequential(nn::Linear(backbone_->channels()[3], 256), nn::ReLU(), nn::Linear(256, 3)));
  const auto projection = [](int64_t in, int64_t out) { return nn::Conv2d(nn::Conv2dOptions(in, out, 1)); };
  for (const int64_t channels : backbone_->channels()) {
    lateral_.emplace_back(projection(channels, config.decoder));
    lateral->push_back(lateral_.back().conv());
  }
  for (int i = 0; i < 3; ++i) {
    refine_.emplace_back(three_by_three(config.decoder), BatchNorm(config.decoder));
    refine->push_back(nn::Sequential(refine_.back().conv(), refine_.back().norm(), nn::ReLU()));
  }
  if (heatmap_channels_ > 0) heatmap_ = add_head("heatmap", heatmap_channels);
  require(config.source != FeatureSource::both || config.features % 2 == 0, "features must be even when source is both",
          "extraction.features", "half of F comes from layer1, half from the decoder");
  const int64_t part = config.source == FeatureSource::both ? config.features / 2 : config.features;
  // ResNet-50's layer1 already has the paper's 256 channels; F is then layer1 without a projection.
  const bool layer1_as_is = config.source == FeatureSource::layer1 && backbone_->channels()[0] == config.features;
  if (config.source != FeatureSource::decoder && !layer1_as_is)
    layer1_projection_.emplace(register_module("stem_projection", projection(backbone_->channels()[0], part)));
  if (config.source != FeatureSource::layer1)
    decoder_projection_.emplace(register_module("decoder_projection", projection(config.decoder, part)));
}

ExtractionImpl::Head ExtractionImpl::add_head(const char* name, int64_t maps) {
  const nn::Conv2d hidden = three_by_three(config_.decoder);
  const BatchNorm norm(config_.decoder);
  const nn::Conv2d output(nn::Conv2dOptions(config_.decoder, maps, 1));
  register_module(name, nn::Sequential(hidden, norm, nn::ReLU(), output));
  return {ConvNorm(hidden, norm), ConvNorm(output)};
}

bool bf16_in_hardware() {
  const auto supported = c10::Dispatcher::singleton().findSchema({"mkldnn::_is_mkldnn_bf16_supported", ""});
  return supported && supported->typed<bool()>().call();
}

void ExtractionImpl::fuse(torch::Dtype dtype) {
  require(dtype != torch::kBFloat16 || bf16_in_hardware(), "this CPU does not compute in bf16", "precision", "use fp32");
  backbone_->fuse(dtype);
  for (auto* layers : {&lateral_, &refine_})
    for (ConvNorm& layer : *layers) layer.fuse(dtype);
  for (auto* head : {&heatmap_, &mask_})
    if (*head) {
      (*head)->hidden.fuse(dtype);
      (*head)->output.fuse(dtype);
    }
  for (auto* projection : {&layer1_projection_, &decoder_projection_})
    if (*projection) (*projection)->fuse(dtype);
}

Features ExtractionImpl::forward(const torch::Tensor& image) {
  ShapeCheck check("Extraction");
  check(image, "image", {"B", 3, "S", "S"});
  require(image.scalar_type() == torch::kUInt8, "the image must be uint8 RGB, it is " + shape_text(image), "Extraction");
  require(check["S"] % 32 == 0, c10::str("the image's side must be a multiple of 32, it is ", check["S"]), "Extraction");

  const auto stages = backbone_->forward(normalised(image, mask_->output.conv()->weight.scalar_type()));

  // U-shaped decoder: from stride 32 to stride 4, with a lateral connection from each stage of the backbone.
  torch::Tensor decoded = lateral_[3](stages[3]);
  for (size_t level = 3; level-- > 0;) {
    const auto larger = torch::nn::functional::InterpolateFuncOptions()
                            .scale_factor(std::vector<double>{2, 2})
                            .mode(torch::kBilinear)
                            .align_corners(false);
    decoded = nn::functional::interpolate(decoded, larger);
    decoded = refine_[level].relu(lateral_[level].added_to(decoded, stages[level]));
  }

  Features features;
  std::vector<torch::Tensor> maps;
  if (config_.source != FeatureSource::decoder) maps.push_back(layer1_projection_ ? (*layer1_projection_)(stages[0]) : stages[0]);
  if (config_.source != FeatureSource::layer1) maps.push_back((*decoder_projection_)(decoded));
  features.map = maps.size() == 1 ? maps[0] : torch::cat(maps, 1);
  features.iah =
      heatmap_ ? (*heatmap_)(decoded) : torch::zeros({image.size(0), 0, decoded.size(2), decoded.size(3)}, decoded.options());
  features.mask_logit = (*mask_)(decoded);
  features.mask = torch::sigmoid(features.mask_logit);
  features.tau = tau_->forward(stages[3].mean({2, 3}));
  return features;
}

}  // namespace interprior
