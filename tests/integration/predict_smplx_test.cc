#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "fixture.h"
#include "python.h"

// Runs the code of docs/predict.md that passes a prediction to smplx.
namespace interprior {
namespace {

std::string python_of_the_page() {
  const std::string page = bytes_of(std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "docs/predict.md"), fence = "```python\n";
  const size_t begin = page.find(fence);
  if (begin == std::string::npos) throw std::runtime_error("docs/predict.md has no Python");
  return page.substr(begin + fence.size(), page.find("```", begin + fence.size()) - begin - fence.size());
}

std::vector<std::array<double, 3>> vertices_of(const std::string& text, const std::string& prefix) {
  std::vector<std::array<double, 3>> vertices;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(prefix, 0) != 0) continue;
    std::istringstream numbers(line.substr(prefix.size()));
    std::array<double, 3> vertex{};
    for (double& number : vertex) numbers >> number;
    vertices.push_back(vertex);
  }
  return vertices;
}

class PredictInSmplx : public PythonScripts {
 protected:
  void SetUp() override { need("numpy, h5py, torch, smplx"); }
  const Fixture& fixture_ = fixture();
};

TEST_F(PredictInSmplx, TheDocumentedCodeReproducesThePredictedMesh) {
  std::filesystem::copy_file(fixture_.image(), folder_ / "photo.jpg");
  const Outcome outcome = run_program({"predict", fixture_.sampler().string(), "photo.jpg", "--box", "40,100,250,250", "--hand",
                                       fixture_.hand().string(), "--out", "out", "--write", "json,obj", "--presence", "0"},
                                      folder_.path());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::string page = python_of_the_page();
  for (const bool corrected : {false, true}) {
    Words words = {fixture_.hand().string(), (folder_ / "MANO").string()};
    if (corrected) words.push_back("--mended");
    ASSERT_EQ(script("tests/reference/fake_mano.py", words), 0) << errors();
    std::ofstream(folder_ / "page.py") << "import sys\nsys.path.insert(0, '" << (source_ / "tests/reference").string()
                                       << "')\nimport stand_ins\n"
                                       << page << "for v in vertices[0].tolist():\n    print('v', *v)\n";
    ASSERT_EQ(run({"page.py"}), 0) << errors();
    const auto theirs = vertices_of(output(), "v "), ours = vertices_of(bytes_of(folder_ / "out/photo_left.obj"), "v ");
    ASSERT_EQ(theirs.size(), ours.size());
    ASSERT_FALSE(ours.empty());
    double largest = 0;
    for (size_t i = 0; i < ours.size(); ++i)
      for (size_t k = 0; k < 3; ++k) largest = std::max(largest, std::abs(ours[i][k] - theirs[i][k]));
    EXPECT_LT(largest, 2e-5) << "m; corrected left file: " << corrected;
  }
}

}  // namespace
}  // namespace interprior
