#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "fixture.h"
#include "interprior/base/files/safetensors.h"

// Which libraries a command loads: the dynamic loader's own list.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
namespace fs = std::filesystem;

const fs::path kGolden = fs::path(INTERPRIOR_SOURCE_DIR) / "tests/golden";

// A safetensors file: its header's length, the header, data.
std::string file_of(const std::string& header, const std::string& data = "") {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}

// Numbers of tensors and of their elements, averaged weights left out, from the tensors themselves.
json counts_of(const Safetensors& file) {
  int64_t tensors = 0, numbers = 0;
  for (const std::string& name : file.names()) {
    if (name.starts_with("averaged.")) continue;
    ++tensors;
    numbers += file.tensor(name).numel();
  }
  return {{"tensors", tensors}, {"numbers", numbers}};
}

// What `inspect --json` prints of a checkpoint.
json description_of(const Safetensors& file) {
  const std::map<std::string, std::string>& metadata = file.metadata();
  json description = counts_of(file);
  description["averaged_weights"] = file.names().size() > description["tensors"].get<size_t>();
  description["kind"] = "checkpoint";
  description["network"] = metadata.at("kind");
  for (const char* key : {"format", "step"}) description[key] = std::stoll(metadata.at(key));
  description["trained_on_splits"] = metadata.at("splits");
  for (const char* key : {"file", "source", "hash"}) description["hand"][key] = metadata.at("hand_" + std::string(key));
  description["metrics"] = json::object();
  for (const auto& [key, value] : metadata)
    if (key.starts_with("metric.")) description["metrics"][key.substr(7)] = std::stod(value);
  for (const char* key : {"config", "cues"})
    if (metadata.count(key)) description[key] = metadata.at(key);
  return description;
}

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
  // The last command loaded neither LibTorch nor the commands.
  void expect_light(const std::string& command) const {
    EXPECT_THAT(loaded_, AllOf(HasSubstr("libstdc++"), Not(HasSubstr("libtorch")), Not(HasSubstr("libinterprior")))) << command;
  }
  // `inspect` of the file ends with one error and without LibTorch.
  void expect_light_error(const fs::path& file, const std::string& message) {
    const Outcome outcome = run({"inspect", file.string(), "--json"});
    EXPECT_EQ(outcome.exit_code, 1) << file << outcome.err;
    ASSERT_EQ(outcome.errors().size(), 1u) << file << outcome.err;
    EXPECT_THAT(outcome.errors()[0], AllOf(HasSubstr(message), HasSubstr(file.string())));
    EXPECT_THAT(outcome.out, IsEmpty()) << file;
    expect_light(file.string());
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
    expect_light(words[0]);
  }
}

