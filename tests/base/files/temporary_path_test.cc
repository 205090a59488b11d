#include "interprior/base/files/temporary_path.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

fs::path made(const fs::path& path) {
  std::ofstream(path) << "unfinished";
  return path;
}

TEST(TemporaryPath, IsRemovedWithItsOwnerUnlessKept) {
  const TemporaryDirectory folder;
  {
    const TemporaryPath file([&] { return made(folder / "file"); });
  }
  EXPECT_FALSE(fs::exists(folder / "file"));
  {
    TemporaryPath file([&] { return made(folder / "file"); });
    file.keep();
  }
  EXPECT_TRUE(fs::exists(folder / "file"));
}

// In a child process: a partly written file, a partly filled folder, and a signal.
TEST(TemporaryPath, IsRemovedWhenASignalEndsTheProgram) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const TemporaryDirectory folder;
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::signal(SIGHUP, SIG_DFL);  // it is ignored if the tests run under nohup
      remove_temporary_paths_on_signals();
      const AtomicFile file(folder / "out.h5");
      made(file.temporary());
      const TemporaryPath scratch([&] {
        fs::create_directories(folder / "scratch/deep");
        made(folder / "scratch/deep/file");
        return folder / "scratch";
      });
      raise(signal);
      while (true) pause();
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 128 + signal);
    EXPECT_TRUE(fs::is_empty(folder.path()));
  }
}

}  // namespace
}  // namespace interprior
