#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/files/safetensors.h"
#include "interprior/evaluation/metrics.h"
#include "interprior/metric/metric_table.h"
#include "support/tensor_near.h"

// Against tests/reference/metrics.py (numpy, sample by sample) on two small random hands, with missing hands, joints and
// wrists. make_metrics_golden.py writes the golden.
namespace interprior {
namespace {

constexpr double kMillimetres = 1e-6;

class ProtocolGolden : public ::testing::TestWithParam<std::string> {
 protected:
  ProtocolGolden()
      : golden_(std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/golden/metrics.safetensors"),
        hands_(HandModel{{model("right"), model("left")}, "procedural", ""}, torch::kCPU, torch::kFloat64) {}

  torch::Tensor golden(const std::string& name) const { return golden_.tensor(name); }
  ManoModel model(const std::string& side) const {
    const auto part = [&](const char* name) { return golden("hand/" + side + "/" + name); };
    return {part("v_template"), part("shapedirs"), part("posedirs"),   part("J_regressor"),
            part("weights"),    part("faces"),     part("hands_mean"), part("tips")};
  }
  HandSet set(const std::string& name, bool as_parameters) const {
    HandSet set;
    for (int64_t i = 0; i < golden(name + "/vertices").size(0); ++i) set.sample.push_back("test/" + std::to_string(i) + ".jpg");
    if (as_parameters) {
      set.pose = golden(name + "/pose");
      set.shape = golden(name + "/shape");
      set.translation = golden(name + "/translation");
    } else {
      set.vertices = golden(name + "/vertices");
    }
    set.joints = golden(name + "/joints");
    if (name == "truth") {
      set.joint_valid = golden("truth/joint_valid").to(torch::kBool);
      set.hand_valid = golden("truth/hand_valid").to(torch::kBool);
    }
    return set;
  }
  SampleErrors errors(bool as_parameters) const {
    return sample_errors(protocol_named(GetParam()), set("predicted", as_parameters), set("truth", as_parameters), hands_);
  }
  // NaN marks values that do not count and must be at the same places.
  void expect_errors(const torch::Tensor& actual, const std::string& name) const {
    const torch::Tensor expected = golden(GetParam() + "/errors/" + name);
    EXPECT_TRUE(torch::equal(actual.isnan(), expected.isnan())) << name << "\n" << actual << "\n" << expected;
    EXPECT_THAT(actual.nan_to_num(), TensorNear(expected.nan_to_num(), kMillimetres)) << name;
  }
  // Every metric with a function of its own; `with_parameters`: those that need MANO parameters, too.
  void expect_measured(const SampleErrors& errors, bool with_parameters) const {
    for (const Metric& metric : metric_table()) {
      if (!metric.measure || (metric.needs == Needs::parameters && !with_parameters)) continue;
      const torch::Tensor values = values_of(metric, errors);
      ASSERT_TRUE(values.defined()) << metric.name << " was not measured";
      expect_errors(values, metric.name);
    }
  }
  void expect_all(const SampleErrors& errors, bool with_parameters) const {
    expect_errors(errors.joint, "joint");
    expect_errors(errors.vertex, "vertex");
    expect_errors(errors.pa_joint, "pa_joint");
    expect_errors(errors.pa_vertex, "pa_vertex");
    expect_errors(errors.per_joint, "per_joint");
    expect_errors(errors.relative_root, "relative_root");
    expect_errors(errors.relative_vertex, "relative_vertex");
    expect_measured(errors, with_parameters);
  }
  void expect_hand(const std::array<double, 4>& actual, const std::string& name) const {
    const torch::Tensor numbers = torch::tensor({actual[0], actual[1], actual[2], actual[3]}, torch::kFloat64);
    EXPECT_THAT(numbers, TensorNear(golden(GetParam() + "/summary/" + name), kMillimetres)) << name;
  }
  void expect_number(double actual, const std::string& name) const {
    EXPECT_NEAR(actual, golden(GetParam() + "/summary/" + name).item<double>(), kMillimetres) << name;
  }

  Safetensors golden_;
  TwoHands hands_;
};

TEST_P(ProtocolGolden, ErrorsOfMeshesEqualNumpy) { expect_all(errors(false), false); }

TEST_P(ProtocolGolden, ErrorsOfManoParametersEqualNumpy) { expect_all(errors(true), true); }

TEST_P(ProtocolGolden, SummaryEqualsNumpy) {
  const Metrics metrics = summarise(protocol_named(GetParam()), errors(false));
  EXPECT_EQ(metrics.samples, golden("truth/vertices").size(0));
  const auto errors_of = [&](auto... side) {
    return std::array<double, 4>{metrics.at("mpjpe_mm", side...), metrics.at("mpvpe_mm", side...),
                                 metrics.at("pa_mpjpe_mm", side...), metrics.at("pa_mpvpe_mm", side...)};
  };
  expect_hand(errors_of(), "all");
  expect_hand(errors_of(Side::right), "right");
  expect_hand(errors_of(Side::left), "left");
  expect_number(metrics.at("mrrpe_mm"), "mrrpe");
  expect_number(metrics.at("rrve_mm"), "rrve");
  expect_number(metrics.auc_50mm, "auc");
  if (rule_of(metrics.protocol).masked) {
    expect_number(metrics.single_mpjpe_mm, "single");
    expect_number(metrics.interacting_mpjpe_mm, "interacting");
  }
  const torch::Tensor per_joint = torch::tensor(metrics.per_joint_mm, torch::kFloat64);
  EXPECT_THAT(per_joint, TensorNear(golden(GetParam() + "/summary/per_joint"), kMillimetres));
}

TEST_P(ProtocolGolden, HypothesesEqualNumpy) {
  HandSet predictions = set("predicted", true);
  predictions.hypotheses_pose = golden("drawn/pose");
  predictions.hypotheses_shape = golden("drawn/shape");
  predictions.hypotheses_translation = golden("drawn/translation");
  const Protocol protocol = protocol_named(GetParam());
  const SampleErrors errors = sample_errors(protocol, predictions, set("truth", true), hands_);
  const auto expected = [&](const std::string& name) { return golden(GetParam() + "/hypotheses/" + name); };
  const auto number = [&](const std::string& name) { return expected(name).item<double>(); };
  EXPECT_EQ(errors.hypotheses(), 5);
  EXPECT_THAT(errors.hypothesis.joint, TensorNear(expected("hypothesis_joint"), kMillimetres));
  EXPECT_THAT(errors.hypothesis.stddev, TensorNear(expected("spread"), kMillimetres));
  EXPECT_TRUE(torch::equal(errors.hypothesis.per_joint_stddev.isnan(), expected("per_joint_spread").isnan()));
  EXPECT_THAT(errors.hypothesis.per_joint_stddev.nan_to_num(),
              TensorNear(expected("per_joint_spread").nan_to_num(), kMillimetres));
  const Metrics metrics = summarise(protocol, errors);
  EXPECT_NEAR(metrics.at("best_of_k_mpjpe_mm"), number("best_of_k"), kMillimetres);
  EXPECT_NEAR(metrics.at("mean_of_k_mpjpe_mm"), number("mean_of_k"), kMillimetres);
  ASSERT_EQ(metrics.best_of_mpjpe_mm.size(), 3u);  // 1, 2, 5
  EXPECT_NEAR(metrics.best_of_mpjpe_mm[1].second, number("best_of_2"), kMillimetres);
  EXPECT_NEAR(metrics.stddev_rank_correlation, number("spread_rank_correlation"), 1e-9);
  EXPECT_NEAR(metrics.joint_stddev_rank_correlation, number("joint_spread_rank_correlation"), 1e-9);
  ASSERT_EQ(metrics.calibration.size(), 7u);
  for (size_t i = 0; i < metrics.calibration.size(); ++i) {
    const torch::Tensor group = expected("calibration")[static_cast<int64_t>(i)];
    EXPECT_EQ(metrics.calibration[i].samples, group[0].item<int64_t>());
    EXPECT_NEAR(metrics.calibration[i].stddev_mm, group[1].item<double>(), kMillimetres);
    EXPECT_NEAR(metrics.calibration[i].error_mm, group[2].item<double>(), kMillimetres);
  }
}

INSTANTIATE_TEST_SUITE_P(Numpy, ProtocolGolden, ::testing::Values("intaghand", "wrist", "interwild", "internet"),
                         [](const ::testing::TestParamInfo<std::string>& info) { return info.param; });

}  // namespace
}  // namespace interprior
