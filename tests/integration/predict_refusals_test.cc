#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <torch/types.h>

#include "interprior/base/files/tensor_file.h"
#include "predict_command.h"

// What `predict` refuses, and inputs that might never end.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Otherwise numbers that are not finite would be blamed on the checkpoint.
TEST_F(PredictCommand, CamerasBeyondAllLimitsAreRefusedBeforeAnyWork) {
  photo("a.jpg");
  for (const char* focal : {"0", "-5", "nan", "inf", "1e999", "wide", "5px"}) {
    const Outcome outcome = predict({"a.jpg", "--focal", focal});
    EXPECT_EQ(outcome.exit_code, 2) << focal;
    EXPECT_THAT(outcome.err, HasSubstr("the focal length must be a number of pixels above 0, not '" + std::string(focal)));
  }
  for (const char* focal : {"1e300", "1.1e7", "1e-4"}) {
    const Outcome outcome = predict({"a.jpg", "--focal", focal});
    EXPECT_EQ(outcome.exit_code, 1) << focal;
    EXPECT_THAT(outcome.errors().at(0), AllOf(HasSubstr("a focal length of "), HasSubstr("give 0.001 to 1e7 px")));
  }
  for (const char* camera : {"1e300,1e300,160,120", "500,500,1e300,120", "500,500,160,-1.1e7", "500,1e-9,160,120"}) {
    const Outcome outcome = predict({"a.jpg", "--camera", camera});
    EXPECT_EQ(outcome.exit_code, 1) << camera;
    EXPECT_THAT(outcome.errors().at(0), HasSubstr("none beyond 1e7"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(PredictCommand, OptionsOfKeypointsNeedKeypoints) {
  photo("a.jpg");
  const Outcome outcome = predict({"a.jpg", "--accept", "keypoints_outside"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("--accept"), HasSubstr("--keypoints")));
}

// A pipe without a writer waits for one until a stop signal; what was read before is predicted.
TEST_F(PredictCommand, AStopSignalEndsTheWaitForAPipe) {
  photo("a.jpg");
  mkfifo((folder_ / "pipe").c_str(), 0600);
  Program program(words(Words{"a.jpg", "pipe", "--batch", "1", "--write", "json"} + kBox), folder_.path());
  ASSERT_TRUE(program.wait_for([&] { return has("a"); })) << program.error_output();
  program.send(SIGTERM);
  const Outcome outcome = program.finish();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("interrupted: 1 of 2 inputs done"));

  Program fed(words(Words{"pipe", "--write", "json"} + kBox), folder_.path());
  std::ofstream(folder_ / "pipe", std::ios::binary) << bytes_of(fixture_.image());
  EXPECT_EQ(fed.finish().exit_code, 0);
  EXPECT_EQ(result("pipe")["right"]["pose"], result("a")["right"]["pose"]);
}

// The pipe never ends: what waits for the network is bounded by its bytes, whatever the batch.
TEST_F(PredictCommand, ALargeBatchDoesNotWaitForMoreImagesThanFitInMemory) {
  const cv::Mat photo = cv::imread(fixture_.image().string());
  cv::Mat large;
  cv::repeat(photo, 9'500 / photo.rows + 1, 9'500 / photo.cols + 1, large);
  cv::imwrite((folder_ / "large.jpg").string(), large);
  mkfifo((folder_ / "pipe").c_str(), 0600);
  Program program(words({"large.jpg", "large.jpg", "pipe", "--batch", "4096", "--box", "100,100,64,64", "--write", "json",
                         "--hypotheses", "1"}),
                  folder_.path());
  EXPECT_TRUE(program.wait_for([&] { return has("large") && has("large_2"); })) << program.error_output();
  program.send(SIGTERM);
  EXPECT_EQ(program.finish().exit_code, 130);
}

// Features are written in the first pass: there is no JSON yet when they do not fit on the disk. Otherwise the networks' outputs
// of all frames would stay in memory until the second.
TEST_F(PredictCommand, FeaturesOfASequenceAreWrittenInItsFirstPass) {
  for (const char* name : {"a.jpg", "b.jpg"}) photo(name);
  const Words command = Words{"a.jpg", "b.jpg", "--write", "json,features"} + kBox;
  ASSERT_EQ(predict(command + Words{"--one-shape"}).exit_code, 0);
  ASSERT_EQ(predict(command + Words{"--out", "single"}).exit_code, 0);
  const TensorFileReader sequence(folder_ / "out/features.h5", "interprior.features", 1);
  const TensorFileReader single(folder_ / "single/features.h5", "interprior.features", 1);
  EXPECT_EQ(sequence.read_strings("sample"), (Words{"a", "b"}));
  for (const char* name : {"F", "H", "M", "tau", "X", "z_mean", "z_log_variance"})
    EXPECT_TRUE(torch::equal(sequence.read(name, torch::kFloat32), single.read(name, torch::kFloat32))) << name;

  const Outcome full = predict(command + Words{"--one-shape", "--out", "full"}, [] {
    const rlimit small{30'000, 30'000};
    setrlimit(RLIMIT_FSIZE, &small);
  });
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.errors(), ::testing::ElementsAre(HasSubstr("is the disk full?")));
  EXPECT_THAT(files_of("full"), ::testing::IsEmpty());
}

}  // namespace
}  // namespace interprior
