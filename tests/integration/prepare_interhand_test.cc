#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fixture.h"

// `prepare interhand` on a root of the official layout.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class PrepareInterHand : public ::testing::Test {
 protected:
  Outcome prepare(const Words& more = {}) const {
    return run_program(Words{"prepare", "interhand", root().string(), "--out", index().string()} + more, folder_.path());
  }
  // A copy of the root that may be damaged; its images are links.
  void copy_root() {
    fs::create_directories(folder_ / "root");
    fs::copy(fixture_.images() / "annotations", folder_ / "root/annotations", fs::copy_options::recursive);
    fs::create_directory_symlink(fixture_.images() / "images", folder_ / "root/images");
  }
  fs::path root() const { return fs::exists(folder_ / "root") ? folder_ / "root" : fixture_.images(); }
  fs::path index() const { return folder_ / "images.h5"; }
  nlohmann::json inspect(const fs::path& path) const {
    const Outcome outcome = run_program({"inspect", path.string(), "--json"}, folder_.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out, nullptr, false);
  }
  void expect_error(const Outcome& outcome, const ::testing::Matcher<const std::string&>& says) const {
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
    EXPECT_THAT(outcome.errors()[0], says);
    EXPECT_FALSE(fs::exists(index()));
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      EXPECT_EQ(entry.path().filename().string().rfind("images.h5", 0), std::string::npos) << entry.path() << " was not removed";
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(PrepareInterHand, TheIndexHasTheContentsOfTheRoot) {
  ASSERT_EQ(prepare({"--scan-images", "--pack", (folder_ / "shards").string()}).exit_code, 0);
  nlohmann::json of_root = inspect(root()), of_index = inspect(index());
  EXPECT_EQ(of_index["kind"], "images");
  of_root.erase("kind");
  of_index.erase("kind");
  EXPECT_EQ(of_index, of_root);
  EXPECT_GT(of_index["usable"].get<int>(), 0);
  EXPECT_TRUE(fs::exists(folder_ / "shards/shard-00000.bin"));
  EXPECT_FALSE(fs::exists(index().string() + ".scan"));
  EXPECT_FALSE(fs::exists(index().string() + ".lock"));
}

TEST_F(PrepareInterHand, TrainingFromTheIndexEqualsTrainingFromTheRoot) {
  ASSERT_EQ(prepare().exit_code, 0);
  for (const auto& [run, data] : {std::pair{folder_ / "a", fixture_.images()}, {folder_ / "b", index()}}) {
    const Outcome outcome = run_program(
        fixture_.train_sampler(
            run, 3, {"data.train=[{path: " + data.string() + "}]", "data.validation.path=" + fixture_.images().string()}),
        folder_.path());
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  const auto losses = [](const fs::path& run) {
    std::vector<double> values;
    std::istringstream log(bytes_of(run / "log.jsonl"));
    for (std::string line; std::getline(log, line);) {
      const nlohmann::json entry = nlohmann::json::parse(line);
      if (entry["group"] == "train") values.push_back(entry["loss"]);
    }
    return values;
  };
  EXPECT_EQ(losses(folder_ / "a").size(), 3u);
  EXPECT_EQ(losses(folder_ / "a"), losses(folder_ / "b"));  // bitwise
}

TEST_F(PrepareInterHand, AStaleIndexIsNamed) {
  copy_root();
  ASSERT_EQ(prepare().exit_code, 0);
  const fs::path camera = root() / "annotations/train/InterHand2.6M_train_camera.json";
  std::ofstream(camera, std::ios::app) << "\n";
  const Outcome outcome = run_program({"inspect", index().string()}, folder_.path());
  EXPECT_EQ(outcome.exit_code, 1);
  ASSERT_EQ(outcome.errors().size(), 1u);
  EXPECT_THAT(outcome.errors()[0],
              AllOf(HasSubstr("out of date"), HasSubstr("train_camera.json"), HasSubstr("prepare interhand")));
}

TEST_F(PrepareInterHand, DamagedAnnotationsAreNamedByTheirByte) {
  copy_root();
  const fs::path data = root() / "annotations/train/InterHand2.6M_train_data.json";
  const std::string whole = bytes_of(data);
  std::ofstream(data, std::ios::binary) << whole.substr(0, whole.size() - 100);
  expect_error(prepare(), AllOf(HasSubstr("train_data.json:byte "), HasSubstr("cut short")));
  fs::remove(data);
  fs::create_directory(data);
  expect_error(prepare(), AllOf(HasSubstr("cannot read the file"), HasSubstr("train_data.json")));
}

TEST_F(PrepareInterHand, AnInvalidRootIsNamed) {
  std::ofstream(folder_ / "file") << "x";
  fs::create_directory(folder_ / "empty");
  const auto prepare_of = [&](const char* name) {
    return run_program({"prepare", "interhand", (folder_ / name).string(), "--out", index().string()}, folder_.path());
  };
  expect_error(prepare_of("file"), HasSubstr("no such folder"));
  expect_error(prepare_of("nowhere"), HasSubstr("no such folder"));
  expect_error(prepare_of("empty"), HasSubstr("no InterHand2.6M annotations"));
  expect_error(prepare({"--split", "test2"}), AllOf(HasSubstr("no split `test2`"), HasSubstr("train")));
}

TEST_F(PrepareInterHand, OneProcessAtATime) {
  const std::string lock = index().string() + ".lock";
  const int file = open(lock.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(file, LOCK_EX | LOCK_NB), 0);
  const Outcome outcome = prepare();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("another process is preparing this file"));
  EXPECT_TRUE(fs::exists(lock));  // owned by the other process
  close(file);
  EXPECT_EQ(prepare().exit_code, 0);
}

TEST_F(PrepareInterHand, AFullDiskKeepsTheExistingIndex) {
  ASSERT_EQ(prepare().exit_code, 0);
  const std::string before = bytes_of(index());
  const std::string command = "ulimit -f 4 && exec '" + std::string(INTERPRIOR_BINARY) + "' prepare interhand '" +
                              root().string() + "' --out '" + index().string() + "' 2> '" + (folder_ / "err").string() + "'";
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1) << bytes_of(folder_ / "err");
  EXPECT_THAT(bytes_of(folder_ / "err"), AllOf(HasSubstr("images.h5"), HasSubstr("disk full")));
  EXPECT_EQ(bytes_of(index()), before);
}

}  // namespace
}  // namespace interprior
