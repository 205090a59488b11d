#include <gmock/gmock.h>
#include <torch/types.h>

#include "interprior/base/files/safetensors.h"
#include "interprior/data/poses.h"
#include "interprior/geometry/rotation.h"
#include "python.h"
#include "support/tensor_near.h"

// The converters of public annotations to poses.h5, on files of the same layouts (tests/reference/public_annotations.py).
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class PoseScripts : public PythonScripts {
 protected:
  void SetUp() override {
    need("h5py, yaml, safetensors.numpy");
    if (!IsSkipped()) make("");
  }
  void make(const std::string& flag) const {
    std::vector<std::string> words = {"."};
    if (!flag.empty()) words.push_back(flag);
    ASSERT_EQ(script("tests/reference/public_annotations.py", words), 0) << errors();
  }
  int convert(const std::string& name, const std::vector<std::string>& words) const {
    return script("data_scripts/" + name + "_poses.py", words);
  }
  // The poses read by C++ equal those that were written.
  void expect_rows(const std::string& set, const std::string& source, bool joints = true) const {
    const Poses poses = read_poses(folder_ / "poses.h5");
    const Safetensors expected(folder_ / "expected.safetensors");
    const auto of = [&](const char* name) { return expected.tensor(set + "." + name); };
    EXPECT_THAT(matrix_from_axis_angle(poses.pose.view({-1, 16, 3})), TensorNear(of("rotations"), 1e-5));
    EXPECT_THAT(poses.shape, TensorNear(of("shape"), 1e-6));
    EXPECT_TRUE(torch::equal(poses.side, of("side")));
    EXPECT_TRUE(torch::equal(poses.split, of("split")));
    EXPECT_EQ(poses.sources, std::vector<std::string>{source});
    EXPECT_EQ(poses.modalities, std::vector<std::string>{"hands-object"});
    ASSERT_EQ(poses.joints.defined(), joints);
    if (joints) EXPECT_THAT(poses.joints - poses.joints.slice(1, 0, 1), TensorNear(of("joints"), 1e-6));
  }
  void expect_refused(const std::string& words) const {
    EXPECT_THAT(errors(), AllOf(HasSubstr("error: "), HasSubstr(words)));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "poses.h5"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "executed"));
  }
};

TEST_F(PoseScripts, FreiHandIsRelativeToTheMeanPose) {
  ASSERT_EQ(convert("freihand", {"freihand", "hand.h5", "poses.h5"}), 1) << "three rows are faulty";
  EXPECT_THAT(errors(), AllOf(HasSubstr("not_61_numbers: 1"), HasSubstr("not_finite: 1"), HasSubstr("not_numbers: 1"),
                              HasSubstr("error: poses.h5 is written without faulty rows")));
  EXPECT_THAT(output(), HasSubstr("5 of 8 poses"));
  expect_rows("freihand", "FreiHAND");
}

TEST_F(PoseScripts, AWrongMeanPoseIsDetectedByTheDataSetsJoints) {
  EXPECT_EQ(convert("freihand", {"freihand", "other_mean.h5", "poses.h5"}), 1);
  expect_refused("do not match the data set");
}

TEST_F(PoseScripts, Ho3dIsAbsoluteInOpenGlsAxes) {
  ASSERT_EQ(convert("ho3d", {"ho3d", "poses.h5", "--hand", "hand.h5", "--val", "SM"}), 1)
      << "one file is missing, one is truncated";
  EXPECT_THAT(errors(), AllOf(HasSubstr("file_missing: 1"), HasSubstr("file_unreadable: 1"), HasSubstr("not_annotated: 1")));
  EXPECT_THAT(errors(), HasSubstr("(file_missing: 1, file_unreadable: 1)")) << "an unannotated frame is no fault";
  EXPECT_THAT(output(), HasSubstr("5 poses"));
  expect_rows("ho3d", "HO-3D");
}

TEST_F(PoseScripts, H2o3dHasBothHands) {
  ASSERT_EQ(convert("ho3d", {"h2o3d", "poses.h5", "--hand", "hand.h5"}), 0) << errors();
  EXPECT_THAT(output(), HasSubstr("not checked"));
  expect_rows("h2o3d", "H2O-3D", /*joints=*/false);
}

