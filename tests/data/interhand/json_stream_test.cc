#include "data/interhand/json_stream.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "interprior/base/seed.h"
#include "small_root.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(JsonStream, VisitsMembersAndElements) {
  const TemporaryDirectory folder;
  const std::string text = R"( {"a\"b" : [1, "x]}", {"k": [2]}] , "skipped": [{"}": "]"}, "\\"], "c":{}, "d":[] , "e": 5})";
  write_plainly(folder / "a.json", text);
  JsonStream file(folder / "a.json");
  std::vector<std::string> keys, elements;
  std::vector<size_t> bytes;
  const auto keep = [&](simdjson::dom::element element, size_t byte) {
    elements.push_back(simdjson::minify(element));
    bytes.push_back(byte);
  };
  file.members([&](const std::string& key) {
    keys.push_back(key);
    if (key[0] == 'a' || key == "d") file.elements(keep);
    if (key == "c") file.members([&](const std::string&) { ADD_FAILURE(); });
    if (key == "e") {
      EXPECT_EQ(int64_t(file.value()), 5);
    }
  });
  file.finish();
  EXPECT_THAT(keys, ElementsAre("a\\\"b", "skipped", "c", "d", "e"));
  EXPECT_THAT(elements, ElementsAre("1", "\"x]}\"", "{\"k\":[2]}"));
  EXPECT_THAT(bytes, ElementsAre(text.find("1,"), text.find("\"x]}\""), text.find("{\"k\"")));
}

// Texts longer than one read, with values across its borders.
TEST(JsonStream, DoesNotDependOnWhereReadsEnd) {
  const TemporaryDirectory folder;
  Random random(Seed{3});
  nlohmann::json tree = {
      {"long", std::string(3'000'000, '"')}, {"list", nlohmann::json::array()}, {"skipped", std::string(2'500'000, '\\')}};
  for (int64_t i = 0; i < 40'000; ++i)
    tree["list"].push_back({{"id", i}, {"text", std::string(static_cast<size_t>(random.integer(120)), i % 3 == 0 ? ']' : '"')}});
  tree["z"] = {{"big", std::vector<int>(400'000, 7)}, {"small", 1}};
  write_plainly(folder / "a.json", tree.dump());
  JsonStream file(folder / "a.json");
  int64_t elements = 0, members = 0;
  file.members([&](const std::string& key) {
    if (key == "long") {
      EXPECT_EQ(std::string_view(file.value()).size(), 3'000'000u);
    } else if (key == "list") {
      file.elements([&](simdjson::dom::element element, size_t) {
        const auto& expected = tree["list"][static_cast<size_t>(elements)];
        ASSERT_EQ(int64_t(element["id"]), elements++);
        ASSERT_EQ(std::string_view(element["text"]), expected["text"].get<std::string>());
      });
    } else if (key == "z") {
      file.members([&](const std::string& name) {
        ++members;
        if (name == "big") {
          EXPECT_EQ(file.value().get_array().size(), 400'000u);
        }
      });
    }
  });
  file.finish();
  EXPECT_EQ(elements, 40'000);
  EXPECT_EQ(members, 2);
}

TEST(JsonStream, DistinguishesContents) {
  const TemporaryDirectory folder;
  const auto hash = [&](const std::string& text) {
    write_plainly(folder / "a.json", text);
    JsonStream file(folder / "a.json");
    file.members([](const std::string&) {});
    file.finish();
    return file.hash();
  };
  EXPECT_EQ(hash(R"({"a": 1})"), hash(R"({"a": 1})"));
  EXPECT_NE(hash(R"({"a": 1})"), hash(R"({"a": 2})"));
  EXPECT_NE(hash(R"({"a": 1})"), hash(R"({"a": 1} )"));
}

TEST(JsonStream, NamesThePositionOfSyntaxErrors) {
  const TemporaryDirectory folder;
  const auto visit = [&](const std::string& text) {
    write_plainly(folder / "a.json", text);
    JsonStream file(folder / "a.json");
    file.members([&](const std::string& key) {
      if (key == "list")
        file.elements([](simdjson::dom::element, size_t) {});
      else if (key != "skip")
        file.value();
    });
    file.finish();
  };
  EXPECT_NO_THROW(visit(R"({"a": 1, "b": [true, null]})"));
  EXPECT_THAT([&] { visit(""); }, ThrowsError(AllOf(HasSubstr("a.json:byte 0"), HasSubstr("expected an object"))));
  EXPECT_THAT([&] { visit(R"({"a": 1)"); }, ThrowsError(HasSubstr(":byte 7")));
  EXPECT_THAT([&] { visit(R"({"a": [1, 2)"); }, ThrowsError(HasSubstr(":byte 6")));
  EXPECT_THAT([&] { visit(R"({"a": "x)"); }, ThrowsError(HasSubstr(":byte 6")));
  EXPECT_THAT([&] { visit(R"({"a" 1})"); }, ThrowsError(HasSubstr("':'")));
  EXPECT_THAT([&] { visit(R"({"a": })"); }, ThrowsError(HasSubstr("expected a value")));
  EXPECT_THAT([&] { visit(R"({"skip": })"); }, ThrowsError(HasSubstr("expected a value")));
  EXPECT_THAT([&] { visit(R"({"skip": [1)"); }, ThrowsError(HasSubstr(":byte 9")));
  EXPECT_THAT([&] { visit(R"({"a": [1, 2}})"); }, ThrowsError(HasSubstr(":byte 6")));
  EXPECT_THAT([&] { visit(R"({"a": nul})"); }, ThrowsError(HasSubstr(":byte 6")));
  EXPECT_THAT([&] { visit("[]"); }, ThrowsError(HasSubstr("expected an object")));
  EXPECT_THAT([&] { visit("{} {}"); }, ThrowsError(HasSubstr(":byte 3")));
  // Reports the byte of the faulty element, not of its batch.
  EXPECT_THAT([&] { visit(R"({"list": [1, {"b": tru}, 3]})"); }, ThrowsError(HasSubstr(":byte 13")));
  EXPECT_THAT([&] { visit(R"({"list": [1, 2)"); }, ThrowsError(HasSubstr(":byte 14")));
  EXPECT_THAT([&] { visit(R"({"list": [1 2]})"); }, ThrowsError(HasSubstr(":byte 10")));
  EXPECT_THAT([&] { visit(R"({"list": [1, ]})"); }, ThrowsError(HasSubstr("expected a value")));
  EXPECT_THAT([&] { visit(R"({"list": [[1], {"a": 2})"); }, ThrowsError(HasSubstr("expected ',' or ']'")));
}

TEST(JsonStream, APipeIsNotOpened) {
  const TemporaryDirectory folder;
  ASSERT_EQ(mkfifo((folder / "data.json").c_str(), 0600), 0);
  EXPECT_THAT([&] { JsonStream(folder / "data.json"); }, ThrowsError(HasSubstr("cannot read the file")));
}

}  // namespace
}  // namespace interprior
