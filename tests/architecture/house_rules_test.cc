#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source_tree.h"

namespace interprior {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kCodeFolders = {"include", "src", "tools", "tests", "data_scripts", "cmake"};
const std::set<std::string> kCodeFiles = {".h", ".cc", ".py", ".sh", ".cmake"};

// The words of snake_case, PascalCase and kConstant names, in lower case.
std::vector<std::string> words_of(const std::string& name) {
  static const std::regex word("[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+");
  std::vector<std::string> words;
  for (std::sregex_iterator it(name.begin(), name.end(), word), end; it != end; ++it) {
    std::string text = it->str();
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    words.push_back(text);
  }
  return words;
}

bool is_forbidden_name(const std::string& name) {
  static const std::set<std::string> forbidden = {"util",    "utils",    "helper",  "helpers",  "misc",      "common",
                                                  "manager", "managers", "handler", "handlers", "processor", "processors"};
  for (const std::string& word : words_of(name))
    if (forbidden.count(word)) return true;
  return false;
}

// Names from third-party interfaces.
bool is_foreign_name(const std::string& name) { return name == "sa_handler" || name == "error_handler_t"; }

std::vector<std::string> forbidden_identifiers(const std::string& source) {
  static const std::regex include_line("[ \\t]*#[ \\t]*include[^\\n]*"), identifier("[A-Za-z_]\\w*");
  static const std::regex foreign_scope("\\b(at|c10|torch|cv|std|YAML|nlohmann)::[\\w:]+");
  const std::string code = std::regex_replace(std::regex_replace(code_only(source), include_line, ""), foreign_scope, "");
  std::vector<std::string> found;
  for (std::sregex_iterator it(code.begin(), code.end(), identifier), end; it != end; ++it)
    if (is_forbidden_name(it->str()) && !is_foreign_name(it->str())) found.push_back(it->str());
  return found;
}

TEST(HouseRules, FilesAreShort) {
  std::vector<size_t> lengths;
  for (const auto& file : files_below(kCodeFolders, kCodeFiles)) {
    const size_t length = lines_of(text_of(file)).size();
    EXPECT_LE(length, 400u) << within_project(file);
    lengths.push_back(length);
  }
  ASSERT_FALSE(lengths.empty());
  std::nth_element(lengths.begin(), lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2), lengths.end());
  EXPECT_LT(lengths[lengths.size() / 2], 150u) << "the median file";
}

TEST(HouseRules, LinesAreClean) {
  for (const auto& file : files_below({"include", "src", "tools", "tests"}, {".h", ".cc"})) {
    int number = 0;
    for (const std::string& line : lines_of(text_of(file))) {
      ++number;
      EXPECT_EQ(line.find_first_of("\t\r"), std::string::npos)
          << within_project(file) << ":" << number << " has a tab or a carriage return";
      EXPECT_TRUE(line.empty() || line.back() != ' ') << within_project(file) << ":" << number << " ends with a space";
    }
  }
}

TEST(HouseRules, NamesAreDescriptive) {
  for (const auto& file : files_below(kCodeFolders, kCodeFiles))
    EXPECT_FALSE(is_forbidden_name(within_project(file))) << within_project(file);
  for (const auto& file : files_below({"include", "src", "tools"}, {".h", ".cc"}))
    EXPECT_THAT(forbidden_identifiers(text_of(file)), IsEmpty()) << within_project(file);
}

TEST(HouseRules, NoCodeIsUnfinished) {
  // Split, so that this file does not match itself.
  const std::string words = std::string("TO") + "DO|FIX" + "ME|st" + "ub|place" + "holder|for" + " now|not" + " implemented";
  const std::regex unfinished("\\b(" + words + ")\\b", std::regex::icase);
  for (const auto& file : files_below({"include", "src", "tools", "tests", "data_scripts", "cmake", "configs", "docs"},
                                      {".h", ".cc", ".py", ".sh", ".cmake", ".yaml", ".md", ".txt"})) {
    int number = 0;
    for (const std::string& line : lines_of(text_of(file))) {
      ++number;
      EXPECT_FALSE(std::regex_search(line, unfinished)) << within_project(file) << ":" << number << ": " << line;
    }
  }
}

// The tree cites only its own pages.
TEST(HouseRules, OnlyPagesOfTheProjectAreCited) {
  const std::regex cited(std::string("\\b(METH") + "OD|DATA_AND_" + "PROTOCOLS|KEY" + "POINTS|ENGINEER" + "ING|GLOSS" +
                         "ARY|CLUST" + "ERS|CAS" + "ES)( ?§| [0-9]|\\.md)");
  for (const auto& file : files_below({"include", "src", "tools", "tests", "data_scripts", "cmake", "configs", "docs"},
                                      {".h", ".cc", ".py", ".sh", ".cmake", ".yaml", ".md", ".txt"})) {
    int number = 0;
    for (const std::string& line : lines_of(text_of(file))) {
      ++number;
      EXPECT_FALSE(std::regex_search(line, cited)) << within_project(file) << ":" << number << ": " << line;
    }
  }
}

TEST(HouseRules, TheTopLevelHoldsOnlyKnownEntries) {
  const std::set<std::string> known = {"CMakeLists.txt", "CMakePresets.json", "include", "src",   "configs",   "tools",
                                       "tests",          "data_scripts",      "docs",    "cmake", "README.md", "LICENSE"};
  std::set<std::string> ignored;  // ignored by git: build and run outputs
  for (const std::string& line : lines_of(text_of(kSource / ".gitignore")))
    ignored.insert(std::regex_replace(line, std::regex("^/|/$"), ""));
  for (const auto& entry : std::filesystem::directory_iterator(kSource)) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(name[0] == '.' || known.count(name) || ignored.count(name)) << name << " has no place at the top level";
  }
}

// The checkers themselves.
TEST(HouseRulesChecker, FindsForbiddenNamesInCodeOnly) {
  EXPECT_THAT(forbidden_identifiers("struct PoseHandler {};  // a helper\nint mesh_utils(\"manager\");\n"),
              ElementsAre("PoseHandler", "mesh_utils"));
  EXPECT_THAT(forbidden_identifiers("action.sa_handler = stop; c10::util::x(); int commonplace, processors_word_is_not;\n"),
              ElementsAre("processors_word_is_not"));
  EXPECT_TRUE(is_forbidden_name("src/common/x.cc"));
  EXPECT_FALSE(is_forbidden_name("src/hand/contact.cc"));
}

TEST(HouseRulesChecker, CodeOnlyKeepsLines) {
  EXPECT_EQ(code_only("a /* x\ny */ b // c\n\"// no \\\" comment\" d"), "a \n b \n d");
}

}  // namespace
}  // namespace interprior
