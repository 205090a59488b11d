#include <gmock/gmock.h>
#include <sys/stat.h>

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

}  // namespace
}  // namespace interprior
