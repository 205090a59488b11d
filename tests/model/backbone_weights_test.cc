#include "interprior/model/backbone_weights.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include "interprior/model/extraction.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

NamedTensors tensors_of(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors.emplace_back(item.key(), item.value().detach());
  for (const auto& item : module.named_buffers()) tensors.emplace_back(item.key(), item.value());
  return tensors;
}

struct Whole : torch::nn::Module {
  explicit Whole(const ExtractionConfig& config) { register_module("extraction", Extraction(config, 42)); }
};

class BackboneWeightsTest : public ::testing::Test {
 protected:
  void write(const NamedTensors& tensors) const { write_safetensors(file_, tensors, {}); }
  BackboneWeights read(BackboneKind kind, int64_t width) const { return read_backbone_weights(file_, *ResNet(kind, width)); }

  const TemporaryDirectory folder_;
  const std::filesystem::path file_ = folder_ / "weights.safetensors";
};

TEST_F(BackboneWeightsTest, EveryTensorReachesTheSamplersBackbone) {
  ResNet source(BackboneKind::resnet18, 8);
  for (auto& item : source->named_buffers())
    if (item.value().is_floating_point()) item.value().uniform_(0.5, 2);
  NamedTensors tensors = tensors_of(*source);
  tensors.emplace_back("fc.bias", torch::zeros({10}));
  write(tensors);
  Whole whole(ExtractionConfig{BackboneKind::resnet18, 8, 16, 16, FeatureSource::layer1});
  const BackboneWeights weights = read(BackboneKind::resnet18, 8);
  EXPECT_EQ(weights.unused, std::vector<std::string>{"fc.bias"});
  load_backbone_weights(whole, weights);
  size_t compared = 0;
  for (const auto& [name, tensor] : tensors_of(whole))
    for (const auto& [source_name, expected] : tensors)
      if (name == "extraction.trunk." + source_name) {
        EXPECT_THAT(tensor, TensorNear(expected, 0)) << name;
        ++compared;
      }
  EXPECT_EQ(compared, tensors.size() - 1);
}

TEST_F(BackboneWeightsTest, PrefixesOfTrainingToolsAreRemoved) {
  const NamedTensors tensors = tensors_of(*ResNet(BackboneKind::resnet18, 8));
  for (const char* prefix : {"module.", "_orig_mod.", "backbone.", "module._orig_mod.", "model.backbone."}) {
    NamedTensors wrapped;
    for (const auto& [name, tensor] : tensors) wrapped.emplace_back(prefix + name, tensor);
    write(wrapped);
    EXPECT_EQ(read(BackboneKind::resnet18, 8).tensors.size(), tensors.size()) << prefix;
  }
}

TEST_F(BackboneWeightsTest, AnotherNetworkOrWidthIsListed) {
  write(tensors_of(*ResNet(BackboneKind::resnet18, 8)));
  EXPECT_THAT([&] { read(BackboneKind::resnet34, 8); }, ThrowsError(AllOf(HasSubstr("missing: layer1.2.conv1.weight"),
                                                                          HasSubstr("more"), HasSubstr("weights.safetensors"))));
  EXPECT_THAT([&] { read(BackboneKind::resnet18, 24); },
              ThrowsError(AllOf(HasSubstr("shape mismatch: conv1.weight (8, 3, 7, 7)"), HasSubstr("instead of (24, 3, 7, 7)"))));
}

TEST_F(BackboneWeightsTest, OldStateDictsLackOnlyTheBatchCounts) {
  NamedTensors tensors = tensors_of(*ResNet(BackboneKind::resnet18, 8));
  std::erase_if(tensors, [](const auto& entry) { return entry.first.ends_with("num_batches_tracked"); });
  write(tensors);
  EXPECT_EQ(read(BackboneKind::resnet18, 8).tensors.size(), tensors.size());
  std::erase_if(tensors, [](const auto& entry) { return entry.first == "bn1.running_var"; });
  write(tensors);
  EXPECT_THAT([&] { read(BackboneKind::resnet18, 8); }, ThrowsError(HasSubstr("missing: bn1.running_var (")));
}

TEST_F(BackboneWeightsTest, ANetworkWithoutThatBackboneIsNamed) {
  write(tensors_of(*ResNet(BackboneKind::resnet18, 8)));
  torch::nn::Linear other(2, 2);
  EXPECT_THAT([&] { load_backbone_weights(*other, read(BackboneKind::resnet18, 8)); },
              ThrowsError(HasSubstr("extraction.trunk.")));
}

}  // namespace
}  // namespace interprior
