#include "interprior/model/resnet.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <set>

#include "interprior/model/extraction.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

std::set<std::string> names(const torch::nn::Module& module) {
  std::set<std::string> result;
  for (const auto& item : module.named_parameters()) result.insert(item.key());
  for (const auto& item : module.named_buffers()) result.insert(item.key());
  return result;
}

struct Expected {
  BackboneKind kind;
  int64_t parameters;  // torchvision's count minus its classifier (512 or 2048 x 1000 + 1000)
  size_t names;
  std::array<int64_t, 4> channels;
};

class ResNetTest : public ::testing::TestWithParam<Expected> {};

TEST_P(ResNetTest, HasTorchvisionsParametersAndStages) {
  const Expected expected = GetParam();
  ResNet backbone(expected.kind, 64);
  int64_t parameters = 0;
  for (const auto& parameter : backbone->parameters()) parameters += parameter.numel();
  EXPECT_EQ(parameters, expected.parameters);
  EXPECT_EQ(names(*backbone).size(), expected.names);
  torch::NoGradGuard no_grad;
  backbone->eval();
  const auto stages = backbone->forward(torch::zeros({1, 3, 64, 64}));
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(stages[i].size(1), expected.channels[i]);
    EXPECT_EQ(stages[i].size(2), 16 >> i);
  }
}

// torchvision: resnet18 11,689,512; resnet34 21,797,672; resnet50 25,557,032 with their classifiers.
INSTANTIATE_TEST_SUITE_P(Kinds, ResNetTest,
                         ::testing::Values(Expected{BackboneKind::resnet18, 11689512 - 513000, 120, {64, 128, 256, 512}},
                                           Expected{BackboneKind::resnet34, 21797672 - 513000, 216, {64, 128, 256, 512}},
                                           Expected{BackboneKind::resnet50, 25557032 - 2049000, 318, {256, 512, 1024, 2048}}));

TEST(ResNetTest, NamesAreTorchvisions) {
  const auto have = names(*ResNet(BackboneKind::resnet50, 64));
  for (const char* name :
       {"conv1.weight", "bn1.running_mean", "bn1.num_batches_tracked", "layer1.0.conv3.weight", "layer1.0.downsample.0.weight",
        "layer1.0.downsample.1.running_var", "layer3.5.bn2.bias", "layer4.2.conv2.weight"})
    EXPECT_TRUE(have.count(name)) << name;
  EXPECT_TRUE(names(*ResNet(BackboneKind::resnet18, 16)).count("layer2.0.downsample.0.weight"));
  EXPECT_FALSE(names(*ResNet(BackboneKind::resnet18, 16)).count("layer1.0.downsample.0.weight"));
}

TEST(ResNetTest, AKindWithoutANetworkIsAnError) {
  ExtractionConfig config;
  config.trunk = static_cast<BackboneKind>(99);
  EXPECT_THAT([&] { make_backbone(config); }, ThrowsError(HasSubstr("has no network")));
}

}  // namespace
}  // namespace interprior
