#include "interprior/base/config/config.h"

#include <gmock/gmock.h>

#include "config_example.h"
#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ExampleConfig parse(const std::string& yaml) { return parse_config<ExampleConfig>(yaml, "a.yaml"); }

void expect_error(const std::string& yaml, const std::string& place, const std::string& message) {
  EXPECT_THAT([&] { parse(yaml); }, ThrowsError(AllOf(HasSubstr("(" + place), HasSubstr(message)))) << yaml;
}

TEST(ConfigTest, EmptyTextIsAllDefaults) {
  for (const char* text : {"", "\n\n", "# nothing\n", "---\n", "{}"}) {
    const ExampleConfig config = parse(text);
    EXPECT_EQ(config.steps, 1000) << text;
    EXPECT_EQ(config.data.size(), 1u);
  }
}

TEST(ConfigTest, ReadsEveryKind) {
  const ExampleConfig config = parse(R"(
steps: 20
learning_rate: 0.25
compile: true
name: 007
norm: sync
widths: [1, 2, 3]
scales:
  - .5
  - 1e-3
  - -.inf
tags: [x, "y z", ""]
loss: {joints: 2.5}
data:
  - path: /a/b
  - path: "true"
    loss:
      bones: 7
)");
  EXPECT_EQ(config.steps, 20);
  EXPECT_EQ(config.learning_rate, 0.25);
  EXPECT_TRUE(config.compile);
  EXPECT_EQ(config.name, "007");
  EXPECT_EQ(config.norm, Norm::sync);
  EXPECT_THAT(config.widths, ElementsAre(1, 2, 3));
  EXPECT_THAT(config.scales, ElementsAre(0.5, 0.001, -INFINITY));
  EXPECT_THAT(config.tags, ElementsAre("x", "y z", ""));
  EXPECT_EQ(config.loss.joints, 2.5);
  EXPECT_EQ(config.loss.bones, 0.5);
  ASSERT_EQ(config.data.size(), 2u);
  EXPECT_EQ(config.data[0].path, "/a/b");
  EXPECT_EQ(config.data[1].path, "true");
  EXPECT_EQ(config.data[1].loss.bones, 7);
}

TEST(ConfigTest, ValuesOutOfRangeAreErrors) {
  const ExampleConfig config = parse("steps: 1\nlearning_rate: 1\nwidths: [1, 4096]\n");
  EXPECT_EQ(config.steps, 1);
  EXPECT_EQ(config.learning_rate, 1);
  expect_error("steps: 0", "a.yaml:1:8)", "`steps` is 0, out of range");
  expect_error("steps: 0", "a.yaml:1:8)", "1 to 1000000000");
  expect_error("learning_rate: 1.0001", "a.yaml:1:16)", "out of range");
  expect_error("learning_rate: .inf", "a.yaml:1:16)", "out of range");
  expect_error("learning_rate: .nan", "a.yaml:1:16)", "expected a number");
  expect_error("widths: [1, 2,\n 5000]", "a.yaml:2:2)", "`widths.2` is 5000");
}

TEST(ConfigTest, WrongTypesAreErrorsWithTheirPosition) {
  for (const char* wrong :
       {"3.5", "1e3", "0x10", "yes", "true", "\"3\"", "3 4", "1_000", "99999999999999999999", "!!int 3", "--3", "+-3"})
    expect_error(std::string("steps: ") + wrong, "a.yaml:1:", "expected an integer");
  for (const char* wrong : {"yes", "inf", "nan", "1.5.2", "\"0.5\"", "1e999", "0.1 m", "0,1", "."})
    expect_error(std::string("learning_rate: ") + wrong, "a.yaml:1:16", "expected a number");
  for (const char* wrong : {"yes", "on", "1", "\"true\"", "TRUE!"})
    expect_error(std::string("compile: ") + wrong, "a.yaml:1:10", "expected true or false");
  for (const char* key : {"steps", "learning_rate", "compile", "name", "norm", "widths", "tags", "loss", "data"}) {
    for (const char* nothing : {"", " ~", " null"})
      expect_error(std::string(key) + ":" + nothing, "a.yaml:1:", std::string("`") + key + "` is nothing");
  }
  expect_error("name: [a]", "a.yaml:1:7)", "a list, expected a string");
  expect_error("steps: {a: 1}", "a.yaml:1:8)", "a section, expected an integer");
  expect_error("widths: 3", "a.yaml:1:9)", "expected a list");
  expect_error("widths: [1, [2]]", "a.yaml:1:13)", "`widths.1` is a list");
  expect_error("tags: [a, ]\nloss: [1]", "a.yaml:2:7)", "expected a section");
  expect_error("loss: 3", "a.yaml:1:7)", "\"joints: ...\"");
  expect_error("data: {path: a}", "a.yaml:1:7)", "expected a list");
  expect_error("data: [a]", "a.yaml:1:8)", "`data.0` is \"a\", expected a section");
  expect_error("[1, 2]", "a.yaml:1:1)", "the config is a list");
  expect_error("just words", "a.yaml:1:1)", "the config is \"just words\"");
}

