#include <gmock/gmock.h>

#include <numeric>

#include "fixture.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/hand/joint_orders.h"
#include "interprior/infer/keypoints/keypoints.h"
#include "python.h"
#include "support/tensor_near.h"

// Scripts that write keypoints.json; their output is read back by the program.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class KeypointScripts : public PythonScripts {
 protected:
  KeypointFile read(const std::string& name) const { return read_keypoints(folder_ / name); }
  void expect_refused(const std::string& words) const {
    EXPECT_THAT(errors(), AllOf(HasSubstr("error: "), HasSubstr(words)));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out.json"));
  }
};

class SetKeypoints : public KeypointScripts {
 protected:
  void SetUp() override { need("h5py"); }
  void synthesise() const {
    const Outcome prepared =
        run_program({"prepare", "interhand", fixture().images().string(), "--out", "images.h5"}, folder_.path());
    ASSERT_EQ(prepared.exit_code, 0) << prepared.err;
  }
  int convert(std::vector<std::string> words) const {
    words.insert(words.begin(), {"images.h5", "--out", "out.json"});
    return script("data_scripts/set_keypoints.py", words);
  }
};

// Distances (px) of each pair's 42 joints from the projected joints of the set; negative for missing joints.
std::vector<double> distances(const KeypointImage& image, const ImageRecord& record) {
  std::vector<double> distances;
  for (const Side side : kSides)
    for (size_t i = 0; i < kJoints; ++i) {
      const Keypoint& joint = image.pairs.at(0).hand[side]->joints[i];
      const auto [x, y] = record.camera.project(record.joints_in_camera[static_cast<size_t>(side)][i]);
      distances.push_back(joint.confidence > 0 ? std::hypot(joint.x - x, joint.y - y) : -1);
    }
  return distances;
}

TEST_F(SetKeypoints, AreTheProjectedJointsWithTheSetsIds) {
  synthesise();
  ASSERT_EQ(convert({"--split", "train"}), 0) << errors();
  const KeypointFile file = read("out.json");
  const ImageIndex index = read_images(folder_ / "images.h5", "train");
  ASSERT_GT(index.usable.size(), 3u);
  ASSERT_THAT(file.images, SizeIs(index.usable.size()));
  EXPECT_THAT(file.findings, IsEmpty());
  std::map<std::string, const KeypointImage*> by_key;
  for (const KeypointImage& image : file.images) by_key[image.key] = &image;
  for (size_t i = 0; i < index.usable.size(); ++i) {
    const ImageRecord record = index.usable[i];
    ASSERT_EQ(by_key.count(record.sample), 1u) << record.sample;
    const KeypointImage& image = *by_key[record.sample];
    EXPECT_EQ(image.width, record.camera.width);
    EXPECT_EQ(image.height, record.camera.height);
    EXPECT_NEAR(image.pairs.at(0).camera->at(1), record.camera.fy, 1e-9);
    for (const double distance : distances(image, record)) EXPECT_LT(std::abs(distance), 2e-4);
  }
}

TEST_F(SetKeypoints, HaveTheRequestedNoise) {
  synthesise();
  const ImageIndex index = read_images(folder_ / "images.h5", "train");
  const auto all_distances = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--split", "train"});
    EXPECT_EQ(convert(words), 0) << errors();
    std::vector<std::vector<double>> all;
    for (const KeypointImage& image : read("out.json").images)
      for (size_t i = 0; i < index.usable.size(); ++i)
        if (const ImageRecord record = index.usable[i]; record.sample == image.key) all.push_back(distances(image, record));
    EXPECT_THAT(all, SizeIs(index.usable.size()));
    return all;
  };
  double sum = 0, count = 0;
  for (const auto& one : all_distances({"--noise", "4"}))
    for (const double distance : one) {
      sum += distance * distance;
      ++count;
    }
  EXPECT_NEAR(std::sqrt(sum / count / 2), 4, 0.4) << "of each coordinate";
  for (const auto& one : all_distances({"--missing", "6", "--wrong", "4", "--wrong-px", "25"})) {
    EXPECT_EQ(std::count_if(one.begin(), one.end(), [](double distance) { return distance < 0; }), 6);
    EXPECT_EQ(std::count_if(one.begin(), one.end(), [](double distance) { return std::abs(distance - 25) < 1e-3; }), 4);
    EXPECT_EQ(std::count_if(one.begin(), one.end(), [](double distance) { return distance >= 0 && distance < 1e-3; }), 32);
  }
  // Errors of a sample depend only on the seed and its id.
  const auto whole = all_distances({"--noise", "4", "--seed", "2"});
  const std::string bytes = bytes_of(folder_ / "out.json");
  ASSERT_EQ(convert({"--split", "train", "--noise", "4", "--seed", "2", "--count", "2"}), 0);
  const KeypointFile few = read("out.json");
  ASSERT_THAT(few.images, SizeIs(2));
  for (const KeypointImage& image : few.images)
    EXPECT_THAT(bytes, HasSubstr(std::to_string(image.pairs[0].hand.left->joints[7].x).substr(0, 6)));
  EXPECT_NE(all_distances({"--noise", "4"}), whole);
  ASSERT_EQ(convert({"--split", "train", "--assumed-camera", "--joints-3d"}), 0);
  const KeypointPair pair = read("out.json").images[0].pairs[0];
  EXPECT_FALSE(pair.camera);
  EXPECT_GT(pair.hand.right->joints_in_camera->at(0)[2], 0.2);
}

