#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "integration/fixture.h"
#include "interprior/base/tensor_file.h"

// data_scripts/mano_to_hand.py on pickles built like MANO's.
namespace interprior {
namespace {

using ::testing::HasSubstr;

class ManoFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(python_)) GTEST_SKIP() << "there is no .venv/bin/python (tools/setup.sh makes it)";
  }
  int python(const std::string& arguments) const {
    const int status = std::system(("'" + python_.string() + "' " + arguments + " 2> '" + (folder_ / "stderr").string() + "'").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  int make_pickles(const std::string& more) const {
    return python("'" + (source_ / "tests/reference/fake_mano.py").string() + "' '" + fixture_.hand().string() + "' '" +
                  (folder_ / "mano").string() + "' " + more);
  }
  int convert() const {
    return python("'" + (source_ / "data_scripts/mano_to_hand.py").string() + "' '" + (folder_ / "mano").string() + "' '" +
                  (folder_ / "hand.h5").string() + "' > /dev/null");
  }

  const std::filesystem::path source_ = INTERPRIOR_SOURCE_DIR, python_ = source_ / ".venv/bin/python";
  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(ManoFiles, BecomeTheHandTheyDescribe) {
  ASSERT_EQ(make_pickles(""), 0) << bytes_of(folder_ / "stderr");
  ASSERT_EQ(convert(), 0) << bytes_of(folder_ / "stderr");
  EXPECT_THAT(bytes_of(folder_ / "stderr"), HasSubstr("x mirrored"));
  const TensorFileReader expected(fixture_.hand(), "interprior.hand", 1), actual(folder_ / "hand.h5", "interprior.hand", 1);
  EXPECT_EQ(actual.attribute("source"), "mano");
  for (const std::string side : {"right/", "left/"}) {
    for (const char* name : {"v_template", "shapedirs", "posedirs", "J_regressor", "weights", "hands_mean"})
      EXPECT_TRUE(torch::equal(actual.read(side + name, torch::kFloat64), expected.read(side + name, torch::kFloat64)))
          << side << name;
    EXPECT_TRUE(torch::equal(actual.read(side + "faces", torch::kInt64), expected.read(side + "faces", torch::kInt64))) << side;
  }
}

TEST_F(ManoFiles, ThatAskForMoreThanDataAreRefused) {
  ASSERT_EQ(make_pickles("--hostile"), 0) << bytes_of(folder_ / "stderr");
  EXPECT_EQ(convert(), 1);
  EXPECT_THAT(bytes_of(folder_ / "stderr"), HasSubstr("system"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "hand.h5"));
}

TEST_F(ManoFiles, MissingOnesAreNamed) {
  std::filesystem::create_directories(folder_ / "mano");
  EXPECT_EQ(convert(), 1);
  EXPECT_THAT(bytes_of(folder_ / "stderr"), HasSubstr("MANO_RIGHT.pkl is missing"));
}

}  // namespace
}  // namespace interprior
