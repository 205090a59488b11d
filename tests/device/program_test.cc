#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "device_program.h"

// The program on the simulated device: training and output equal those on the CPU, and no step waits for the device.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Recipe {
  std::string name, task;
  Words settings;
};
void PrintTo(const Recipe& recipe, std::ostream* stream) { *stream << recipe.name; }

// Small configs with the losses and modules of configs/paper and configs/best.
const std::vector<Recipe> kRecipes = {
    {"prior", "prior", {"loss.penetration=0.05", "loss.kl_warmup=0"}},
    {"cues", "cues", {"fit.ema_decay=0.9"}},
    {"cues_of_best", "cues", {"loss.penetration=0.05", "model.refine=2", "model.relative_translation=both"}},
    {"sampler", "sampler", {}},
    {"sampler_of_best",
     "sampler",
     {"loss.penetration=0.05", "loss.edge=1", "model.refine=2", "model.extraction.source=both", "model.left_rotation=both",
      "model.relative_translation=both", "model.sampling.queries=located", "model.heatmap.kernel=laplace",
      "extraction_first=0.25"}},
    {"sampler_of_paper", "sampler", {"loss.alignment=0.01", "model.decoder=scratch"}},
};

class ProgramOnDevice : public ::testing::Test {
 protected:
  Words train(const Recipe& recipe, const std::string& run, int64_t steps, const Words& more = {}) const {
    const Words settings = recipe.settings + more;
    if (recipe.task == "prior") return fixture().train_prior(folder_ / run, steps, settings);
    if (recipe.task == "cues") return fixture().train_cues(folder_ / run, steps, settings);
    return fixture().train_sampler(folder_ / run, steps, settings);
  }
  void expect_done(const Outcome& outcome) const { ASSERT_EQ(outcome.exit_code, 0) << outcome.err; }
  TemporaryDirectory folder_;
};

// AdamW's first steps are as large for a gradient that is rounding alone: at a small learning rate they change little.
const Words kSmallSteps = {"fit.learning_rate=1e-4", "fit.backbone_learning_rate=1e-4"};

class RecipeOnDevice : public ProgramOnDevice, public ::testing::WithParamInterface<Recipe> {};

TEST_P(RecipeOnDevice, TrainsAsOnTheCpu) {
  expect_done(on_cpu(train(GetParam(), "cpu", 4, kSmallSteps), folder_.path()));
  expect_done(on_device(train(GetParam(), "device", 4, kSmallSteps), folder_.path()));
  expect_equal_logs(folder_ / "cpu", folder_ / "device", kRounding);
}

// Small learning rate, as AdamW's first steps are also large for gradients that are only rounding errors.
TEST_P(RecipeOnDevice, CapturedStepsTrainTheSame) {
  expect_done(on_device(train(GetParam(), "device", 8, kSmallSteps), folder_.path()));
  expect_done(on_device(train(GetParam(), "recorded", 8, kSmallSteps + Words{"fit.cuda_graph=true"}), folder_.path()));
  expect_equal_logs(folder_ / "device", folder_ / "recorded", kRounding);
}

TEST_P(RecipeOnDevice, NoStepWaitsOrCopiesSynchronously) {
  for (const std::string graph : {"false", "true"}) {
    std::array<json, 2> reports;
    for (const int64_t times : {1, 2}) {
      const std::string name = "run_" + graph + std::to_string(times), report = (folder_ / (name + ".json")).string();
      const int64_t steps = 8 * times;
      const std::string all = std::to_string(steps);
      const Words words = with_device(
          train(GetParam(), name, steps,
                {"fit.cuda_graph=" + graph, "fit.log_every=" + all, "fit.validate_every=" + all, "fit.checkpoint_every=" + all}),
          "cuda");
      const Outcome outcome = Program(
                                  words, folder_.path(),
                                  [&] {
                                    one_thread();
                                    setenv("INTERPRIOR_PRETENDED_REPORT", report.c_str(), 1);
                                  },
                                  INTERPRIOR_PRETENDED_BINARY)
                                  .finish();
      expect_done(outcome);
      reports[static_cast<size_t>(times - 1)] = json::parse(bytes_of(report));
    }
    EXPECT_EQ(reports[1]["waits"], reports[0]["waits"]) << graph << reports[1]["sites"].dump(1);
    EXPECT_EQ(reports[1]["blocking_uploads"], reports[0]["blocking_uploads"]) << graph << reports[1]["sites"].dump(1);
    EXPECT_GT(reports[0]["blocking_uploads"], 0);  // of initial weights: the counter works
  }
}

