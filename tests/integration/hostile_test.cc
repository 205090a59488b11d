#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <set>

#include "fixture.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/data/patterns.h"
#include "interprior/hand/mano_model.h"

// Invalid inputs: exit code 1, one error with what, where and what to do, and no partial files.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Matcher = ::testing::Matcher<const std::string&>;

class Hostile : public ::testing::Test {
 protected:
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
      if (!entry.is_directory()) names.insert(entry.path().string());
    return names;
  }
  void expect_error(const Words& words, const Matcher& says) const {
    const std::set<std::string> before = files();
    const Outcome outcome = run_program(words, folder_.path());
    const std::string command = ::testing::PrintToString(words);
    EXPECT_EQ(outcome.exit_code, 1) << command << "\n" << outcome.err;
    ASSERT_EQ(outcome.errors().size(), 1u) << command << "\n" << outcome.err;
    EXPECT_THAT(outcome.errors()[0], says) << command;
    EXPECT_EQ(outcome.err.substr(outcome.err.rfind("error:")), outcome.errors()[0] + "\n") << "the error is the last line";
    EXPECT_EQ(files(), before) << command << " left something behind";
  }
  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return (folder_ / name).string();
  }
  // The first half of a file.
  std::string truncated(const std::filesystem::path& original, const std::string& name) const {
    const std::string bytes = bytes_of(original);
    return file(name, bytes.substr(0, bytes.size() / 2));
  }
  Words train(const Words& overrides) const { return fixture_.train_prior(folder_ / "run", 2, overrides); }
  Words predict(const Words& more) const {
    return Words{"predict", fixture_.sampler().string(),     "--hand", fixture_.hand().string(), "--device", "cpu",
                 "--out",   (folder_ / "predicted").string()} +
           more;
  }

  const Fixture& fixture_ = fixture();
  TemporaryDirectory folder_;
};

TEST_F(Hostile, KeysThatDoNotExist) {
  const std::string config = file("config.yaml", "fit:\n  steps: 2\n  learnin_rate: 0.1\n");
  expect_error({"train", "prior", config, "--run", "run"}, AllOf(HasSubstr("config.yaml:3:3"), HasSubstr("learning_rate")));
  expect_error(train({"fit.stpes=3"}), AllOf(HasSubstr("fit.stpes"), HasSubstr("steps")));
  expect_error({"train", "sampler", file("doubled.yaml", "seed: 1\nseed: 2\n"), "--run", "run"}, HasSubstr("doubled.yaml:2"));
}

TEST_F(Hostile, ValuesOfTheWrongTypeOrRange) {
  const std::string wrong_type = file("type.yaml", "fit:\n  steps: many\n");
  expect_error({"train", "prior", wrong_type, "--run", "run"}, AllOf(HasSubstr("type.yaml:2"), HasSubstr("steps")));
  expect_error(train({"fit.steps=0"}), AllOf(HasSubstr("fit.steps"), HasSubstr("1")));
  expect_error(train({"fit.steps=2.5"}), HasSubstr("fit.steps"));
  expect_error(train({"fit.learning_rate=nan"}), HasSubstr("fit.learning_rate"));
  expect_error(train({"model.anchor=elbow"}), AllOf(HasSubstr("elbow"), HasSubstr("knuckle")));
  expect_error(fixture_.train_sampler(folder_ / "run", 1, {"model.image_size=65"}), HasSubstr("image_size"));
  expect_error({"train", "prior", file("broken.yaml", "fit: [1, 2\n"), "--run", "run"}, HasSubstr("broken.yaml"));
}