TEST_F(PoseScripts, DexYcbStoresPrincipalComponentsAndIsUsedOncePerFrame) {
  ASSERT_EQ(convert("dexycb", {"dexycb", "mano", "poses.h5", "--hand", "hand.h5"}), 0) << errors();
  EXPECT_THAT(errors(), HasSubstr("hand_not_annotated: 2"));
  EXPECT_THAT(output(), HasSubstr("6 poses"));
  expect_rows("dexycb", "DexYCB");
}

TEST_F(PoseScripts, ManosFilesOfEveryPickleProtocolAreRead) {
  for (const std::string protocol : {"0", "1", "2", "3", "4", "5"}) {
    ASSERT_EQ(script("tests/reference/fake_mano.py", {"hand.h5", "mano_" + protocol, "--protocol", protocol}), 0) << errors();
    EXPECT_EQ(lines("import h5py\n"
                    "from restricted_pickle import mano_components\n"
                    "components, mean = mano_components('mano_" +
                    protocol +
                    "/MANO_LEFT.pkl')\n"
                    "assert (components == np.eye(45)).all()\n"
                    "assert (mean == h5py.File('hand.h5')['left/hands_mean'][()]).all()\n"),
              0)
        << errors();
  }
}

TEST_F(PoseScripts, TheSetupThatCountsSequencesNeedsThemAll) {
  EXPECT_EQ(convert("dexycb", {"dexycb", "mano", "poses.h5", "--setup", "s0"}), 1);
  expect_refused("not 100");
}

TEST_F(PoseScripts, HostileFilesAreRefusedAndNothingIsExecuted) {
  make("--hostile");
  EXPECT_EQ(convert("freihand", {"freihand", "hand.h5", "poses.h5"}), 1);
  expect_refused("truncated");
  EXPECT_EQ(convert("ho3d", {"ho3d", "poses.h5"}), 1);
  expect_refused("system");
  EXPECT_EQ(convert("dexycb", {"dexycb", "mano", "poses.h5"}), 1);
  expect_refused("system");
  EXPECT_EQ(convert("dexycb", {"dexycb", "ho3d", "poses.h5"}), 1);
  expect_refused("MANO_RIGHT.pkl");
}

TEST_F(PoseScripts, ThreeLinesWriteAnyPoses) {
  ASSERT_EQ(lines(R"(
from poses import write_poses
pose = np.arange(96, dtype=np.float64).reshape(2, 48) / 100
write_poses("poses.h5", pose=pose, shape=np.zeros((2, 10)), side=["left", "right"], split="val", source=["B", "A"],
            modality="marker-based")
)"),
            0)
      << errors();
  const Poses poses = read_poses(folder_ / "poses.h5");
  EXPECT_THAT(poses.pose, TensorNear(torch::arange(96, torch::kFloat64).view({2, 48}) / 100, 1e-7));
  EXPECT_TRUE(torch::equal(poses.side, torch::tensor({1, 0}, torch::kInt64)));
  EXPECT_TRUE(torch::equal(poses.split, torch::tensor({1, 1}, torch::kInt64)));
  EXPECT_EQ(poses.sources, (std::vector<std::string>{"B", "A"}));
}

// Poses whose joints differ from the data set's, with typical mistakes of converters.
TEST_F(PoseScripts, PosesThatDoNotMatchTheJointsAreRefused) {
  const std::string begin = R"(
import h5py
from poses import *
from whole_file import run
rng = np.random.default_rng(5)
pose, shape = rng.normal(0, 0.3, (20, 48)), rng.normal(0, 1, (20, 10))
with h5py.File("hand.h5") as file:
    hand = {name: np.float64(file["right"][name]) for name in ["v_template", "shapedirs", "J_regressor"]}
joints = np.zeros((20, 21, 3))
joints[:, JOINT_OF_CHAIN] = chain_joints(hand, pose, shape)
mean = hand_means("hand.h5")[0]
)";
  const std::string write = R"(
run(lambda: write_poses("poses.h5", pose=pose, shape=shape, side="right", split="train", source="A", modality="B", joints=joints,
                        hand="hand.h5"))
)";
  EXPECT_EQ(lines(begin + write), 0) << errors();
  std::filesystem::remove(folder_ / "poses.h5");
  for (const char* wrong : {"pose[:, 3:] += mean", "pose[:, 3:] -= mean", "pose[:, 3:] = rng.normal(0, 1, (20, 45))",
                            "pose = np.degrees(pose)", "joints = joints[:, [0, *range(20, 0, -1)]]", "joints = joints * 1000"}) {
    EXPECT_EQ(lines(begin + wrong + write), 1) << wrong;
    expect_refused("do not match the data set's own joints");
  }
  EXPECT_EQ(lines(begin + "joints = None" + write), 1);
  expect_refused("without joints");
}