INSTANTIATE_TEST_SUITE_P(All, RecipeOnDevice, ::testing::ValuesIn(kRecipes), [](const auto& info) { return info.param.name; });

TEST_F(ProgramOnDevice, MicroBatchesAndFrozenNormsTrainAsOnTheCpu) {
  const Words more = kSmallSteps + Words{"fit.accumulate=2", "fit.norm=frozen"};
  expect_done(on_cpu(train(kRecipes[4], "cpu", 3, more), folder_.path()));
  expect_done(on_device(train(kRecipes[4], "device", 3, more), folder_.path()));
  expect_equal_logs(folder_ / "cpu", folder_ / "device", kRounding);
}

// bf16 has 8 bits: each loss term equals that of fp32 up to a few of them, on CPU and device.
TEST_P(RecipeOnDevice, LossTermsInHalfPrecisionEqualThoseInFull) {
  expect_done(on_device(train(GetParam(), "fp32", 2), folder_.path()));
  expect_done(on_device(train(GetParam(), "bf16", 2, {"fit.precision=bf16"}), folder_.path()));
  expect_done(on_cpu(train(GetParam(), "bf16_cpu", 2, {"fit.precision=bf16"}), folder_.path()));
  const auto full = logged(folder_ / "fp32");
  for (const char* run : {"bf16", "bf16_cpu"}) {
    const auto half = logged(folder_ / run);
    for (const auto& [key, value] : full)
      if (key.first == 1 && key.second.find("train loss") == 0)
        EXPECT_NEAR(half.at(key), value, 0.05 * std::abs(value) + 1e-4) << run << ", " << key.second;
  }
}

TEST_F(ProgramOnDevice, AStoppedRunResumesToTheResultOfAnUninterruptedOne) {
  for (const std::string graph : {"false", "true"}) {
    const Words more = {"fit.cuda_graph=" + graph};
    expect_done(on_device(train(kRecipes[4], "straight" + graph, 8, more), folder_.path()));
    expect_done(on_device(train(kRecipes[4], "parts" + graph, 8, more) + Words{"--stop-after", "4"}, folder_.path()));
    expect_done(on_device(train(kRecipes[4], "parts" + graph, 8, more) + Words{"--resume"}, folder_.path()));
    expect_equal_logs(folder_ / ("straight" + graph), folder_ / ("parts" + graph), graph == "true" ? kRounding : 1e-12);
  }
}

TEST_F(ProgramOnDevice, ValidatesAndPredictsAsTheCpu) {
  const std::string sampler = fixture().sampler().string(), prior = fixture().prior().string();
  const std::vector<Words> commands = {{"evaluate", sampler, "--data", fixture().images().string(), "--split", "test",
                                        "--protocol", "intaghand", "--hypotheses", "3"},
                                       {"evaluate", prior, "--data", fixture().patterns().string(), "--split", "test"}};
  for (size_t i = 0; i < commands.size(); ++i) {
    const std::string a = "cpu" + std::to_string(i), b = "device" + std::to_string(i);
    const Outcome cpu = on_cpu(commands[i] + Words{"--out", a}, folder_.path()),
                  device = on_device(commands[i] + Words{"--out", b}, folder_.path());
    expect_done(cpu);
    expect_done(device);
    for (const char* file : {"metrics.json", "prior.json"}) {
      if (!std::filesystem::exists(folder_ / a / file)) continue;
      const json first = json::parse(bytes_of(folder_ / a / file)).flatten(),
                 second = json::parse(bytes_of(folder_ / b / file)).flatten();
      ASSERT_EQ(first.size(), second.size());
      for (const auto& [key, value] : first.items())
        if (value.is_number_float() && key.find("seconds") == std::string::npos && !second.at(key).is_null())
          EXPECT_NEAR(second.at(key), value.get<double>(), 0.01 * std::abs(value.get<double>()) + 0.02) << key;
    }
  }
  const Words predict = {"predict", sampler, fixture().image().string(), "--hand", fixture().hand().string(), "--features"};
  expect_done(on_cpu(predict + Words{"a.h5", "--out", "a"}, folder_.path()));
  expect_done(on_device(predict + Words{"b.h5", "--out", "b"}, folder_.path()));
  const std::string name = fixture().image().stem().string() + ".json";
  const json a = json::parse(bytes_of(folder_ / "a" / name)).flatten(), b = json::parse(bytes_of(folder_ / "b" / name)).flatten();
  for (const auto& [key, value] : a.items())
    if (value.is_number_float()) EXPECT_NEAR(b.at(key), value.get<double>(), 1e-3 * std::abs(value.get<double>()) + 1e-3) << key;
  EXPECT_EQ(std::filesystem::file_size(folder_ / "a.h5"), std::filesystem::file_size(folder_ / "b.h5"));
}

