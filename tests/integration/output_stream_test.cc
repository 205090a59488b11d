#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "fixture.h"

// What the program does when its standard output cannot be written.
namespace interprior {
namespace {

class OutputStream : public ::testing::Test {
 protected:
  Outcome with_stdout(const Words& words, int stream, void (*broken_pipe)(int) = SIG_DFL) const {
    return Program(words, folder_.path(),
                   [=] {
                     std::signal(SIGPIPE, broken_pipe);
                     dup2(stream, STDOUT_FILENO);
                   })
        .finish();
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(OutputStream, AFullDiskIsAnErrorOfEveryCommandThatPrints) {
  const int full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  std::filesystem::copy_file(fixture_.image(), folder_ / "photo.jpg");
  for (const Words& words :
       {Words{"--version"}, Words{"predict", "--help"}, Words{"explain"}, Words{"explain", "fit.steps"},
        Words{"inspect", fixture_.prior().string(), "--json"}, Words{"inspect", fixture_.hand().string()},
        Words{"evaluate", fixture_.prior().string(), "--data", fixture_.patterns().string(), "--samples", "64", "--json"},
        Words{"predict", fixture_.sampler().string(), "photo.jpg", "--box", "40,100,250,250", "--write", "json"}}) {
    const Outcome outcome = with_stdout(words, full);
    EXPECT_EQ(outcome.exit_code, 1) << words[0] << outcome.err;
    ASSERT_EQ(outcome.errors().size(), 1u) << words[0] << outcome.err;
    EXPECT_EQ(outcome.errors()[0], "error: standard output cannot be written: No space left on device") << words[0];
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "predictions/photo.json"));
  close(full);
}

// The file size limit cuts the output in its middle; what fails is no longer the last write.
TEST_F(OutputStream, OutputThatIsCutInTheMiddleIsAnError) {
  const int file = open((folder_ / "keys").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  const std::string before(99'000, ' ');
  ASSERT_EQ(write(file, before.data(), before.size()), static_cast<ssize_t>(before.size()));
  const Outcome outcome = Program({"explain"}, folder_.path(), [=] {
                            const rlimit small{100'000, 100'000};
                            setrlimit(RLIMIT_FSIZE, &small);
                            std::signal(SIGXFSZ, SIG_IGN);
                            dup2(file, STDOUT_FILENO);
                          }).finish();
  close(file);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, "error: standard output cannot be written: File too large\n");
}

// As of `| head`: not an error that is worth a line.
TEST_F(OutputStream, AReaderThatHasEndedIsNoError) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  for (const Words& words : {Words{"explain"}, Words{"--version"}}) {
    const Outcome ended = with_stdout(words, ends[1]);
    EXPECT_EQ(ended.exit_code, 128 + SIGPIPE);
    EXPECT_EQ(ended.err, "");
    const Outcome ignoring = with_stdout(words, ends[1], SIG_IGN);
    EXPECT_EQ(ignoring.exit_code, 0);
    EXPECT_EQ(ignoring.err, "");
  }
  close(ends[1]);
}

// The reason of a failed command stays the one that is reported by the exit code.
TEST_F(OutputStream, AnErrorOfTheCommandKeepsItsExitCode) {
  const int full = open("/dev/full", O_WRONLY);
  EXPECT_EQ(with_stdout({"trian"}, full).exit_code, 2);
  close(full);
}

}  // namespace
}  // namespace interprior
