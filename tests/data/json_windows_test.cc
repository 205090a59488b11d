#include "../../src/data/json_windows.h"

#include <gtest/gtest.h>

#include "interprior/base/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(JsonWindows, FindsMembersAndElements) {
  const TemporaryDirectory folder;
  write_file(folder / "a.json", R"( {"a\"b" : [1, "x]}", {"k": [2]}] , "c":{}, "d":[] })");
  JsonFile file(folder / "a.json");
  std::vector<std::string> keys;
  std::vector<std::string> kinds;
  file.for_each_member(file.whole(), [&](std::string_view key, JsonFile::Window value) {
    keys.emplace_back(key);
    if (key[0] == 'a')
      file.for_each_element(value, [&](JsonFile::Window element) { kinds.push_back(simdjson::minify(file.parse(element))); });
  });
  EXPECT_THAT(keys, ElementsAre("a\\\"b", "c", "d"));
  EXPECT_THAT(kinds, ElementsAre("1", "\"x]}\"", "{\"k\":[2]}"));
  EXPECT_TRUE(file.member(file.whole(), "e").empty());
  int elements = 0;
  file.for_each_element(file.member(file.whole(), "d"), [&](JsonFile::Window) { ++elements; });
  file.for_each_member(file.member(file.whole(), "c"), [&](std::string_view, JsonFile::Window) { ++elements; });
  EXPECT_EQ(elements, 0);
}

TEST(JsonWindows, SaysWhereTheTextIsBroken) {
  const TemporaryDirectory folder;
  const auto visit = [&](const std::string& text) {
    write_file(folder / "a.json", text);
    JsonFile file(folder / "a.json");
    file.for_each_member(file.whole(), [&](std::string_view, JsonFile::Window value) { file.parse(value); });
  };
  EXPECT_NO_THROW(visit(R"({"a": 1, "b": [true, null]})"));
  EXPECT_THAT([&] { visit(""); }, ThrowsError(AllOf(HasSubstr("a.json:byte 0"), HasSubstr("expected an object"))));
  EXPECT_THAT([&] { visit(R"({"a": 1)"); }, ThrowsError(HasSubstr(":byte 7")));
  EXPECT_THAT([&] { visit(R"({"a": [1, 2)"); }, ThrowsError(HasSubstr(":byte 6")));
  EXPECT_THAT([&] { visit(R"({"a": "x)"); }, ThrowsError(HasSubstr(":byte 6")));
  EXPECT_THAT([&] { visit(R"({"a" 1})"); }, ThrowsError(HasSubstr("':'")));
  EXPECT_THAT([&] { visit(R"({"a": })"); }, ThrowsError(HasSubstr("expected a value")));
  EXPECT_THAT([&] { visit(R"({"a": [1, 2}})"); }, ThrowsError(HasSubstr(":byte 6")));
  EXPECT_THAT([&] { visit(R"({"a": nul})"); }, ThrowsError(HasSubstr(":byte 6")));
  EXPECT_THAT([&] { visit("[]"); }, ThrowsError(HasSubstr("expected an object")));
}

}  // namespace
}  // namespace interprior
