#include <gtest/gtest.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>

#include "interprior/base/files/safetensors.h"
#include "interprior/objective/adjacency_heatmap.h"
#include "support/tensor_near.h"

// Against tests/reference/adjacency_heatmap.py (numpy, joint by joint and pixel by pixel). The cases' configs are JSON,
// hence YAML, in the golden's metadata; make_heatmap_golden.py writes it.
namespace interprior {
namespace {

struct GoldenCase {
  HeatmapConfig heatmap;
  int64_t size = 0, grid = 0;
  void describe(Fields& fields) {
    heatmap.describe(fields);
    fields("size", size, "side of the crop, px");
    fields("grid", grid, "side of the map");
  }
};

const Safetensors& golden() {
  static const Safetensors file(std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/golden/adjacency_heatmap.safetensors");
  return file;
}

const nlohmann::json& cases() {
  static const nlohmann::json configs = nlohmann::json::parse(golden().metadata().at("cases"));
  return configs;
}

class AdjacencyHeatmapGolden : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { config_ = parse_config<GoldenCase>(cases().at(GetParam()).dump(), GetParam()); }

  torch::Tensor stored(const std::string& name) const { return golden().tensor(GetParam() + "/" + name); }
  HeatmapTarget target(torch::Dtype dtype) const {
    const torch::Tensor valid = stored("valid").to(torch::kBool), visible = stored("visible").to(torch::kBool);
    return heatmap_target(config_.heatmap, {stored("image").to(dtype), stored("camera").to(dtype), valid, visible}, config_.size,
                          config_.grid);
  }

  GoldenCase config_;
};

TEST_P(AdjacencyHeatmapGolden, MapsAndLossMaskEqualNumpy) {
  const HeatmapTarget result = target(torch::kFloat64);
  EXPECT_THAT(result.maps, TensorNear(stored("maps"), 1e-6));
  EXPECT_TRUE(torch::equal(result.has_loss, stored("has_loss").to(torch::kBool)));
}

TEST_P(AdjacencyHeatmapGolden, SinglePrecisionAgrees) {
  EXPECT_THAT(target(torch::kFloat32).maps, TensorNear(stored("maps"), 2e-5));
}

TEST_P(AdjacencyHeatmapGolden, SourceNoneHasNoMapsForTheSameInputs) {
  config_.heatmap.kind = HeatmapKind::none;
  const HeatmapTarget result = target(torch::kFloat64);
  EXPECT_EQ(result.maps.sizes(), (std::vector<int64_t>{stored("image").size(0), 0, config_.grid, config_.grid}));
  EXPECT_EQ(result.has_loss.sizes(), (std::vector<int64_t>{stored("image").size(0), 0}));
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& [name, config] : cases().items()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Numpy, AdjacencyHeatmapGolden, ::testing::ValuesIn(case_names()),
                         [](const ::testing::TestParamInfo<std::string>& info) { return info.param; });

}  // namespace
}  // namespace interprior
