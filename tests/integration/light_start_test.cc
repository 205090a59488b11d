#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fixture.h"

// Which libraries a command loads: the dynamic loader's own list.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
namespace fs = std::filesystem;

class LightStart : public ::testing::Test {
 protected:
  // Runs the program; `loaded` becomes the list of libraries that were initialised.
  Outcome run(const Words& words, const std::string& library_path = "") {
    const fs::path list = folder_ / "loaded";
    Program program(words, folder_.path(), [&] {
      setenv("LD_DEBUG", "libs", 1);
      setenv("LD_DEBUG_OUTPUT", list.c_str(), 1);
      if (!library_path.empty()) setenv("LD_LIBRARY_PATH", library_path.c_str(), 1);
    });
    const fs::path own = list.string() + "." + std::to_string(program.process());
    Outcome outcome = program.finish();
    loaded_.clear();
    std::istringstream lines(bytes_of(own));
    for (std::string line; std::getline(lines, line);)
      if (line.find("calling init:") != std::string::npos) loaded_ += line + "\n";
    return outcome;
  }
  // A driver that reports one device and has nothing else.
  std::string driver_of_one_device() {
    const fs::path source = folder_ / "driver.c";
    std::ofstream(source)
        << "int cuInit(unsigned flags) { return 0; }\nint cuDeviceGetCount(int* count) { *count = 1; return 0; }\n";
    const std::string command = "cc -shared -o '" + (folder_ / "libcuda.so.1").string() + "' '" + source.string() + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return folder_.path().string();
  }
  static bool has_cuda_build() { return fs::exists(fs::path(INTERPRIOR_BUILD_DIR) / "lib/libinterprior_cuda.so"); }

  TemporaryDirectory folder_;
  std::string loaded_;
};

TEST_F(LightStart, HelpAndErrorsOfArgumentsNeedNoLibTorch) {
  for (const Words& words : {Words{"--version"}, Words{"--help"}, Words{"train", "sampler", "--help"}, Words{"evaluate"},
                             Words{"train", "samplr"}, Words{"sample", "p.safetensors", "--count", "0", "--out", "x.h5"}}) {
    const Outcome outcome = run(words);
    EXPECT_NE(outcome.exit_code, 1) << words[0];
    EXPECT_THAT(loaded_, AllOf(HasSubstr("libstdc++"), Not(HasSubstr("libtorch")), Not(HasSubstr("libinterprior")))) << words[0];
  }
}

TEST_F(LightStart, CommandsWithoutADeviceLoadNoCuda) {
  const std::string path = driver_of_one_device();
  EXPECT_EQ(run({"inspect", fixture().hand().string()}, path).exit_code, 0);
  EXPECT_THAT(loaded_, AllOf(HasSubstr("libinterprior_cpu.so"), HasSubstr("libtorch_cpu.so"), Not(HasSubstr("libtorch_cuda"))));
}

TEST_F(LightStart, CudaIsLoadedForADeviceThatIsThereOrRequested) {
  if (!has_cuda_build()) GTEST_SKIP() << "LibTorch was built without CUDA";
  const Words sample = {"sample", fixture().prior().string(), "--count", "2", "--out", "patterns.h5"};
  EXPECT_EQ(run(sample).exit_code, 0);
  if (dlopen("libcuda.so.1", RTLD_LAZY) == nullptr) EXPECT_THAT(loaded_, Not(HasSubstr("libtorch_cuda")));
  const std::string path = driver_of_one_device();
  EXPECT_EQ(run(sample, path).exit_code, 0);
  EXPECT_THAT(loaded_, AllOf(HasSubstr("libinterprior_cuda.so"), HasSubstr("libtorch_cuda.so")));
  EXPECT_EQ(run(sample + Words{"--device", "cpu"}, path).exit_code, 0);
  EXPECT_THAT(loaded_, Not(HasSubstr("libtorch_cuda")));
  run(sample + Words{"--device", "cuda"});
  EXPECT_THAT(loaded_, HasSubstr("libtorch_cuda.so"));
}

TEST_F(LightStart, AProgramWithoutItsLibrariesReportsTheFile) {
  fs::create_directories(folder_ / "bin");
  fs::copy_file(INTERPRIOR_BINARY, folder_ / "bin/interprior");
  const Outcome outcome = Program({"inspect", "x"}, folder_.path(), {}, folder_ / "bin/interprior").finish();
  EXPECT_EQ(outcome.exit_code, 1);
  ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
  EXPECT_THAT(outcome.errors()[0],
              AllOf(HasSubstr((folder_ / "lib/libinterprior_cpu.so").string()), HasSubstr("install interprior again")));
  EXPECT_THAT(outcome.out, IsEmpty());
}

// A scheduler's signal that comes while libraries are loaded stops the run at its first step and saves.
TEST_F(LightStart, SigUsr1IsHeldFromTheStart) {
  Program program(fixture().train_prior(folder_ / "run", 100000), folder_.path(), [] {
    sigset_t user;
    sigemptyset(&user);
    sigaddset(&user, SIGUSR1);
    sigprocmask(SIG_UNBLOCK, &user, nullptr);
  });
  const std::string maps = "/proc/" + std::to_string(program.process()) + "/maps";
  // Not LibTorch, which the child maps as a copy of this test until it becomes the program.
  ASSERT_TRUE(program.wait_for([&] { return bytes_of(maps).find("libinterprior_cpu") != std::string::npos; }));
  program.send(SIGUSR1);
  EXPECT_EQ(program.finish().exit_code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "run/checkpoints/last.safetensors"));
}

// A link to the program, as in ~/bin, finds the libraries of the program.
TEST_F(LightStart, ALinkToTheProgramFindsItsLibraries) {
  fs::create_symlink(INTERPRIOR_BINARY, folder_ / "interprior");
  EXPECT_EQ(Program({"inspect", fixture().hand().string()}, folder_.path(), {}, folder_ / "interprior").finish().exit_code, 0);
}

}  // namespace
}  // namespace interprior