TEST_F(SetKeypoints, OfAnImageTableAndItsErrors) {
  const std::string table = R"(
from images import write_images
rng = np.random.default_rng(3)
joints = rng.normal(0, 0.02, (4, 2, 21, 3)) + [0, 0, 0.5]
valid = np.ones((4, 2, 21), bool)
valid[1, 1, 5] = False
valid[3, 0, :16] = False
what = dict(sample=["test/a", "test/b", "test/c", "test/d"], file=["a", "b", "c", "d"],
            hand_type=["interacting", "interacting", "left", "interacting"], intrinsics=np.tile([500, 600, 128, 100.0], (4, 1)),
            size=np.full((4, 2), 256), box=np.tile([10, 10, 200, 200.0], (4, 1)), joint_valid=valid)
places = joints[..., :2] / joints[..., 2:] * [500, 600] + [128, 100]
np.save("places.npy", places)
)";
  ASSERT_EQ(lines(table + "write_images('images.h5', **what, joints=joints, check_files=False)"), 0) << errors();
  ASSERT_EQ(convert({}), 0) << errors();
  EXPECT_THAT(errors(), AllOf(HasSubstr("not_interacting: 1 (such as test/c)"), HasSubstr("joints_missing: 1 (such as test/d)")));
  const KeypointFile file = read("out.json");
  ASSERT_THAT(file.images, SizeIs(2));
  EXPECT_EQ(file.images[0].key, "test/a");
  EXPECT_EQ(file.images[1].pairs[0].hand.left->seen(), 20);
  EXPECT_EQ(file.images[1].pairs[0].hand.left->joints[5].confidence, 0);
  ASSERT_EQ(convert({"--all"}), 0) << errors();
  const KeypointFile all = read("out.json");
  ASSERT_THAT(all.images, SizeIs(4));
  EXPECT_FALSE(all.images[2].pairs[0].hand.right);
  const double x = file.images[0].pairs[0].hand.right->joints[3].x;
  ASSERT_EQ(lines(table + "write_images('images.h5', **what, joints_2d=places, check_files=False)"), 0) << errors();
  ASSERT_EQ(convert({}), 0) << errors();
  EXPECT_EQ(read("out.json").images[0].pairs[0].hand.right->joints[3].x, x);
  std::filesystem::remove(folder_ / "out.json");
  EXPECT_EQ(convert({"--joints-3d"}), 1);
  expect_refused("--joints-3d needs 3D joints");
  EXPECT_EQ(convert({"--split", "val"}), 1);
  expect_refused("no sample of val");
  EXPECT_EQ(convert({"--noise", "-1"}), 1);
  expect_refused("negative");
  EXPECT_EQ(convert({"--missing", "42"}), 1);
  expect_refused("leaves no joint of test/a");
  std::ofstream(folder_ / "images.h5") << "nothing";
  EXPECT_EQ(convert({}), 1);
  expect_refused("images.h5 cannot be read");
}

constexpr const char* kHand = "[[100 + 7 * i, 200 + i * i, 0.5] for i in range(21)]";

