#pragma once
#include <gtest/gtest.h>

#include "fixture.h"

namespace interprior {

inline int shell(const std::string& command, const std::filesystem::path& log) {
  return std::system((command + " >>" + log.string() + " 2>&1").c_str());
}

// The package, installed and then moved, and programs that are built against it alone.
class InstalledPackage : public ::testing::Test {
 protected:
  // Where the package is, once for all tests.
  static const std::filesystem::path& prefix() {
    static const TemporaryDirectory folder;
    static const std::filesystem::path moved = [] {
      const std::filesystem::path installed = folder / "installed", moved = folder / "moved", log = folder / "log";
      EXPECT_EQ(shell("cmake --install " INTERPRIOR_BUILD_DIR " --prefix " + installed.string(), log), 0) << bytes_of(log);
      std::filesystem::rename(installed, moved);
      return moved;
    }();
    return moved;
  }
  // Builds a project of this source tree. Returns the folder of its programs.
  std::filesystem::path built(const std::string& project, const std::string& options = "") {
    const std::filesystem::path build = folder_ / "build";
    run("cmake -G Ninja -S " INTERPRIOR_SOURCE_DIR "/" + project + " -B " + build.string() +
        " -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=" + prefix().string() +
        " -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang " + options);
    run("cmake --build " + build.string());
    return build;
  }
  void run(const std::string& command) { ASSERT_EQ(shell(command, log_), 0) << command << "\n" << bytes_of(log_); }
  // What a program prints to stdout.
  std::string printed(const std::string& command) {
    const std::filesystem::path out = folder_ / "printed";
    run("(" + command + " > " + out.string() + ")");
    return bytes_of(out);
  }

  const TemporaryDirectory folder_;
  const std::filesystem::path log_ = folder_ / "log";
};

}  // namespace interprior
