#include <gmock/gmock.h>
#include <torch/types.h>

#include "interprior/metric/hand_sets/hand_set.h"
#include "python.h"
#include "support/tensor_near.h"

// Files written by data_scripts/images.py and hands.py are read by the program.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class TableScripts : public PythonScripts {
 protected:
  void SetUp() override { need("h5py"); }
  void expect_refused(const std::string& code, const std::string& words) const {
    EXPECT_EQ(lines(code), 1) << code;
    EXPECT_THAT(errors(), AllOf(HasSubstr("error: "), HasSubstr(words)));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out.h5"));
  }
};

constexpr const char* kImages = R"(
from images import write_images
from whole_file import run
rng = np.random.default_rng(3)
for k in range(3):
    open(f"{k}.jpg", "w").close()
joints = rng.normal(0, 0.02, (3, 2, 21, 3)) + [0, 0, 0.5]
what = dict(sample=["train/a", "train/b", "test/c"], file=["0.jpg", "1.jpg", "2.jpg"], sequence=["s", "s", "t"],
            hand_type=["interacting", "interacting", "right"], intrinsics=np.tile([500, 500, 128, 128.0], (3, 1)),
            size=np.full((3, 2), 256), box=np.tile([10, 10, 200, 200.0], (3, 1)),
            rotation=np.tile(np.diag([1.0, -1, -1]), (3, 1, 1)), translation=np.zeros((3, 3)),
            mano_pose=rng.normal(0, 0.1, (3, 2, 48)), mano_shape=np.zeros((3, 2, 10)), mano_translation=np.zeros((3, 2, 3)),
            mano_valid=[[1, 1], [1, 1], [1, 0]], joints=joints, joint_valid=np.ones((3, 2, 21), bool))
what["mano_pose"][2, 1] = np.nan  # no valid hand
)";
constexpr const char* kWriteImages = "\nrun(lambda: write_images('out.h5', **what))\n";

TEST_F(TableScripts, ImagesAreReadByInspect) {
  ASSERT_EQ(lines(std::string(kImages) + kWriteImages), 0) << errors();
  const Outcome seen = run_program({"inspect", "out.h5", "--json"}, folder_.path());
  ASSERT_EQ(seen.exit_code, 0) << seen.err;
  for (const char* part : {"\"kind\": \"images\"", "\"images\": 3", "\"interacting\": 2", "\"right\": 1", "\"usable\": 2",
                           "\"not_interacting\": 1", "\"usable_sequences\": 1", "\"256x256\""})
    EXPECT_THAT(seen.out, HasSubstr(part));
}

TEST_F(TableScripts, ImagesNeedOnlyTheKnownFields) {
  const char* bare = "what = {k: what[k] for k in ['sample', 'file', 'hand_type', 'intrinsics', 'size', 'box', 'joints']}";
  ASSERT_EQ(lines(std::string(kImages) + bare + kWriteImages), 0) << errors();
  const Outcome seen = run_program({"inspect", "out.h5", "--json"}, folder_.path());
  ASSERT_EQ(seen.exit_code, 0) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("\"mano_missing\": 3"));
}

// 2D joints only: the program's projected joints equal them.
TEST_F(TableScripts, TwoDimensionalJointsAreEnough) {
  const char* bare = R"(
places = what["joints"][..., :2] / what["joints"][..., 2:] * 500 + 128
what = {k: what[k] for k in ['sample', 'file', 'hand_type', 'intrinsics', 'size', 'box']}
what.update(joints_2d=places, joint_valid=np.ones((3, 2, 21), np.int8), hand_type_valid=np.ones(3, np.int8)))";
  ASSERT_EQ(lines(std::string(kImages) + bare + kWriteImages), 0) << errors();
  const Outcome seen = run_program({"inspect", "out.h5", "--json"}, folder_.path());
  ASSERT_EQ(seen.exit_code, 0) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("\"mano_missing\": 3"));
  std::filesystem::remove(folder_ / "out.h5");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"what['joints_2d'] = what['joints_2d'] / 256", "not fractions of the image size"},
      {"what['joints_2d'][1, 0, 3] = 9000", "joints_2d of train/b lie far outside its image"},
      {"what['joints_2d'][1, 0, 3] = np.nan", "joints_2d of train/b is not finite"},
      {"what['joints'] = np.ones((3, 2, 21, 3))", "joints and joints_2d are both given"}};
  for (const auto& [change, words] : cases) expect_refused(std::string(kImages) + bare + "\n" + change + kWriteImages, words);
}

