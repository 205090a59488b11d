#include "interprior/base/log.h"

#include <gtest/gtest.h>

namespace interprior {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

// Restores the log level, as the logger is global.
struct LogTest : ::testing::Test {
  ~LogTest() override { set_log_level(LogLevel::info); }
};

TEST_F(LogTest, WritesPlainLinesToStderrOnly) {
  set_log_level(LogLevel::info);
  CaptureStdout();
  CaptureStderr();
  log_info("step 1 {} %v");
  log_warning("careful");
  log_error("broken");
  EXPECT_EQ(GetCapturedStderr(), "step 1 {} %v\n[warning] careful\n[error] broken\n");
  EXPECT_EQ(GetCapturedStdout(), "");
}

TEST_F(LogTest, LevelHidesWhatIsBelow) {
  CaptureStderr();
  set_log_level(LogLevel::error);
  log_warning("hidden");
  set_log_level(LogLevel::warning);
  log_info("hidden");
  log_warning("shown");
  set_log_level(LogLevel::off);
  log_error("hidden");
  EXPECT_EQ(GetCapturedStderr(), "[warning] shown\n");
}

}  // namespace
}  // namespace interprior