// The third batch of a size is captured and replayed, the fourth replayed: each with its own image.
TEST_F(ProgramOnDevice, PredictsWithCudaGraphs) {
  std::filesystem::create_directories(folder_ / "photos");
  const cv::Mat photo = cv::imread(fixture().image().string());
  for (const char* name : {"a", "b", "c", "d", "e"})
    cv::imwrite((folder_ / "photos" / (std::string(name) + ".png")).string(), photo + cv::Scalar::all(20 * (name[0] - 'a')));
  const Words predict = {"predict", fixture().sampler().string(), "photos", "--hand", fixture().hand().string(), "--write",
                         "json"};
  expect_done(on_cpu(predict + Words{"--out", "cpu", "--batch", "1"}, folder_.path()));
  expect_done(on_device(predict + Words{"--out", "device", "--batch", "1", "--cuda-graphs"}, folder_.path()));
  std::set<std::string> poses;
  for (const char* name : {"a.json", "b.json", "c.json", "d.json", "e.json"}) {
    const json a = json::parse(bytes_of(folder_ / "cpu" / name)), b = json::parse(bytes_of(folder_ / "device" / name));
    poses.insert(b["right"]["pose"].dump());
    for (size_t i = 0; i < 48; ++i)
      EXPECT_NEAR(a["right"]["pose"][i].get<double>(), b["right"]["pose"][i].get<double>(), 2e-3) << name;
  }
  EXPECT_EQ(poses.size(), 5u);
  const Outcome refused = on_cpu(predict + Words{"--out", "never", "--cuda-graphs"}, folder_.path());
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("CUDA graphs need a GPU"));
}

TEST_F(ProgramOnDevice, TheLogNamesTheDeviceAndItsMatmulPrecision) {
  const Outcome outcome = on_device(train(kRecipes[0], "run", 1, {"fit.tf32=false", "fit.cudnn_benchmark=true"}), folder_.path());
  expect_done(outcome);
  EXPECT_THAT(outcome.err,
              HasSubstr("training on cuda:0, fp32, TF32 off (fit.tf32; always off in validation), cuDNN benchmark on "
                        "(fit.cudnn_benchmark)"));
}

TEST_F(ProgramOnDevice, AMissingDeviceIsNamed) {
  const Outcome outcome = on_device(train(kRecipes[0], "run", 2), folder_.path(), "cuda:1");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("'cuda:1' is out of range: this machine has 1 CUDA device(s)"));
}

TEST_F(ProgramOnDevice, AnOperatorThatCannotBeCapturedIsNamed) {
  const Recipe keypoints{"keypoints", "cues", {"data.cues=keypoints", "model.relative_translation=prior", "fit.cuda_graph=true"}};
  const Outcome outcome = on_device(train(keypoints, "run", 8), folder_.path());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("aten::nonzero"));
  EXPECT_THAT(outcome.err, HasSubstr("fit.cuda_graph"));
}

}  // namespace
}  // namespace interprior