TEST_F(TableScripts, FlagsOfAnyTypeAreRead) {
  for (const char* type : {"np.int8", "np.uint8", "np.int64", "bool", "np.float32"}) {
    const std::string flags = std::string("what['mano_valid'] = np.array([[1, 1], [1, 1], [1, 0]], ") + type +
                              ")\nwhat['joint_valid'] = np.ones((3, 2, 21), " + type + ")";
    ASSERT_EQ(lines(std::string(kImages) + flags + kWriteImages), 0) << type << errors();
    const Outcome seen = run_program({"inspect", "out.h5", "--json"}, folder_.path());
    EXPECT_THAT(seen.out, HasSubstr("\"usable\": 2")) << type << seen.err;
  }
}

// Written with h5py only, without images.py.
TEST_F(TableScripts, FlagsThatAreSignedBytesAreRead) {
  const std::string change = R"(
import h5py
with h5py.File("out.h5", "a") as file:
    flags = file["mano/valid"][()].astype(np.int8)
    flags[0, 0] = FIRST
    del file["mano/valid"]
    file["mano/valid"] = flags
)";
  ASSERT_EQ(lines(std::string(kImages) + kWriteImages + "FIRST = 1" + change), 0) << errors();
  Outcome seen = run_program({"inspect", "out.h5", "--json"}, folder_.path());
  EXPECT_THAT(seen.out, HasSubstr("\"usable\": 2")) << seen.err;
  ASSERT_EQ(lines("FIRST = -1" + change), 0) << errors();
  seen = run_program({"inspect", "out.h5", "--json"}, folder_.path());
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_THAT(seen.err, HasSubstr("mano/valid"));
}

TEST_F(TableScripts, AnInvalidImageIndexIsNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"what['sample'][2] = 'train/a'", "sample train/a occurs twice"},
      {"what['sample'][2] = 'testing/c'", "sample testing/c must begin with its split"},
      {"what['file'][1] = 'none.jpg'", "there is no file none.jpg (of train/b)"},
      {"what['hand_type'][0] = 'both'", "hand_type 'both' of train/a"},
      {"what['box'] = what['box'][:2]", "box has shape (2, 4), expected (3, 4)"},
      {"what['box'][1] = [300, 10, 50, 50]", "box of train/b does not lie in its image"},
      {"what['box'][2, 2] = 0", "box of test/c does not lie in its image"},
      {"what['intrinsics'][1, 0] = 0", "intrinsics of train/b is not positive"},
      {"what['size'] = what['size'] / 2", "camera/size has dtype float64"},
      {"what['rotation'][2, 0, 0] = -1", "rotation of test/c is not a rotation"},
      {"what['mano_pose'][0, 1, 3] = np.inf", "mano/pose of train/a is not finite"},
      {"what['mano_valid'] = None", "mano_valid is missing"},
      {"what['mano_valid'][0][0] = 2", "mano/valid must be booleans"},
      {"what['joints'] = what['joints'] * 1000", "give metres"},
      {"what['shard_bytes'] = [1, 2, 3]", "both shard_offset and shard_bytes, or neither"}};
  for (const auto& [change, words] : cases) expect_refused(std::string(kImages) + change + kWriteImages, words);
  expect_refused(std::string(kImages) + "run(lambda: write_images('nowhere/out.h5', **what, check_files=False))", "no folder");
}

// A root of seven images, two of which are in the benchmark.
constexpr const char* kBenchmarkRoot = R"(
import json, os
from PIL import Image
os.makedirs("root/annotations/test")
os.makedirs("root/images/test/Capture0/a/cam1")
def write(what, content):
    json.dump(content, open(f"root/annotations/test/InterHand2.6M_test_{what}.json", "w"))
fit = dict(pose=[0.0] * 48, shape=[0.0] * 10, trans=[0.0] * 3)
kinds = [("interacting", 1, "both", 90), ("right", 1, "both", 90), ("interacting", 0, "both", 90), ("interacting", 1, "right", 90),
         ("interacting", 1, "none", 90), ("interacting", 1, "both", 9), ("interacting", 1, "both", 11)]
images, annotations, frames = [], [], {}
for i, (hand_type, valid, fits, grey) in enumerate(kinds):
    name = f"Capture0/a/cam1/image{9 - i}.jpg"   # not sorted by name
    images.append(dict(id=i, file_name=name, capture=0, frame_idx=i))
    annotations.append(dict(id=i, image_id=i, hand_type=hand_type, hand_type_valid=valid))
    if fits != "none":
        frames[str(i)] = dict(right=fit, left=fit if fits == "both" else None)
    Image.new("RGB", (32, 32), (grey, grey, grey)).save("root/images/test/" + name)
write("data", dict(images=images, annotations=annotations))
write("MANO_NeuralAnnot", {"0": frames})
)";