TEST_F(Hostile, MissingFiles) {
  expect_error({"train", "prior", "absent.yaml", "--run", "run"}, HasSubstr("absent.yaml"));
  expect_error(train({"data.train.path=absent.h5"}), HasSubstr("absent.h5"));
  expect_error(train({"hand=absent.h5"}), HasSubstr("absent.h5"));
  expect_error(train({"data.train.split=tset"}), AllOf(HasSubstr("tset"), HasSubstr("test")));
  expect_error(fixture_.train_sampler(folder_ / "run", 1, {"prior=absent.safetensors"}), HasSubstr("absent.safetensors"));
  expect_error({"evaluate", "absent.safetensors"}, HasSubstr("absent.safetensors"));
  expect_error({"inspect", "absent"}, HasSubstr("absent"));
  expect_error({"sweep", "absent.yaml"}, HasSubstr("absent.yaml"));
  expect_error(predict({"absent.jpg"}), HasSubstr("absent.jpg"));
  expect_error(fixture_.train_prior(folder_ / "no_run_yet", 2) + Words{"--resume"}, HasSubstr("no_run_yet"));
}

TEST_F(Hostile, TruncatedFiles) {
  const std::string hand = truncated(fixture_.hand(), "hand.h5"), patterns = truncated(fixture_.patterns(), "patterns.h5");
  const std::string sampler = truncated(fixture_.sampler(), "sampler.safetensors"),
                    photo = truncated(fixture_.image(), "photo.jpg");
  expect_error(train({"hand=" + hand}), HasSubstr("hand.h5"));
  expect_error(train({"data.train.path=" + patterns}), HasSubstr("patterns.h5"));
  expect_error({"evaluate", sampler, "--data", fixture_.images().string()}, HasSubstr("sampler.safetensors"));
  expect_error({"inspect", sampler}, HasSubstr("sampler.safetensors"));
  expect_error(predict({photo, "--box", "40,100,250,250"}), HasSubstr("photo"));

  std::filesystem::copy(fixture_.images(), folder_ / "root", std::filesystem::copy_options::recursive);
  const std::string annotation = "annotations/test/InterHand2.6M_test_joint_3d.json";
  truncated(fixture_.images() / annotation, "root/" + annotation);
  expect_error({"inspect", (folder_ / "root").string()}, HasSubstr("InterHand2.6M_test_joint_3d.json"));
}

TEST_F(Hostile, FilesOfAnotherKind) {
  const std::string text = file("notes.safetensors", "these are notes, and no network at all");
  expect_error({"evaluate", text}, HasSubstr("notes.safetensors"));
  expect_error({"inspect", file("notes.txt", "hello")}, HasSubstr("notes.txt"));
  expect_error({"report", folder_.path().string()}, HasSubstr(folder_.path().string()));
  expect_error(train({"hand=" + fixture_.patterns().string()}), HasSubstr("patterns.h5"));
  expect_error(train({"data.train.path=" + fixture_.hand().string()}), HasSubstr("hand.h5"));
  // A header that claims to be larger than the file.
  const std::string huge = file("huge.safetensors", std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10));
  expect_error({"inspect", huge}, HasSubstr("huge.safetensors"));
}

TEST_F(Hostile, CheckpointsOfAnotherKindOrConfig) {
  expect_error({"predict", fixture_.prior().string(), fixture_.image().string(), "--out", "predicted"},
               AllOf(HasSubstr("prior"), HasSubstr("sampler")));
  expect_error(fixture_.train_sampler(folder_ / "run", 1, {"prior=" + fixture_.sampler().string()}),
               AllOf(HasSubstr("sampler"), HasSubstr("prior")));
  std::filesystem::copy(fixture_.prior_run(), folder_ / "other", std::filesystem::copy_options::recursive);
  const Outcome outcome =
      run_program(fixture_.train_prior(folder_ / "other", 12, {"model.width=48"}) + Words{"--resume"}, folder_.path());
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_EQ(outcome.errors().size(), 1u) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("model.width: 32 -> 48"));
}

TEST_F(Hostile, AnotherHandFileThanTheCheckpoints) {
  HandModel hand = read_hand_model(fixture_.hand());
  for (const Side side : kSides) hand.hand[side].v_template.mul_(1.01);
  write_hand_model(folder_ / "larger.h5", hand);
  const std::string larger = (folder_ / "larger.h5").string();
  expect_error({"evaluate", fixture_.sampler().string(), "--data", fixture_.images().string(), "--hand", larger},
               HasSubstr("larger.h5"));
  expect_error({"predict", fixture_.sampler().string(), fixture_.image().string(), "--hand", larger, "--out", "predicted"},
               HasSubstr("larger.h5"));
}