TEST(ConfigTest, UnknownKeysNameTheNearestAndTheKnown) {
  expect_error("stesp: 3", "a.yaml:1:1)", "did you mean steps? known: steps, learning_rate, compile");
  expect_error("loss:\n  jonits: 3", "a.yaml:2:3)", "there is no key `loss.jonits`");
  expect_error("loss:\n  jonits: 3", "a.yaml:2:3)", "did you mean joints? known: joints, bones");
  expect_error("joints: 3", "a.yaml:1:1)", "did you mean loss.joints?");
  expect_error("data:\n  - path: a\n    wieght: 2", "a.yaml:3:5)", "`data.0.wieght`");
  expect_error("norm: bach", "a.yaml:1:7)", "did you mean batch? known: frozen, batch, sync");
  expect_error("<<: {steps: 3}", "a.yaml:1:1)", "merge keys (<<) are not supported");
}

TEST(ConfigTest, DuplicateKeysAreErrorsAtTheSecond) {
  expect_error("steps: 3\nname: a\nsteps: 4", "a.yaml:3:1)", "`steps` is given twice");
  expect_error("loss: {joints: 1, joints: 1}", "a.yaml:1:19)", "`loss.joints` is given twice");
}

TEST(ConfigTest, AGivenListReplacesTheDefault) {
  EXPECT_TRUE(parse("data: []\ntags: []").data.empty());
  const ExampleConfig config = parse("data: [{path: a}, {weight: 2}, {}]");
  ASSERT_EQ(config.data.size(), 3u);
  EXPECT_EQ(config.data[0].path, "a");
  EXPECT_EQ(config.data[1].path, "");
  EXPECT_EQ(config.data[1].weight, 2);
  EXPECT_EQ(config.data[2].loss.joints, 100);
}

TEST(ConfigTest, ChecksAreCalledWithTheirSection) {
  expect_error("loss: {joints: 0, bones: 0}", "a.yaml, section loss)", "every weight is zero");
  expect_error("data: [{}, {loss: {joints: 0, bones: 0}}]", "a.yaml, section data.1.loss)", "every weight is zero");
  expect_error("widths: [1, 2, 3, 4, 5]", "a.yaml)", "more than four stages");
}

TEST(ConfigTest, AnchorsMayBeUsed) {
  const ExampleConfig config = parse("loss: &w {joints: 4}\ndata: [{loss: *w}]");
  EXPECT_EQ(config.data[0].loss.joints, 4);
}

TEST(ConfigTest, ReadsFiles) {
  const TemporaryDirectory folder;
  write_file(folder / "a.yaml", "steps: 12\n");
  EXPECT_EQ(read_config<ExampleConfig>(folder / "a.yaml").steps, 12);
  EXPECT_EQ(read_config<ExampleConfig>(folder / "a.yaml", {"steps=13"}).steps, 13);
  EXPECT_THAT([&] { read_config<ExampleConfig>(folder / "b.yaml"); },
              ThrowsError(AllOf(HasSubstr("there is no config file"), HasSubstr("b.yaml"))));
  EXPECT_THROW(read_config<ExampleConfig>(folder.path()), Error);
}

TEST(ConfigTest, NamesOfAnEnumComeFromItsTable) {
  EXPECT_EQ(name_of(Norm::frozen), "frozen");
  EXPECT_EQ(name_of(static_cast<Norm>(99)), "?");
}

TEST(ConfigExplainTest, FlattensKeysWithTypeRangeDefaultAndMeaning) {
  ExampleConfig config;
  std::map<std::string, KeyDescription> keys;
  std::vector<std::string> order;
  for (const KeyDescription& key : explain_fields(fields_of(config))) {
    keys[key.key] = key;
    order.push_back(key.key);
  }
  EXPECT_THAT(order,
              ElementsAre("steps", "learning_rate", "compile", "name", "norm", "widths", "scales", "tags", "loss.joints",
                          "loss.bones", "data", "data.0.path", "data.0.weight", "data.0.loss.joints", "data.0.loss.bones"));
  EXPECT_EQ(keys["steps"].type, "integer");
  EXPECT_EQ(keys["steps"].range, "1 to 1000000000");
  EXPECT_EQ(keys["steps"].value, "1000");
  EXPECT_EQ(keys["steps"].meaning, "number of steps");
  EXPECT_EQ(keys["learning_rate"].type, "number");
  EXPECT_EQ(keys["learning_rate"].value, "0.0001");
  EXPECT_EQ(keys["compile"].type, "boolean");
  EXPECT_EQ(keys["name"].type, "string");
  EXPECT_EQ(keys["name"].range, "");
  EXPECT_EQ(keys["norm"].type, "one of frozen|batch|sync");
  EXPECT_EQ(keys["norm"].value, "batch");
  EXPECT_EQ(keys["widths"].type, "list of integers");
  EXPECT_EQ(keys["widths"].value, "[64, 128]");
  EXPECT_EQ(keys["scales"].value, "[]");
  EXPECT_EQ(keys["data"].type, "list of sections");
  EXPECT_EQ(config.data.size(), 1u);
}

}  // namespace
}  // namespace interprior
