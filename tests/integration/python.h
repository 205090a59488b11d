#pragma once
#include <gtest/gtest.h>

#include "program.h"

namespace interprior {

// Runs the project's Python scripts with .venv/bin/python in a temporary folder.
class PythonScripts : public ::testing::Test {
 protected:
  void need(const std::string& modules) const {
    if (!std::filesystem::exists(python_)) GTEST_SKIP() << "there is no .venv/bin/python (tools/setup.sh makes it)";
    if (run({"-c", "import " + modules}) != 0)
      GTEST_SKIP() << "a Python package of tests/reference/requirements.txt is missing: " << errors();
  }
  int run(const std::vector<std::string>& words) const {
    std::string line = "cd '" + folder_.path().string() + "' && '" + python_.string() + "'";
    for (const std::string& word : words) line += " '" + word + "'";
    const int status = std::system((line + " > stdout 2> stderr").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  int script(const std::string& name, std::vector<std::string> words) const {
    words.insert(words.begin(), (source_ / name).string());
    return run(words);
  }
  // Runs Python code with numpy and the writers imported.
  int lines(const std::string& code) const {
    std::ofstream(folder_ / "lines.py") << "import sys\nsys.path.insert(0, '" << (source_ / "data_scripts").string()
                                        << "')\nimport numpy as np\n"
                                        << code;
    return run({"lines.py"});
  }
  std::string errors() const { return bytes_of(folder_ / "stderr"); }
  std::string output() const { return bytes_of(folder_ / "stdout"); }

  const std::filesystem::path source_ = INTERPRIOR_SOURCE_DIR, python_ = source_ / ".venv/bin/python";
  const TemporaryDirectory folder_;
};

}  // namespace interprior
