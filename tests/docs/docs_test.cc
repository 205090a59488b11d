#include <gmock/gmock.h>

#include "integration/python.h"

// README.md and docs/ against the program: every block is executed unchanged, every name is checked (tests/docs/*.py).
namespace interprior {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Docs : public PythonScripts {
 protected:
  void SetUp() override {
    need("h5py, yaml, PIL");
    setenv("INTERPRIOR_BINARY", INTERPRIOR_BINARY, 1);
  }
  // A project with one page, README.md, and an empty docs/.
  void write_page(const std::string& text) const {
    std::filesystem::create_directories(folder_ / "docs");
    std::ofstream(folder_ / "docs/formats.md") << "# Files\n";
    std::ofstream(folder_ / "README.md") << text;
  }
  int check_pages(std::vector<std::string> words = {}) const { return script("tests/docs/check_pages.py", words); }
  int run_pages(std::vector<std::string> words = {}) const { return script("tests/docs/run_pages.py", words); }
};

TEST_F(Docs, NamesOnlyExistingThings) { EXPECT_EQ(check_pages(), 0) << errors(); }

TEST_F(Docs, EveryBlockRunsUnchanged) {
  EXPECT_EQ(run_pages(), 0) << output() << errors();
  std::cout << output();  // what ran, what was only checked
}

// Tests of the checkers: faults on a page are found.
TEST_F(Docs, InvalidNamesOnAPageAreReported) {
  write_page(R"(# Page
[a](docs/none.md) [b](#nowhere) [c](docs/formats.md#nothing)
`--no-such-option`, `fit.stepps`, `src/none.cc`, `NoSuite.Test`
```bash
interprior train prior --warm-up 3 --set fit.stepz=3
python data_scripts/ho3d_poses.py A B --vall C
```
```yaml
# interprior train prior
fit: {steppps: 3}
```
```cpp
int main() { return 3; }
```
| `model.decoder` | **`scratch`**, `prior` | |
)");
  EXPECT_EQ(check_pages({"--pages", "."}), 1);
  for (const char* words :
       {"docs/none.md leads nowhere", "no heading for #nowhere", "no heading for docs/formats.md#nothing", "--no-such-option",
        "no config key fit.stepps", "no src/none.cc", "no test suite NoSuite", "train prior has no option --warm-up",
        "no config key fit.stepz", "ho3d_poses.py has no option --vall", "no config key fit.steppps",
        "in no main.cc of tests/consumer", "no page shows docs/examples/own_metrics.cc",
        "the default of model.decoder is prior, not scratch", "no page names --rebuild of interprior prepare two-hand"})
    EXPECT_THAT(errors(), HasSubstr(words));
}

TEST_F(Docs, FailingBlocksOfAPageAreReported) {
  const auto expect_fault = [&](const std::string& page, const std::string& words) {
    write_page(page);
    EXPECT_EQ(run_pages({"--pages", "."}), 1) << page;
    EXPECT_THAT(errors(), HasSubstr(words)) << page;
  };
  expect_fault("```bash\nexport PATH=\"$PWD/build/release/bin:$PATH\"\ninterprior inspect nothing.h5\n```\n", "nothing.h5");
  expect_fault("```bash\ninterprior --version\n```\n", "command not found");
  expect_fault("```bash\nfalse | cat\n```\n", "exit code 1");
  expect_fault("```bash\necho $UNDEFINED\n```\n", "UNDEFINED");
  expect_fault("```bash\nif true\n```\n", "no shell syntax");
  expect_fault("<!-- not run: here -->\n```bash\nif true\n```\n", "no shell syntax");
  expect_fault("```\nls\n```\n", "the block's language is ''");
  expect_fault("```bash\necho 12 hands\n```\n<!-- output -->\n```text\n13 feet\n```\n",
               "the page says that this is printed: # feet");
  expect_fault("<!-- given: unicorn.h5 -->\n", "unicorn.h5");
  write_page(
      "```bash\nexport PATH=\"$PWD/build/release/bin:$PWD/.venv/bin:$PATH\" A=3\n```\n```python\nprint('17 hands')\n```\n"
      "<!-- output -->\n```text\n18 hands\n```\n```bash\necho $A\n```\n<!-- not run: here -->\n```bash\nfalse\n```\n");
  EXPECT_EQ(run_pages({"--pages", "."}), 0) << errors();
  EXPECT_THAT(output(), HasSubstr("3 blocks ran, 1 were only checked"));
}

// --out names a folder that the quickstart did not create: the folder stays unchanged.
TEST_F(Docs, TheQuickstartRefusesAFolderThatIsNotItsOwn) {
  std::filesystem::create_directories(folder_ / "mine/images");
  std::ofstream(folder_ / "mine/images/a.jpg") << "mine";
  std::ofstream(folder_ / "file") << "mine";
  for (const char* out : {"mine", ".", "file"}) {
    const std::string line = "cd '" + folder_.path().string() + "' && bash '" + (source_ / "tools/quickstart.sh").string() +
                             "' --out " + out + " > stdout 2> stderr";
    const int status = std::system(line.c_str());
    EXPECT_EQ(WEXITSTATUS(status), 1) << out;
    EXPECT_THAT(errors(), HasSubstr("another --out")) << out;
    EXPECT_THAT(errors(), Not(HasSubstr("setup:"))) << "refused before anything is done";
  }
  EXPECT_EQ(bytes_of(folder_ / "mine/images/a.jpg"), "mine");
  EXPECT_EQ(bytes_of(folder_ / "file"), "mine");
}

}  // namespace
}  // namespace interprior
