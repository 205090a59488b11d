#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "source_tree.h"
#include "support/temporary_directory.h"

namespace interprior {
namespace {

struct CompileCommand {
  std::string folder, command;
};

// Compile command of a source file of this room, without the file, its object and its dependency file. All rooms share one
// precompiled header, so a header is compiled like any file of its room.
CompileCommand syntax_check_of(const nlohmann::json& database, const std::string& room) {
  for (const auto& entry : database) {
    const std::string file = entry.at("file");
    const std::string command = entry.at("command");
    if (file.find("/src/" + room + "/") == std::string::npos || command.find("cmake_pch") == std::string::npos) continue;
    const size_t output = command.find(" -o ");
    if (output == std::string::npos) continue;
    return {entry.at("directory"), command.substr(0, output) + " -fsyntax-only -x c++ "};
  }
  throw std::runtime_error("compile_commands.json has no file of room " + room);
}

// Compiler diagnostics of a file; empty if none.
std::string complaints(const CompileCommand& check, const std::filesystem::path& file, const std::filesystem::path& log) {
  const std::string compile = check.command + "'" + file.string() + "' > '" + log.string() + "' 2>&1";
  const std::string command = "cd '" + check.folder + "' && " + compile;
  const int status = std::system(command.c_str());
  return status == 0 ? "" : text_of(log) + "\nexit status " + std::to_string(status);
}

class PublicHeaders : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path database = std::filesystem::path(INTERPRIOR_BUILD_DIR) / "compile_commands.json";
    if (!std::filesystem::exists(database)) GTEST_SKIP() << "the build wrote no compile_commands.json";
    database_ = nlohmann::json::parse(text_of(database));
  }
  std::filesystem::path source_with(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  TemporaryDirectory folder_;
  nlohmann::json database_;
};

// Whether the source file of the same name includes the header first: then the build has already checked it.
bool first_in_its_source(const std::filesystem::path& header) {
  const std::string path = within_project(header).substr(std::string("include/").size());
  const std::filesystem::path source =
      kSource / "src" / std::filesystem::path(path.substr(std::string("interprior/").size())).replace_extension(".cc");
  if (!std::filesystem::exists(source)) return false;
  for (const std::string& line : lines_of(text_of(source)))
    if (line.rfind("#include", 0) == 0) return line.find("\"" + path + "\"") != std::string::npos;
  return false;
}

TEST_F(PublicHeaders, EachCompilesAlone) {
  std::vector<std::filesystem::path> headers;
  for (const auto& header : files_below({"include"}, {".h"}))
    if (!first_in_its_source(header)) headers.push_back(header);
  ASSERT_FALSE(headers.empty());
  std::atomic<size_t> next{0};
  std::mutex mutex;
  const auto work = [&] {
    for (size_t i; (i = next++) < headers.size();) {
      const std::string path = within_project(headers[i]).substr(std::string("include/").size());
      const std::string room = std::next(std::filesystem::path(path).begin())->string();
      const auto file = source_with(std::to_string(i) + ".cc", "#include \"" + path + "\"\n");
      const std::string text = complaints(syntax_check_of(database_, room), file, folder_ / (std::to_string(i) + ".log"));
      const std::lock_guard lock(mutex);
      EXPECT_EQ(text, "") << path;
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
}

TEST_F(PublicHeaders, AHeaderWithoutItsIncludesIsFound) {
  source_with("lonely.h", "#pragma once\ninline interprior::Seed first() { return {}; }\n");
  const auto file = source_with("lonely.cc", "#include \"lonely.h\"\n");
  EXPECT_THAT(complaints(syntax_check_of(database_, "base"), file, folder_ / "log"), ::testing::HasSubstr("interprior"));
}

TEST_F(PublicHeaders, EachIsGuardedAndDeclaresTheNamespace) {
  for (const auto& header : files_below({"include"}, {".h"})) {
    const std::string text = text_of(header);
    EXPECT_EQ(text.rfind("#pragma once\n", 0), 0u) << within_project(header);
    EXPECT_NE(text.find("namespace interprior {"), std::string::npos) << within_project(header);
    EXPECT_EQ(text.find("using namespace"), std::string::npos) << within_project(header);
  }
}

// Adds what a header includes, and what that includes, in the brackets and quotes of the lines.
void add_includes(const std::string& header, std::set<std::string>& found) {
  for (const std::string& line : lines_of(text_of(kSource / "include" / header))) {
    if (line.rfind("#include ", 0) != 0) continue;
    const std::string name = line.substr(std::string("#include ").size());
    if (found.insert(name).second && name.rfind("\"interprior/", 0) == 0) add_includes(name.substr(1, name.size() - 2), found);
  }
}

// Their users' headers include these (docs/library.md, Compile times).
TEST(LightHeaders, ThoseOfPhotosAndKeypointsNeedNeitherOperatorsOfLibTorchNorNetworks) {
  for (const char* header : {"interprior/infer/reconstructor.h", "interprior/infer/keypoint_fit/keypoint_fit.h",
                             "interprior/infer/original_camera.h", "interprior/infer/keypoints/keypoints.h"}) {
    std::set<std::string> found;
    add_includes(header, found);
    EXPECT_EQ(found.count("\"interprior/base/tensor.h\""), 1u) << header;
    for (const std::string& name : found) EXPECT_NE(name.rfind("<torch/", 0), 0u) << header << " includes " << name;
  }
}

}  // namespace
}  // namespace interprior
