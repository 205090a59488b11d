#include "support/script_backbone.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/files/atomic_file.h"
#include "interprior/model/checkpoint.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

// model.extraction.trunk: torchscript.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

ExtractionConfig with_script(const std::filesystem::path& file) {
  ExtractionConfig config;
  config.trunk = BackboneKind::torchscript;
  config.features = config.decoder = 8;
  config.source = FeatureSource::both;
  config.trunk_file = file.string();
  return config;
}

TEST(ScriptTrunkTest, ItsParametersBelongToTheNetworkAndTrain) {
  const TemporaryDirectory folder;
  Extraction extraction(with_script(write_script(folder / "trunk.pt")), 42);
  const auto parameters = extraction->named_parameters();
  ASSERT_TRUE(parameters.contains("trunk.stem.scale"));
  ASSERT_TRUE(extraction->named_buffers().contains("trunk.offset"));
  const torch::Tensor image = torch::full({2, 3, 64, 64}, 100, torch::kUInt8);
  extraction->eval();
  const torch::Tensor before = extraction->forward(image).map;
  before.sum().backward();
  EXPECT_GT(parameters["trunk.stem.scale"].grad().abs().item<double>(), 0);
  {
    const torch::NoGradGuard no_grad;
    extraction->named_parameters()["trunk.stem.scale"].add_(1);  // as an optimiser does: the script must use the new value
  }
  EXPECT_GT((extraction->forward(image).map - before).abs().max().item<double>(), 1e-3);
  EXPECT_EQ(extraction->forward(image).map.sizes(), (std::vector<int64_t>{2, 8, 16, 16}));
}

TEST(ScriptTrunkTest, ItsWeightsAreStoredInTheCheckpoint) {
  const TemporaryDirectory folder;
  SamplerConfig config;
  config.image_size = 64;
  config.extraction = with_script(write_script(folder / "trunk.pt"));
  config.fusion.patch = 4;
  config.fusion.depth = 0;
  config.fusion.width = 12;
  config.fusion.heads = config.sampling.heads = 2;
  config.sampling.width = 8;
  const InteractionPriorConfig prior{4, 8, 1, Anchor::knuckle};
  Sampler sampler(config, prior);
  {
    const torch::NoGradGuard no_grad;
    sampler->named_parameters()["extraction.trunk.stem.scale"].fill_(7);
  }
  CheckpointInfo info;
  info.kind = "sampler";
  info.sampler_model = dump_config(config);
  info.prior_model = dump_config(prior);
  write_checkpoint(folder / "s.safetensors", *sampler, info);
  Sampler back = load_sampler(folder / "s.safetensors");
  EXPECT_EQ(back->named_parameters()["extraction.trunk.stem.scale"].item<float>(), 7);
  std::filesystem::remove(folder / "trunk.pt");
  EXPECT_THAT([&] { load_sampler(folder / "s.safetensors"); },
              ThrowsError(AllOf(HasSubstr("trunk.pt"), HasSubstr("trunk_file"))));
}

TEST(ScriptBackboneTest, FilesThatAreNoBackboneAreRefused) {
  const TemporaryDirectory folder;
  EXPECT_THAT([&] { Extraction(with_script(folder / "none.pt"), 42); }, ThrowsError(HasSubstr("none.pt")));
  EXPECT_THAT([&] { Extraction(with_script(write_script(folder / "three.pt", "(a, b, c)")), 42); },
              ThrowsError(HasSubstr("3 tensors")));
  EXPECT_THAT([&] { Extraction(with_script(write_script(folder / "strides.pt", "(a, a, b, c)")), 42); },
              ThrowsError(HasSubstr("strides 4, 8, 16 and 32")));
  write_file(folder / "text.pt", "not a script");
  EXPECT_THAT([&] { Extraction(with_script(folder / "text.pt"), 42); }, ThrowsError(HasSubstr("text.pt")));
}

}  // namespace
}  // namespace interprior