TEST_F(Hostile, InvalidBoxes) {
  const std::string photo = fixture_.image().string();
  for (const char* box : {"1,2,3", "a,b,c,d", "10,10,-5,20", "10,10,0,0", "90000,10,50,50", "nan,1,2,3"})
    expect_error(predict({photo, "--box", box}), HasSubstr("box"));
  expect_error(predict({photo, "--boxes", file("boxes.json", "{\"other\": [1, 2, 3, 4]}")}), HasSubstr("boxes.json"));
  expect_error(predict({photo, "--boxes", file("list.json", "[[1, 2")}), HasSubstr("list.json"));
}

TEST_F(Hostile, FoldersWithoutImages) {
  std::filesystem::create_directories(folder_ / "empty");
  expect_error(predict({(folder_ / "empty").string()}), HasSubstr("empty"));
  expect_error({"inspect", (folder_ / "empty").string()}, HasSubstr("empty"));
  const std::string source = "data.train=[{path: " + (folder_ / "empty").string() + "}]";
  expect_error(fixture_.train_sampler(folder_ / "run", 1, {source}), HasSubstr("empty"));
}

TEST_F(Hostile, OutputsThatCannotBeWritten) {
  const std::string no_folder = file("file", "not a folder"), below = no_folder + "/below";
  expect_error({"prepare", "hand", "--procedural", "--out", below + ".h5"}, HasSubstr(no_folder));
  expect_error({"synthesize", "patterns", below + ".h5", "--count", "4"}, HasSubstr(no_folder));
  expect_error({"synthesize", "images", below, "--count", "4"}, HasSubstr(no_folder));
  expect_error(fixture_.train_prior(below, 2), HasSubstr(no_folder));
  expect_error(Words{"predict", fixture_.sampler().string(), fixture_.image().string(), "--box", "40,100,250,250", "--hand",
                     fixture_.hand().string(), "--out", below},
               HasSubstr(no_folder));
  expect_error({"evaluate", fixture_.sampler().string(), "--data", fixture_.images().string(), "--out", below},
               HasSubstr(no_folder));
  expect_error({"synthesize", "images", fixture_.images().string(), "--count", "4"},
               HasSubstr("images"));  // the folder is not empty
}

TEST_F(Hostile, UnknownDevicesAndProtocols) {
  for (const char* device : {"tpu", "cuda:99"}) {
    expect_error({"train", "prior", "--device", device, "--run", "run"}, HasSubstr(device));
    expect_error({"evaluate", fixture_.sampler().string(), "--device", device}, HasSubstr(device));
  }
  expect_error({"evaluate", fixture_.sampler().string(), "--data", fixture_.images().string(), "--protocol", "intaghnd"},
               AllOf(HasSubstr("intaghnd"), HasSubstr("intaghand")));
}

TEST_F(Hostile, PatternsThatAreNotFinite) {
  Patterns patterns = read_patterns(fixture_.patterns());
  TensorFileWriter writer(folder_ / "nan.h5", "interprior.patterns", 1);
  patterns.pose[5][1][7] = std::nan("");
  writer.write("pose", patterns.pose);
  writer.write("shape", patterns.shape);
  writer.write("translation", patterns.translation);
  for (const auto& [name, codes] : {std::pair{"source", patterns.source},
                                    {"modality", patterns.modality},
                                    {"split", patterns.split},
                                    {"seed", patterns.seed}})
    writer.write(name, codes);
  writer.write_strings("sources", patterns.sources);
  writer.write_strings("modalities", patterns.modalities);
  writer.close();
  expect_error(train({"data.train.path=" + (folder_ / "nan.h5").string()}), AllOf(HasSubstr("nan.h5"), HasSubstr("5")));
}

// A prior is not evaluated on its training patterns.
TEST_F(Hostile, EvaluationOnTheTrainingSplit) {
  expect_error({"evaluate", fixture_.prior().string(), "--data", fixture_.patterns().string(), "--split", "train"},
               HasSubstr("train"));
}

}  // namespace
}  // namespace interprior