TEST_F(KeypointScripts, KeypointsFromAUsersScript) {
  need("numpy");
  const std::string begin =
      std::string("from keypoints import write_keypoints\nfrom whole_file import run\nhand = np.array(") + kHand + ")\n";
  ASSERT_EQ(lines(begin + R"(
seen = hand.tolist()
seen[3] = None
pair = dict(right=hand, left=seen, right_depth=np.arange(21.0), camera=np.array([500, 500, 128, 128]))
write_keypoints("out.json", {"a b.jpg": dict(size=[640, 480], pairs=[pair]), "none.jpg": dict(pairs=[])}, order="mediapipe"))"),
            0)
      << errors();
  const KeypointFile file = read("out.json");
  ASSERT_THAT(file.images, SizeIs(2));
  EXPECT_EQ(file.images[0].key, "a b.jpg");
  EXPECT_EQ(file.images[0].pairs[0].hand.left->seen(), 20);
  EXPECT_EQ(file.images[0].pairs[0].hand.right->joints[2].x, 114);
  EXPECT_EQ(file.images[0].pairs[0].hand.right->relative_depth->at(4), 4);
  std::filesystem::remove(folder_ / "out.json");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"dict(pairs=[dict(right=hand[:20])])", "a.jpg, pair 1, right is not 21 joints"},
      {"dict(pairs=[dict(right=hand * [1, 1, 9])])", "right[0] has a confidence outside 0 to 1"},
      {"dict(pairs=[dict(right=hand * np.nan)])", "right[0] has a value that is not a finite number"},
      {"dict(pairs=[dict(rigth=hand)])", "rigth is none of right, left"},
      {"dict(pairs=[{}])", "a.jpg, pair 1 has no hand"},
      {"dict(size=[640], pairs=[])", "a.jpg, size is not 2 numbers"},
      {"dict()", "a.jpg has no pairs"}};
  for (const auto& [image, words] : cases) {
    EXPECT_EQ(lines(begin + "run(lambda: write_keypoints('out.json', {'a.jpg': " + image + "}))"), 1) << image;
    expect_refused(words);
  }
}

// Writer and reader know the same orders of joints.
TEST_F(KeypointScripts, OrdersAreTheReaders) {
  need("numpy");
  ASSERT_EQ(lines("import keypoints\nprint(*keypoints.ORDERS, keypoints.FEWEST_JOINTS)"), 0) << errors();
  std::string expected;
  for (const std::string& key : joint_order_keys()) expected += key + " ";
  EXPECT_EQ(output(), expected + std::to_string(kMinKeypoints) + "\n");
}

// Fake MediaPipe results: fractions of the image size, and labels for a mirrored image.
constexpr const char* kLandmarks = R"(
from types import SimpleNamespace as N
from mediapipe_keypoints import hand_of, pairs_of, without_doubles
def found(x, y, label, score=0.9, mirrored_label=False, size=0.1):
    points = [N(x=x + size * i / 20, y=y + size * (i % 4) / 20, z=-0.01 * i - 0.5) for i in range(21)]
    return hand_of(points, label, score, 400, 300, mirrored_label)
)";

TEST_F(KeypointScripts, LandmarksBecomePixelsOfTheCorrectHand) {
  need("numpy");
  ASSERT_EQ(lines(std::string(kLandmarks) + R"(
hand = found(0.25, 0.5, "Right")
print(hand["side"], hand["joints"][0], hand["joints"][20], round(hand["depth"][0], 6), round(hand["depth"][5], 6))
print(found(0.25, 0.5, "Right", mirrored_label=True)["side"], found(0.25, 0.5, "Left", mirrored_label=True)["side"]))"),
            0)
      << errors();
  EXPECT_EQ(output(), "right [99.5, 149.5] [139.5, 149.5] 0.0 -20.0\nleft right\n");
}

