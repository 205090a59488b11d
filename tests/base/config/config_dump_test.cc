#include <gmock/gmock.h>

#include <limits>

#include "config_example.h"
#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ExampleConfig read_back(const ExampleConfig& config) { return parse_config<ExampleConfig>(dump_config(config), "dump"); }

TEST(ConfigDumpTest, LooksLikeAFileWrittenByAPerson) {
  ExampleConfig config;
  config.scales = {0.1, 2};
  config.name = "yes";
  config.data.push_back({"/a b", 0.5, {}});
  EXPECT_EQ(dump_config(config), R"(steps: 1000
learning_rate: 0.0001
compile: false
name: "yes"
norm: batch
widths: [64, 128]
scales: [0.1, 2]
tags: [a, b]
loss:
  joints: 100
  bones: 0.5
data:
  - path: ""
    weight: 1
    loss:
      joints: 100
      bones: 0.5
  - path: "/a b"
    weight: 0.5
    loss:
      joints: 100
      bones: 0.5
)");
}

TEST(ConfigDumpTest, NumbersAreDumpedExactly) {
  Random random(Seed{1});
  ExampleConfig config;
  config.scales = {0.0, -0.0, 1e15, 123456789012345678.0, std::numeric_limits<double>::max(), INFINITY, -INFINITY, 1.0 / 3};
  config.scales.push_back(std::numeric_limits<double>::denorm_min());
  for (int i = 0; i < 1000; ++i) config.scales.push_back(random.normal() * std::pow(10, random.uniform(-300, 300)));
  const ExampleConfig same = read_back(config);
  ASSERT_EQ(same.scales.size(), config.scales.size());
  for (size_t i = 0; i < config.scales.size(); ++i) {
    EXPECT_EQ(same.scales[i], config.scales[i]);
    EXPECT_EQ(std::signbit(same.scales[i]), std::signbit(config.scales[i]));
  }
}

TEST(ConfigDumpTest, NumbersAreReadableByEveryYamlReader) {
  ExampleConfig config;
  config.scales = {0, 100, 1e6, 0.1, 1e-4, 1e-6, 1.5e-7, 1e15, 2.5e20, -3};
  EXPECT_THAT(dump_config(config), HasSubstr("scales: [0, 100, 1000000, 0.1, 0.0001, 1.0e-06, 1.5e-07, 1.0e+15, 2.5e+20, -3]\n"));
}

TEST(ConfigDumpTest, TextsReadBackEqual) {
  ExampleConfig config;
  config.tags = {
      "",     " ",          "a b",        "true",     "No",           "null",        "~",  "3",   "-",    "- a", "a: b", "#x",
      "a #b", "[",          "{",          "*a",       "&a",           "!a",          "%a", "@a",  "`a",   "\"",  "'",    "\\",
      "\\n",  "a\nb",       "\t",         "\r\n",     "1e3",          "0x1",         "<<", "a,b", ".inf", "---", "...",  "?",
      ":",    "/a/b-c_d.e", "2024-01-01", "\x01\x7f", "h\xc3\xa4nde", "\xe2\x80\xa8"};
  for (const std::string& tag : config.tags) {
    config.name = tag;
    EXPECT_EQ(read_back(config).name, tag);
  }
  EXPECT_EQ(read_back(config).tags, config.tags);
}

TEST(ConfigDumpTest, RandomTextsReadBackEqual) {
  Random random(Seed{2});
  ExampleConfig config;
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (int64_t length = random.integer(12); length > 0; --length) text += static_cast<char>(1 + random.integer(127));
    config.tags.push_back(text);
  }
  EXPECT_EQ(read_back(config).tags, config.tags);
}

TEST(ConfigDumpTest, ADumpOfADumpIsTheSame) {
  ExampleConfig config;
  config.data.clear();
  config.tags.clear();
  const std::string dump = dump_config(config);
  EXPECT_THAT(dump, HasSubstr("data: []\n"));
  EXPECT_EQ(dump_config(read_back(config)), dump);
}

struct Bare {
  void describe(Fields&) {}
};
struct Sparse {
  Bare bare;
  std::vector<Bare> many = {Bare{}, Bare{}};
  void describe(Fields& fields) {
    fields("bare", bare, "no keys");
    fields("many", many, "no keys, twice");
  }
};

TEST(ConfigDumpTest, EmptySectionsAreKept) {
  const std::string dump = dump_config(Sparse{});
  EXPECT_EQ(dump, "bare: {}\nmany:\n  - {}\n  - {}\n");
  EXPECT_EQ(parse_config<Sparse>(dump, "dump").many.size(), 2u);
}

TEST(ConfigDifferenceTest, ListsEveryLeafThatDiffers) {
  ExampleConfig a, b;
  EXPECT_THAT(config_difference(dump_config(a), dump_config(b)), IsEmpty());
  b.steps = 5;
  b.widths = {1};
  b.name = "a b";
  b.data.push_back({"/x", 1, {}});
  b.data[0].loss.bones = 2;
  EXPECT_THAT(config_difference(dump_config(a), dump_config(b)),
              ElementsAre("steps: 1000 -> 5", "name: run -> \"a b\"", "widths: [64, 128] -> [1]", "data.0.loss.bones: 0.5 -> 2",
                          "data.1.path: (none) -> /x", "data.1.weight: (none) -> 1", "data.1.loss.joints: (none) -> 100",
                          "data.1.loss.bones: (none) -> 0.5"));
}

TEST(ConfigDifferenceTest, DistinguishesTextFromNumbersAndListsRemovedKeys) {
  EXPECT_THAT(config_difference("a: 1\nb: 2", "a: \"1\""), ElementsAre("a: 1 -> \"1\"", "b: 2 -> (none)"));
  EXPECT_THAT(config_difference("", "a: {}"), ElementsAre("a: (none) -> {}"));
  EXPECT_THAT(config_difference("a: x", "\"a\": \"x\""), IsEmpty());
}

TEST(ConfigDifferenceTest, ForeignDumpsAreErrorsNotCrashes) {
  EXPECT_THROW(config_difference("a: &x [{b: *x}]", ""), Error);
  EXPECT_THROW(config_difference("a: [", ""), Error);
  EXPECT_THROW(config_difference("", "? [a]\n: b"), Error);
  std::string bomb = "a0: &a0 [{x: 1}]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += c10::str("a", i, ": &a", i, " [", last, ", ", last, ", {x: 1}]\n");
  }
  EXPECT_THAT([&] { config_difference(bomb, ""); }, ThrowsError(HasSubstr("too many values")));
}

}  // namespace
}  // namespace interprior
