#include <gmock/gmock.h>

#include "config_example.h"
#include "interprior/base/seed.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

void parse(const std::string& yaml) { parse_config<ExampleConfig>(yaml, "a.yaml"); }

void expect_error(const std::string& yaml, const std::string& message) {
  EXPECT_THAT([&] { parse(yaml); }, ThrowsError(AllOf(HasSubstr("a.yaml"), HasSubstr(message)))) << yaml.substr(0, 200);
}

TEST(ConfigHostileTest, SyntaxErrorsNameTheirPosition) {
  expect_error("steps: 3\nname: [a\n", "not YAML");
  expect_error("steps: 3\n\tname: a", "a.yaml:2:");
  expect_error("steps: 3\n\tname: a", "a tab where YAML wants spaces");
  expect_error("loss:\n\tjoints: 1", "a tab where YAML wants spaces");
  expect_error("loss: &x {joints: 1}\ndata: [{loss: {<<: *x}}]", "merge keys (<<) are not supported");
  expect_error("name: \"a", "not YAML");
  expect_error("name: *nothing", "a.yaml:1:7");
  expect_error("steps: 3\n  name: a", "a.yaml:2:");
  expect_error("a: b: c", "a.yaml:1:");
}

TEST(ConfigHostileTest, TextAfterTheDocumentIsAnError) {
  expect_error("steps: 3\n---\nsteps: 4", "more follows");
  expect_error("steps: 3\n...\nnonsense", "more follows");
  for (const char* stray : {"[] ]", "{} }", "steps: 3\n]", "steps: 3\n}", "]", "}", "- a\n]", ", a", "a ]\n", "[a] b"})
    expect_error(stray, "a.yaml");
  expect_error(std::string("steps: 3\n\x04nonsense: 4"), "byte 4");  // yaml-cpp treats this byte as the end
  expect_error(std::string("steps: 3\n\0nonsense: 4", 21), "byte 0");
}

TEST(ConfigHostileTest, TextThatIsNotUtf8IsAnError) {
  expect_error("name: \xff", "a.yaml:1:7");
  expect_error("name: h\xe4nde", "UTF-8");                  // Latin-1
  expect_error(std::string("\xff\xfes\0t\0", 6), "UTF-8");  // UTF-16
  expect_error("name: \xc0\xaf", "UTF-8");                  // overlong
  expect_error("name: \xed\xa0\x80", "UTF-8");              // surrogate
  expect_error("name: \xf4\x90\x80\x80", "UTF-8");          // beyond Unicode
  expect_error("name: a\xe2\x82", "UTF-8");                 // truncated
  const std::string euro_and_smile = "\xe2\x82\xac\xf0\x9f\x98\x80", mark = "\xef\xbb\xbf";
  EXPECT_EQ(parse_config<ExampleConfig>(mark + "name: " + euro_and_smile, "a.yaml").name, euro_and_smile);
  EXPECT_EQ(parse_config<ExampleConfig>("steps: 4\r\nname: b\r\n", "a.yaml").name, "b");
}

TEST(ConfigHostileTest, CyclesAndDepthEndInErrors) {
  expect_error("data: &x [*x]", "`data.0` is a list");
  expect_error("&x loss: *x", "a.yaml");
  expect_error("loss: &x {joints: *x}", "a section, expected a number");
  expect_error("data: &x [{path: a, loss: {joints: *x}}]", "a list, expected a number");
  for (const size_t depth : {100u, 10'000u, 300'000u}) {
    expect_error("data: " + std::string(depth, '['), "a.yaml");
    expect_error("loss: " + std::string(depth, '{'), "a.yaml");
    expect_error(std::string(depth, '[') + std::string(depth, ']'), "a.yaml");
  }
  std::string staircase;
  for (size_t i = 0; i < 1000; ++i) staircase += std::string(i, ' ') + "a:\n";
  expect_error(staircase, "a.yaml");
}

TEST(ConfigHostileTest, StrangeKeysAreErrors) {
  expect_error("? [a, b]\n: c", "a key of the config is a list");
  expect_error("? {a: b}\n: c", "a key of the config is a section");
  expect_error("~: 3", "a.yaml:1:1");
  expect_error("\"\": 3", "there is no key ``");
  expect_error(": 3", "a.yaml");
}

TEST(ConfigHostileTest, MessagesShortenLongValues) {
  try {
    parse("steps: " + std::string(100'000, 'x'));
    FAIL();
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 300u);
  }
}

std::string mutated(std::string text, Random& random) {
  static const std::string kMeaning = ":-[]{},#&*!|>'\"%@`?~ \n\t0.";
  for (int64_t edit = random.integer(4); edit >= 0; --edit) {
    if (text.empty()) break;
    const auto at = static_cast<size_t>(random.integer(static_cast<int64_t>(text.size())));
    const char byte = random.chance(0.3) ? static_cast<char>(random.integer(256))
                                         : kMeaning[static_cast<size_t>(random.integer(static_cast<int64_t>(kMeaning.size())))];
    switch (random.integer(4)) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.erase(at, static_cast<size_t>(1 + random.integer(4)));
        break;
      case 2:
        text.insert(at, 1, byte);
        break;
      default:
        text.insert(at, text.substr(static_cast<size_t>(random.integer(static_cast<int64_t>(text.size()))), 12));
    }
  }
  return text;
}

TEST(ConfigHostileTest, MutatedTextsAreErrorsOrConfigsThatReadBackEqual) {
  ExampleConfig good;
  good.scales = {0.5, 1e-7};
  good.name = "a \"quoted\" name";
  good.data.push_back({"/b", 2, {}});
  const std::string text = dump_config(good) + "# a comment\n";
  Random random(Seed{1});
  int refused = 0, read = 0;
  for (int round = 0; round < 8000; ++round) {
    const std::string yaml = mutated(text, random);
    try {
      const std::string dump = dump_config(parse_config<ExampleConfig>(yaml, "a.yaml"));
      ++read;
      ASSERT_EQ(dump_config(parse_config<ExampleConfig>(dump, "dump")), dump);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 2000);
  EXPECT_GT(read, 200);
}

TEST(ConfigHostileTest, MutatedSetsAreErrorsOrConfigs) {
  Random random(Seed{2});
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string set = mutated(round % 2 == 0 ? "data.0.loss.joints=3.5" : "widths=[1, 2, 3]", random);
    try {
      parse_config<ExampleConfig>("", "a.yaml", {set});
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace interprior