// Common damage of downloads.
TEST_F(PoseScripts, PointersAndConvertedLineEndsAreNamed) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
  std::ofstream(folder_ / "freihand/training_mano.json") << pointer;
  EXPECT_EQ(convert("freihand", {"freihand", "hand.h5", "poses.h5"}), 1);
  expect_refused("freihand/training_mano.json is a Git-LFS pointer");
  const auto mano = folder_ / "mano/MANO_RIGHT.pkl";
  const std::string whole = bytes_of(mano);
  std::string converted;
  for (const char byte : whole) converted += byte == '\n' ? "\r\n" : std::string(1, byte);
  std::ofstream(mano, std::ios::binary) << converted;
  EXPECT_EQ(convert("dexycb", {"dexycb", "mano", "poses.h5"}), 1);
  expect_refused("line ends were converted");
  std::ofstream(mano, std::ios::binary) << pointer;
  EXPECT_EQ(convert("dexycb", {"dexycb", "mano", "poses.h5"}), 1);
  expect_refused("MANO_RIGHT.pkl is a Git-LFS pointer");
  std::ofstream(mano, std::ios::binary) << whole;
  EXPECT_EQ(convert("dexycb", {"dexycb", ".", "poses.h5"}), 0) << "MANO's files may be in a folder mano/: " << errors();
}

TEST_F(PoseScripts, AnInterruptedScriptLeavesNoFile) {
  for (const char* end : {"os.kill(os.getpid(), signal.SIGTERM)", "os.kill(os.getpid(), signal.SIGINT)",
                          "os.kill(os.getpid(), signal.SIGHUP)", "raise OSError(28, 'No space left', temporary)"}) {
    const std::string code = std::string(
                                 "import os, signal, time\nfrom whole_file import run, unfinished\n"
                                 "def main():\n  with unfinished('poses.h5') as temporary:\n    ") +
                             end + "\n    time.sleep(5)\nrun(main)\n";
    const int exit_code = lines(code);
    EXPECT_THAT(exit_code, ::testing::AnyOf(1, 128 + SIGTERM, 128 + SIGINT, 128 + SIGHUP)) << end << errors();
    EXPECT_FALSE(std::filesystem::exists(folder_ / "poses.h5")) << end;
    EXPECT_THAT(errors(), ::testing::Not(HasSubstr(".writing-"))) << "temporary names are not reported";
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      EXPECT_THAT(entry.path().filename().string(), ::testing::Not(::testing::StartsWith(".writing-"))) << end;
  }
}

TEST_F(PoseScripts, AMissingPackageIsOneErrorMessage) {
  EXPECT_EQ(run({"-S", (source_ / "data_scripts/freihand_poses.py").string(), "freihand", "hand.h5", "poses.h5"}), 1);
  EXPECT_THAT(errors(), AllOf(::testing::StartsWith("error: "), HasSubstr("numpy"), HasSubstr(".venv/bin/python")));
  const std::string text = errors();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST_F(PoseScripts, InvalidPosesAreNamed) {
  const auto refused = [&](const std::string& change, const std::string& words) {
    EXPECT_EQ(lines("from poses import write_poses\nfrom whole_file import run\n"
                    "what = dict(pose=np.zeros((2, 48)), shape=np.zeros((2, 10)), side='right', split='train', source='A',\n"
                    "            modality='B')\n" +
                    change + "\nrun(lambda: write_poses('poses.h5', **what))\n"),
              1)
        << change;
    expect_refused(words);
  };
  refused("what['pose'] = np.zeros((2, 45))", "pose has shape (2, 45), expected (N, 48)");
  refused("what['shape'] = np.zeros((3, 10))", "shape has shape (3, 10), expected (2, 10)");
  refused("what['pose'][1, 3] = np.nan", "pose of row 1 is not finite");
  refused("what['side'] = ['right']", "side has shape (1), expected (2)");
  refused("what['side'] = 'both'", "'both' is none of right, left");
  refused("what['split'] = ['train', 'tset']", "'tset' is none of train, val, test");
  refused("what['source'] = 'A,B'", "comma");
  refused("what['pose'] = what['shape'] = np.zeros((0, 48))", "empty");
}

}  // namespace
}  // namespace interprior