TEST_F(LightStart, InspectOfACheckpointNeedsNoLibTorch) {
  for (const fs::path& path : {fixture().prior(), fixture().sampler(), kGolden / "prior_format_4.safetensors",
                               kGolden / "sampler_format_1.safetensors"}) {
    const Outcome outcome = run({"inspect", path.string(), "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(json::parse(outcome.out, nullptr, false), description_of(Safetensors(path))) << path;
    expect_light(path.string());
  }
}

TEST_F(LightStart, InspectPrintsACheckpointAsText) {
  const fs::path path = kGolden / "prior_format_1.safetensors";
  const Outcome outcome = run({"inspect", path.string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "kind               checkpoint\n"
            "network            prior\n"
            "format             1\n"
            "step               2\n"
            "tensors            26\n"
            "numbers            4443\n"
            "averaged_weights   true\n"
            "trained_on_splits  train\n"
            "hand\n"
            "  file    hand.h5\n"
            "  source  procedural\n"
            "  hash    97fc656723437396\n"
            "metrics\n"
            "  active_dimensions              4\n"
            "  prior_joint_error_mm           63.292\n"
            "  prior_joint_error_per_hand_mm  46.5701\n"
            "  prior_vertex_error_mm          61.2301\n"
            "config\n" +
                Safetensors(path).metadata().at("config"));
  expect_light("inspect");
}

// A training state, a file written by Python, and tensors without elements.
TEST_F(LightStart, InspectOfOtherSafetensorsFilesNeedsNoLibTorch) {
  fs::path state = fixture().prior();
  state.replace_extension(".resume.safetensors");
  std::ofstream(folder_ / "none.safetensors") << file_of(R"({"a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}})");
  const fs::path python = fs::path(INTERPRIOR_SOURCE_DIR) / "tests/base/golden/files_python.safetensors";
  for (const auto& [path, kind] :
       {std::pair{state, "interprior.resume"}, {python, "safetensors"}, {folder_ / "none.safetensors", "safetensors"}}) {
    json expected = counts_of(Safetensors(path));
    expected["kind"] = kind;
    const Outcome outcome = run({"inspect", path.string(), "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(json::parse(outcome.out, nullptr, false), expected) << path;
    expect_light(path.string());
  }
}

TEST_F(LightStart, InspectOfADamagedSafetensorsFileIsOneError) {
  const std::string good = file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "01234567");
  const std::string header_is_longer = std::string("\xff\0\0\0\0\0\0\0", 8) + "{}";
  const std::tuple<const char*, std::string, const char*> damaged[] = {
      {"empty", "", "an empty file"},
      {"short", good.substr(0, 7), "shorter than 8 bytes"},
      {"cut_in_the_header", good.substr(0, 30), "claims a header"},
      {"cut_in_the_data", good.substr(0, good.size() - 1), "are outside the 7 bytes of data"},
      {"long_header", header_is_longer, "claims a header of 255 bytes"},
      {"list", file_of("[]"), "not a JSON object"},
      {"no_json", file_of("{\"a\":"), "not a JSON object"},
      {"page", "<!doctype html>", "a web page"},
      {"huge", file_of(R"({"a":{"dtype":"F32","shape":[0,4611686018427387904,8],"data_offsets":[0,0]}})"),
       "more bytes than any file"},
      {"no_checkpoint", file_of(R"({"__metadata__":{"kind":"prior"}})"), "not a checkpoint of interprior"},
      {"newer", file_of(R"({"__metadata__":{"kind":"prior","program":"interprior","format":"99"}})"), "has format 99"}};
  for (const auto& [name, bytes, message] : damaged) {
    const fs::path path = folder_ / (std::string(name) + ".safetensors");
    std::ofstream(path, std::ios::binary) << bytes;
    expect_light_error(path, message);
  }
}

TEST_F(LightStart, InspectOfAPathThatIsNoFileIsOneError) {
  expect_light_error(folder_ / "absent.safetensors", "there is no such file or folder");
  ASSERT_EQ(mkfifo((folder_ / "pipe.safetensors").c_str(), 0600), 0);
  expect_light_error(folder_ / "pipe.safetensors", "this is not a file");
  fs::create_symlink("loop.safetensors", folder_ / "loop.safetensors");
  expect_light_error(folder_ / "loop.safetensors", "symbolic links");
}

// A folder is no file of weights whatever its name, and drawing needs the commands.
TEST_F(LightStart, InspectOfAFolderAndDrawingLoadTheCommands) {
  fs::create_directory_symlink(fixture().prior_run(), folder_ / "run.safetensors");
  const Outcome folder = run({"inspect", (folder_ / "run.safetensors").string(), "--json"});
  EXPECT_EQ(json::parse(folder.out, nullptr, false)["kind"], "run") << folder.err;
  EXPECT_THAT(loaded_, HasSubstr("libinterprior_cpu.so"));
  const Outcome drawn = run({"inspect", fixture().prior().string(), "--draw", "drawn"});
  EXPECT_EQ(drawn.exit_code, 1);
  EXPECT_THAT(drawn.err, HasSubstr("no hand file is given"));
  EXPECT_THAT(loaded_, HasSubstr("libinterprior_cpu.so"));
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
  const Outcome weights =
      Program({"inspect", fixture().prior().string()}, folder_.path(), {}, folder_ / "bin/interprior").finish();
  EXPECT_EQ(weights.exit_code, 0) << weights.err;
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