TEST_F(TableScripts, BenchmarkIdsAreInTheBenchmarksOrder) {
  ASSERT_EQ(lines(kBenchmarkRoot), 0) << errors();
  ASSERT_EQ(script("data_scripts/benchmark_ids.py", {"root", "test", "ids.txt"}), 0) << errors();
  EXPECT_EQ(bytes_of(folder_ / "ids.txt"), "test/Capture0/a/cam1/image9.jpg\ntest/Capture0/a/cam1/image3.jpg\n");
  ASSERT_EQ(script("data_scripts/benchmark_ids.py", {"root", "test", "ids.txt", "--without-images"}), 0) << errors();
  EXPECT_EQ(bytes_of(folder_ / "ids.txt"),
            "test/Capture0/a/cam1/image9.jpg\ntest/Capture0/a/cam1/image4.jpg\ntest/Capture0/a/cam1/image3.jpg\n");
  EXPECT_THAT(errors(), HasSubstr("near-black images included"));
  std::filesystem::remove(folder_ / "root/images/test/Capture0/a/cam1/image9.jpg");
  EXPECT_EQ(script("data_scripts/benchmark_ids.py", {"root", "test", "ids.txt"}), 1);
  EXPECT_THAT(errors(), HasSubstr("error: 1 of 3 images are missing, such as root/images/test/Capture0/a/cam1/image9.jpg"));
  EXPECT_EQ(script("data_scripts/benchmark_ids.py", {"root", "val", "ids.txt"}), 1);
  EXPECT_THAT(errors(), HasSubstr("InterHand2.6M_val_data.json"));
}

// Layout of the first release, numbers as strings or floats, and Python's NaN.
TEST_F(TableScripts, BenchmarkIdsOfTheFirstReleasesLayout) {
  ASSERT_EQ(lines(std::string(kBenchmarkRoot) + R"(
for image in images:
    image["capture"], image["frame_idx"] = "0", float(image["frame_idx"])
write("data", dict(images=images, annotations=annotations))
frames["6"] = dict(frames["6"], left=dict(fit, trans=[float("nan"), 0, 0]))
write("MANO", {"0": frames})
os.remove("root/annotations/test/InterHand2.6M_test_MANO_NeuralAnnot.json")
os.rename("root/annotations/test", "root/annotations/all")
)"),
            0)
      << errors();
  EXPECT_EQ(script("data_scripts/benchmark_ids.py", {"root", "test", "ids.txt"}), 1) << "a row is faulty";
  EXPECT_THAT(errors(),
              AllOf(HasSubstr("mano_broken: 1 (such as test/Capture0/a/cam1/image3.jpg)"), HasSubstr("ids.txt is written")));
  EXPECT_EQ(bytes_of(folder_ / "ids.txt"), "test/Capture0/a/cam1/image9.jpg\n");
  std::filesystem::rename(folder_ / "root/annotations/all", folder_ / "root/annotations/human_annot");
  EXPECT_EQ(script("data_scripts/benchmark_ids.py", {"root", "test", "ids.txt"}), 1);
  EXPECT_THAT(errors(), HasSubstr("which is not the benchmark's"));
  std::filesystem::remove_all(folder_ / "root/annotations");
  EXPECT_EQ(script("data_scripts/benchmark_ids.py", {"root", "test", "other.txt"}), 1);
  EXPECT_THAT(errors(), HasSubstr("there is no InterHand2.6M_test_data.json"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "other.txt"));
}

// Unweighted mean of the channels: luminance weights (0.30, 0.59, 0.11) would keep the green image and drop the blue one.
TEST_F(TableScripts, NearBlackIsThePlainMeanOfTheChannels) {
  ASSERT_EQ(lines(std::string(kBenchmarkRoot) + R"(
Image.new("RGB", (32, 32), (0, 28, 0)).save("root/images/test/Capture0/a/cam1/image9.jpg", quality=100)
Image.new("RGB", (32, 32), (0, 0, 34)).save("root/images/test/Capture0/a/cam1/image3.jpg", quality=100)
)"),
            0)
      << errors();
  ASSERT_EQ(script("data_scripts/benchmark_ids.py", {"root", "test", "ids.txt"}), 0) << errors();
  EXPECT_EQ(bytes_of(folder_ / "ids.txt"), "test/Capture0/a/cam1/image3.jpg\n");
}

constexpr const char* kHands = R"(
from hands import write_hands
from whole_file import run
rng = np.random.default_rng(4)
what = dict(sample=["test/a", "test/b"], group=["s", "s"], pose=rng.normal(0, 0.3, (2, 2, 48)),
            shape=rng.normal(0, 1, (2, 2, 10)), translation=rng.normal(0, 0.1, (2, 2, 3)) + [0, 0, 0.6],
            joints=rng.normal(0, 0.1, (2, 2, 21, 3)) + [0, 0, 0.6],
            hand_valid=[[True, True], [True, False]], camera=np.tile([500, 500, 128, 128.0], (2, 1)),
            hypotheses=dict(pose=rng.normal(0, 0.3, (2, 5, 2, 48)), shape=np.zeros((2, 5, 2, 10)),
                            translation=np.zeros((2, 5, 2, 3))))
