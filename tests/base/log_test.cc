#include "interprior/base/log.h"

#include <gmock/gmock.h>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
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
  log_debug("hidden");
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
  set_log_level(LogLevel::debug);
  log_debug("shown");
  set_log_level(LogLevel::off);
  log_error("hidden");
  EXPECT_EQ(GetCapturedStderr(), "[debug] shown\n");
}

TEST_F(LogTest, AFileGetsEveryLineAndItsFolder) {
  const TemporaryDirectory folder;
  const auto path = folder / "run/log.txt";
  CaptureStderr();
  log_info("before");
  log_to_file(path.string());
  log_info("after");
  log_warning("too");
  GetCapturedStderr();
  const std::string text = read_file(path);
  EXPECT_THAT(text, HasSubstr(" after\n"));
  EXPECT_THAT(text, HasSubstr(" [warning] too\n"));
  EXPECT_THAT(text, Not(HasSubstr("before")));
}

TEST_F(LogTest, AFileThatCannotBeWrittenIsReported) {
  CaptureStderr();
  log_to_file("/proc/nowhere/log.txt");
  log_info("still here");
  const std::string said = GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("[error] cannot write the log file /proc/nowhere/log.txt"));
  EXPECT_THAT(said, HasSubstr("still here"));
}

}  // namespace
}  // namespace interprior