TEST_F(KeypointScripts, HandsOfTwoPeopleArePairedByDistance) {
  need("numpy");
  ASSERT_EQ(lines(std::string(kLandmarks) + R"(
from keypoints import write_keypoints
hands = [found(0.1, 0.5, "Left"), found(0.8, 0.5, "Right"), found(0.7, 0.5, "Left"), found(0.2, 0.5, "Right"), found(0.5, 0.1, "Left", 0.6)]
twice = hands + [found(0.1, 0.502, "Right", 0.4)]  # the first again, as the other side
pairs = pairs_of(without_doubles(twice))
write_keypoints("out.json", {"a.jpg": dict(size=[400, 300], pairs=pairs)}, order="mediapipe")
print(len(without_doubles(hands)), len(without_doubles(twice)), pairs_of([]), without_doubles([])))"),
            0)
      << errors();
  EXPECT_EQ(output(), "5 5 [] []\n");
  const std::vector<KeypointPair> pairs = read("out.json").images[0].pairs;
  ASSERT_THAT(pairs, SizeIs(3));
  std::vector<double> rights, lefts;
  for (const KeypointPair& pair : pairs) {
    rights.push_back(pair.hand.right ? pair.hand.right->joints[0].x : -1);
    lefts.push_back(pair.hand.left ? pair.hand.left->joints[0].x : -1);
  }
  EXPECT_EQ(std::accumulate(rights.begin(), rights.end(), 0.0), 79.5 + 319.5 - 1);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(lefts[i],
                rights[i] == 79.5    ? 39.5
                : rights[i] == 319.5 ? 279.5
                                     : 199.5,
                1e-9)
        << "the nearest, or the unpaired one";
  EXPECT_DOUBLE_EQ(pairs[2].hand.left->joints[3].confidence, 0.6);
}

TEST_F(KeypointScripts, MediaPipeIsNamedWhereItIsMissing) {
  need("numpy");
  std::ofstream(folder_ / "a.jpg").close();
  if (run({"-c", "import mediapipe"}) == 0) GTEST_SKIP() << "mediapipe is installed";
  EXPECT_EQ(script("data_scripts/mediapipe_keypoints.py", {"a.jpg", "--out", "out.json"}), 1);
  expect_refused("pip install mediapipe==0.10.14");
  EXPECT_EQ(script("data_scripts/mediapipe_keypoints.py", {"none.jpg", "--out", "out.json"}), 1);
  expect_refused("there is no image none.jpg");
  EXPECT_EQ(script("data_scripts/mediapipe_keypoints.py", {"--help"}), 0);
  EXPECT_THAT(output(), HasSubstr("pip install mediapipe==0.10.14"));
}

constexpr const char* kCoco = R"(
import json
flat = lambda first, v: [n for i in range(21) for n in (first + i, 2 * first + i * i, v)]
images = [dict(id=7, file_name="x/a.jpg", width=640, height=480), dict(id=8, file_name="b.jpg")]
persons = [dict(image_id=7, lefthand_kpts=flat(10, 2), righthand_kpts=[0] * 63, lefthand_valid=True, righthand_valid=False),
           dict(image_id=8, lefthand_kpts=[0] * 63, righthand_kpts=[0] * 63, lefthand_valid=False, righthand_valid=False)]
results = [dict(image_id=8, score=0.9, keypoints=[5] * 51, lefthand_kpts=flat(10, 0.4), righthand_kpts=flat(90, 0.2)),
           dict(image_id=8, score=0.1, lefthand_kpts=flat(10, 0.9), righthand_kpts=flat(50, 0.9))]
def write(name, content):
    json.dump(content, open(name, "w"))
write("annotations.json", dict(images=images, annotations=persons))
write("results.json", results)
)";

TEST_F(KeypointScripts, CocoWholeBodyAsTheProgramReadsIt) {
  need("numpy");
  const auto convert = [&](std::vector<std::string> words) { return script("data_scripts/coco_wholebody_keypoints.py", words); };
  ASSERT_EQ(lines(kCoco), 0) << errors();
  ASSERT_EQ(convert({"annotations.json", "--out", "out.json"}), 0) << errors();
  EXPECT_THAT(errors(), HasSubstr("no_hand: 1"));
  const KeypointImage script_read = read("out.json").images.at(0), direct = read("annotations.json").images.at(0);
  EXPECT_EQ(script_read.key, "x/a.jpg");
  EXPECT_EQ(script_read.width, direct.width);
  EXPECT_FALSE(script_read.pairs[0].hand.right);
  for (size_t i = 0; i < kJoints; ++i) {
    EXPECT_EQ(script_read.pairs[0].hand.left->joints[i].x, direct.pairs[0].hand.left->joints[i].x);
    EXPECT_EQ(script_read.pairs[0].hand.left->joints[i].confidence, 1);
  }
  ASSERT_EQ(convert({"results.json", "--out", "out.json", "--images", "annotations.json", "--min-confidence", "0.3",
                     "--min-score", "0.5"}),
            0)
      << errors();
  EXPECT_THAT(errors(), HasSubstr("score_low: 1"));
  const KeypointFile results = read("out.json");
  ASSERT_THAT(results.images, SizeIs(1));
  EXPECT_EQ(results.images[0].key, "b.jpg");
  ASSERT_THAT(results.images[0].pairs, SizeIs(1));
  EXPECT_FALSE(results.images[0].pairs[0].hand.right) << "confidences of 0.2";
  EXPECT_DOUBLE_EQ(results.images[0].pairs[0].hand.left->joints[0].confidence, 0.4);
  ASSERT_EQ(convert({"results.json", "--out", "out.json", "--full-confidence", "0.8"}), 0) << errors();
  EXPECT_EQ(read("out.json").images[0].key, "8");
  EXPECT_DOUBLE_EQ(read("out.json").images[0].pairs[0].hand.left->joints[0].confidence, 0.5);
}