what["joints"][1, 1] = what["pose"][1, 1] = np.nan  # of the absent hand
)";
constexpr const char* kWriteHands = "\nrun(lambda: write_hands('out.h5', **what))\n";

TEST_F(TableScripts, HandsAreEvaluatedAndSmallerErrorsAreBetter) {
  ASSERT_EQ(lines(std::string(kHands) + R"(
what["hand_valid"] = [[True, True], [True, True]]
what["joints"][1, 1] = what["pose"][1, 1] = 0.1
write_hands("truth.h5", **what)
for name, noise in [("near", 0.02), ("far", 0.2)]:
    what["pose"] = what["pose"] + noise
    write_hands(name + ".h5", **{k: what[k] for k in ["sample", "pose", "shape", "translation"]})
)"),
            0)
      << errors();
  const HandSet truth = read_hand_set(folder_ / "truth.h5");
  EXPECT_EQ(truth.group, (std::vector<std::string>{"s", "s"}));
  EXPECT_EQ(truth.hypotheses(), 5);
  ASSERT_EQ(run_program({"prepare", "hand", "--procedural", "--out", "hand.h5"}, folder_.path()).exit_code, 0);
  const auto error_of = [&](const std::string& predictions) {
    const Outcome outcome = run_program(
        {"evaluate", "--predictions", predictions, "--truth", "truth.h5", "--hand", "hand.h5", "--json"}, folder_.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const size_t at = outcome.out.find("\"mpvpe_mm\":");
    return at == std::string::npos ? -1.0 : std::stod(outcome.out.substr(at + 11));
  };
  EXPECT_NEAR(error_of("truth.h5"), 0, 1e-3);
  EXPECT_GT(error_of("near.h5"), 0.1);
  EXPECT_GT(error_of("far.h5"), 2 * error_of("near.h5"));
}

TEST_F(TableScripts, MissingHandsMayHaveAnyValue) {
  ASSERT_EQ(lines(std::string(kHands) + kWriteHands), 0) << errors();
  const HandSet set = read_hand_set(folder_ / "out.h5");
  EXPECT_TRUE(torch::equal(valid_hands(set), torch::tensor({1, 1, 1, 0}).view({2, 2}).to(torch::kBool)));
  EXPECT_EQ(set.pose[1][1].abs().max().item<double>(), 0);
}

TEST_F(TableScripts, SetsMayHoldOnlyMeshesOrJoints) {
  ASSERT_EQ(lines(std::string(kHands) + R"(
write_hands("meshes.h5", sample=what["sample"], vertices=np.full((2, 2, 778, 3), 0.25))
write_hands("joints.h5", sample=what["sample"], joints=np.full((2, 2, 21, 3), 0.5), joint_valid=np.ones((2, 2, 21)))
)"),
            0)
      << errors();
  EXPECT_THAT(read_hand_set(folder_ / "meshes.h5").vertices, TensorNear(torch::full({2, 2, 778, 3}, 0.25), 0));
  EXPECT_THAT(read_hand_set(folder_ / "joints.h5").joints, TensorNear(torch::full({2, 2, 21, 3}, 0.5), 0));
}

TEST_F(TableScripts, AnInvalidSetOfHandsIsNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"what['sample'] = ['test/a', 'test/a']", "sample test/a occurs twice"},
      {"what['sample'] = 'test/a'", "sample is a string"},
      {"what['shape'] = None", "shape of MANO's parameters is missing"},
      {"what['translation'][0, 0, 0] = np.nan", "translation of test/a is not finite"},
      {"what['translation'] = what['translation'] * 1000", "give metres"},
      {"what['joints'] = what['joints'][:, :, :20]", "joints has shape (2, 2, 20, 3), expected (2, 2, 21, 3)"},
      {"what['group'] = ['s']", "group has shape (1), expected (2)"},
      {"what['hypotheses']['shape'] = np.zeros((2, 4, 2, 10))", "hypotheses/shape has shape (2, 4, 2, 10)"},
      {"what = dict(sample=['test/a'])", "give vertices, or pose, shape and translation, or joints"},
      {"what = dict(sample=[])", "sample is empty"}};
  for (const auto& [change, words] : cases) expect_refused(std::string(kHands) + change + kWriteHands, words);
}

}  // namespace
}  // namespace interprior
