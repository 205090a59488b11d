#include <gmock/gmock.h>

#include "config_example.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ExampleConfig with_sets(const std::vector<std::string>& sets) { return parse_config<ExampleConfig>("steps: 5", "a.yaml", sets); }

void expect_error(const std::string& set, const std::string& message) {
  EXPECT_THAT([&] { with_sets({set}); }, ThrowsError(AllOf(HasSubstr("(--set " + set + ")"), HasSubstr(message)))) << set;
}

TEST(ConfigSetTest, OverridesEveryKind) {
  const ExampleConfig config =
      with_sets({"steps=7", "learning_rate=1e-3", "compile=true", "norm=sync", "widths=[8, 16]", "scales=[.5]", "loss.joints=3",
                 "data.0.path=/x=y", "data.0.loss={joints: 9, bones: 1}", "tags=[]"});
  EXPECT_EQ(config.steps, 7);
  EXPECT_EQ(config.learning_rate, 1e-3);
  EXPECT_TRUE(config.compile);
  EXPECT_EQ(config.norm, Norm::sync);
  EXPECT_THAT(config.widths, ElementsAre(8, 16));
  EXPECT_THAT(config.scales, ElementsAre(0.5));
  EXPECT_EQ(config.loss.joints, 3);
  EXPECT_EQ(config.data[0].path, "/x=y");
  EXPECT_EQ(config.data[0].loss.joints, 9);
  EXPECT_TRUE(config.tags.empty());
}

TEST(ConfigSetTest, TheLastOverrideApplies) { EXPECT_EQ(with_sets({"steps=7", "steps=8"}).steps, 8); }

TEST(ConfigSetTest, TextIsTakenVerbatim) {
  for (const char* text : {"", "null", "true", "3", "#1", "[a", "{", "a: b", "C:\\x", " spaced ", "x\"y", "- a", "*a", "!a"})
    EXPECT_EQ(with_sets({std::string("name=") + text}).name, text);
  EXPECT_EQ(with_sets({"name=\"a\\tb\""}).name, "a\tb");
  EXPECT_EQ(with_sets({"name='it''s'"}).name, "it's");
}

TEST(ConfigSetTest, ListElementsByIndex) {
  const ExampleConfig config = with_sets({"widths.1=256", "tags.0=first", "data.1.path=/new", "data.2={weight: 3}"});
  EXPECT_THAT(config.widths, ElementsAre(64, 256));
  EXPECT_THAT(config.tags, ElementsAre("first", "b"));
  ASSERT_EQ(config.data.size(), 3u);
  EXPECT_EQ(config.data[1].path, "/new");
  EXPECT_EQ(config.data[1].weight, 1);
  EXPECT_EQ(config.data[2].weight, 3);
  expect_error("widths.2=3", "use an index from 0 to 1");
  expect_error("widths.x=3", "\"x\" is none of its elements");
  expect_error("widths.-1=3", "none of its elements");
  expect_error("widths.1.2=3", "single value");
  expect_error("scales.0=3", "the list is empty");
  expect_error("data.5.path=a", "use an index from 0 to 1");
  expect_error("data.99999999999999999999.path=a", "none of its elements");
  expect_error("widths.0=99999", "out of range");
}

TEST(ConfigSetTest, ErrorsNameTheArgumentAndTheNearestKey) {
  expect_error("steps", "expected key=value");
  expect_error("=3", "expected key=value");
  expect_error("stesp=3", "did you mean steps?");
  expect_error("loss.jonits=3", "did you mean joints?");
  expect_error("joints=3", "did you mean loss.joints?");
  expect_error("data.0.wieght=3", "did you mean weight?");
  expect_error("steps.a=3", "single value");
  expect_error("norm.a=3", "single value");
  expect_error(".steps=3", "there is no key ``");
  expect_error("loss.=3", "there is no key `loss.`");
  expect_error("steps=3.5", "expected an integer");
  expect_error("steps=", "expected an integer");
  expect_error("loss=3", "expected a section");
  expect_error("widths=[1", "this is not YAML");
  expect_error("norm=bach", "did you mean batch?");
}

TEST(ConfigSetTest, ChecksUseTheOverriddenValues) {
  EXPECT_THAT([] { with_sets({"loss.joints=0", "loss.bones=0"}); }, ThrowsError(HasSubstr("every weight is zero")));
  EXPECT_NO_THROW(parse_config<ExampleConfig>("loss: {joints: 0, bones: 0}", "a.yaml", {"loss.bones=1"}));
}

}  // namespace
}  // namespace interprior