TEST_F(KeypointScripts, MistakesInCocoWholeBodyAreCountedOrNamed) {
  need("numpy");
  const auto convert = [&](const std::string& change, const std::string& file) {
    EXPECT_EQ(lines(std::string(kCoco) + change), 0) << errors();
    return script("data_scripts/coco_wholebody_keypoints.py", {file, "--out", "out.json"});
  };
  EXPECT_EQ(convert("results[0]['lefthand_kpts'] = [1, 2]\nwrite('results.json', results)", "results.json"), 1);
  EXPECT_THAT(errors(), AllOf(HasSubstr("not_21_joints: 1 (such as person 0 of image 8)"), HasSubstr("out.json is written")));
  EXPECT_THAT(read("out.json").images[0].pairs, SizeIs(1));
  std::filesystem::remove(folder_ / "out.json");
  EXPECT_EQ(convert("results[0]['lefthand_kpts'][4] = float('nan')\nwrite('results.json', results[:1])", "results.json"), 1);
  expect_refused("no hand of results.json is left");
  EXPECT_EQ(convert("results[1]['lefthand_kpts'] = flat(1, 9.5)\nwrite('results.json', results)", "results.json"), 1);
  expect_refused("pass the score that means full confidence as --full-confidence");
  EXPECT_EQ(convert("write('results.json', [dict(image_id=1, keypoints=[1] * 51)])", "results.json"), 1);
  expect_refused("COCO's own 17 keypoints have none");
  EXPECT_EQ(convert("write('annotations.json', dict(a=1))", "annotations.json"), 1);
  expect_refused("neither COCO's annotations nor a list of results");
  EXPECT_EQ(
      convert("images[1]['id'] = 7\nwrite('annotations.json', dict(images=images, annotations=persons))", "annotations.json"), 1);
  expect_refused("the image id 7 occurs twice");
}

// Frames of the real data set, if it is next to the project.
TEST_F(SetKeypoints, OfRealFramesHaveNoFindings) {
  const std::filesystem::path root = source_ / "../shared/real_interhand";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "there is no " << root;
  const Outcome prepared = run_program({"prepare", "interhand", root.string(), "--out", "images.h5"}, folder_.path());
  if (!std::filesystem::exists(folder_ / "images.h5")) FAIL() << prepared.err;
  ASSERT_EQ(convert({"--all"}), 0) << errors();
  const KeypointFile file = read("out.json");
  EXPECT_THAT(file.findings, IsEmpty());
  const ImageIndex index = read_images(folder_ / "images.h5", "test");
  for (size_t i = 0; i < index.usable.size(); ++i) {
    const ImageRecord record = index.usable[i];
    const auto found =
        std::find_if(file.images.begin(), file.images.end(), [&](const auto& one) { return one.key == record.sample; });
    ASSERT_NE(found, file.images.end()) << record.sample;
    for (const Side side : kSides) {
      if (!found->pairs[0].hand[side]) continue;
      const Vector3 wrist = record.joints_in_camera[static_cast<size_t>(side)][0];
      const auto [x, y] = record.camera.project(wrist);
      EXPECT_NEAR(found->pairs[0].hand[side]->joints[0].x, x, 1e-3);
      EXPECT_NEAR(found->pairs[0].hand[side]->joints[0].y, y, 1e-3);
    }
  }
}

}  // namespace
}  // namespace interprior
