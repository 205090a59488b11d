#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>

#include "fixture.h"
#include "interprior/data/poses.h"

// `prepare two-hand --rebuild`.
namespace interprior {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Rebuild : public ::testing::Test {
 protected:
  Words command(const std::string& out, const std::string& count, const Words& more = {}) const {
    return Words{"prepare",
                 "two-hand",
                 fixture_.patterns().string(),
                 "--hand",
                 fixture_.hand().string(),
                 "--rebuild",
                 count,
                 "--out",
                 (folder_ / out).string(),
                 "--device",
                 "cpu"} +
           more;
  }
  Outcome run(const Words& words) const { return run_program(words, folder_.path()); }
  void expect_refused(const Words& words, const std::string& reason) const {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
    EXPECT_THAT(outcome.errors()[0], HasSubstr(reason));
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(Rebuild, MakesASetThatInspectDescribes) {
  Poses poses = single_hands(read_patterns(fixture_.patterns()));
  poses.sources = {"singles"};
  poses.joints = torch::zeros({poses.size(), 21, 3});
  write_poses(folder_ / "poses.h5", poses);
  const Outcome made = run(command("out.h5", "40", {(folder_ / "poses.h5").string(), "--seed", "3", "--threads", "1"}));
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("40 patterns in"));
  EXPECT_THAT(made.err, HasSubstr("rejected, too_far: "));
  EXPECT_THAT(made.err, HasSubstr("of those meant to touch"));
  const Outcome inspected = run({"inspect", (folder_ / "out.h5").string(), "--hand", fixture_.hand().string(), "--json"});
  ASSERT_EQ(inspected.exit_code, 0) << inspected.err;
  const json value = json::parse(inspected.out);
  EXPECT_EQ(value["patterns"], 40);
  EXPECT_GE(value["penetration"]["share_to_2_mm"].get<double>(), 0.95);
  EXPECT_GE(value["contact"]["of_them_within_5_mm"].get<double>(), 0.9);
  EXPECT_EQ(value["contact"]["measured"], 40);
  EXPECT_TRUE(value["rejected_in_the_making"].contains("no_contact"));
  EXPECT_TRUE(value["wrist_to_knuckle_m"].contains("reference: InterHand2.6M"));
  EXPECT_TRUE(value["sources"].contains("procedural+singles")) << value["sources"];
  const json single =
      json::parse(run({"inspect", (folder_ / "poses.h5").string(), "--hand", fixture_.hand().string(), "--json"}).out);
  EXPECT_EQ(single["kind"], "poses");
  EXPECT_EQ(single["poses"], poses.size());
  EXPECT_EQ(single["joints_reversed"]["singles"], 0);
}

TEST_F(Rebuild, ResumesWhereItWasKilled) {
  ASSERT_EQ(run(command("straight.h5", "250", {"--threads", "1"})).exit_code, 0);
  const std::filesystem::path partial = folder_ / "killed.h5.partial";
  {
    Program program(command("killed.h5", "250", {"--threads", "1"}), folder_.path());
    ASSERT_TRUE(program.wait_for([&] { return std::filesystem::exists(partial / "chunk-1.h5"); }));
    expect_refused(command("killed.h5", "250", {"--threads", "1"}), "another process");
    program.send(SIGKILL);
    EXPECT_EQ(program.finish().exit_code, 128 + SIGKILL);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "killed.h5"));
  expect_refused(command("killed.h5", "250", {"--seed", "9"}), "seed was 0, is 9");
  const Outcome rest = run(command("killed.h5", "250", {"--threads", "2"}));
  EXPECT_EQ(rest.exit_code, 0) << rest.err;
  EXPECT_THAT(rest.err, HasSubstr("resuming after"));
  EXPECT_TRUE(bytes_of(folder_ / "straight.h5") == bytes_of(folder_ / "killed.h5"));
  EXPECT_FALSE(std::filesystem::exists(partial));
}

TEST_F(Rebuild, ReportsMissingInputsInOneMessage) {
  expect_refused(command("out.h5", "0"), "above 0");
  expect_refused({"prepare", "two-hand", fixture_.patterns().string(), "--rebuild", "5", "--out", "out.h5"}, "--hand hand.h5");
  expect_refused({"prepare", "two-hand", fixture_.patterns().string(), "--rebuild", "5", "--out", "out.h5", "--hand", "none.h5"},
                 "none.h5");
  write_poses(folder_ / "poses.h5", single_hands(read_patterns(fixture_.patterns())));
  const std::string poses = (folder_ / "poses.h5").string();
  expect_refused({"prepare", "two-hand", poses, "--out", "out.h5"}, "--rebuild N");
  expect_refused({"prepare", "two-hand", poses, "--rebuild", "5", "--out", "out.h5", "--hand", fixture_.hand().string()},
                 "no source has two-hand interactions");
  EXPECT_EQ(run({"prepare", "two-hand", fixture_.patterns().string(), "--seed", "5", "--out", "out.h5"}).exit_code, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.h5"));
}

}  // namespace
}  // namespace interprior
