#include "interprior/data/interhand/interhand.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <fstream>

#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/image_dataset.h"
#include "small_root.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

namespace fs = std::filesystem;
using Skips = std::map<std::string, int64_t>;

ImageIndex read_back(const SmallRoot& root, const UsableRule& rule = {}) {
  const TemporaryDirectory folder;
  root.write(folder.path());
  return read_interhand(folder.path(), "test", rule);
}

torch::Tensor joints_of(const ImageRecord& record) {
  return torch::from_blob(const_cast<double*>(record.joints_in_camera[0][0].data()), {2, 21, 3}, torch::kFloat64).clone();
}

TEST(InterHand, ReadsJointsCamerasAndMano) {
  const SmallRoot root = small_root();
  const ImageIndex index = read_back(root);
  EXPECT_EQ(index.kind, "interhand");
  EXPECT_THAT(index.splits, ElementsAre("test"));
  EXPECT_EQ(index.images, 3);
  EXPECT_EQ(index.annotations, 3);
  EXPECT_THAT(index.by_type, ElementsAre(Pair("interacting", 3)));
  EXPECT_THAT(index.skipped, IsEmpty());
  ASSERT_EQ(index.usable.size(), 3u);
  const ImageRecord& record = index.usable[1];
  EXPECT_EQ(record.sample, "test/Capture7/0042_pray/cam400262/image5001.jpg");
  EXPECT_EQ(record.sequence, "test/Capture7/0042_pray");
  EXPECT_EQ(record.camera.width, 334);
  EXPECT_EQ(record.camera.fy, 1268);
  const torch::Tensor expected = torch::matmul(root.joints_in_world[1] - root.position, root.rotation.t());
  EXPECT_THAT(joints_of(record), TensorNear(expected, 1e-9));
  EXPECT_EQ(record.mano.left->pose[47], root.mano["7"]["5001"]["left"]["pose"][47].get<double>());
  EXPECT_EQ(record.mano.right->translation[2], root.mano["7"]["5001"]["right"]["trans"][2].get<double>());
}

TEST(InterHand, JoinsByIdNeverByOrder) {
  SmallRoot root = small_root();
  std::swap(root.data["images"][0], root.data["images"][2]);
  const ImageIndex index = read_back(root);
  ASSERT_EQ(index.usable.size(), 3u);
  EXPECT_THAT(index.usable[0].sample, HasSubstr("image5000"));
  EXPECT_THAT(joints_of(index.usable[0]),
              TensorNear(torch::matmul(root.joints_in_world[0] - root.position, root.rotation.t()), 1e-9));
}

TEST(InterHand, CountsEveryDefectByItsReason) {
  SmallRoot root = small_root(10);
  auto& annotations = root.data["annotations"];
  root.mano["7"].erase("5000");              // no MANO frame
  root.mano["7"]["5001"]["left"] = nullptr;  // one hand
  annotations[2]["hand_type"] = "right";     // single hand with MANO
  annotations[3]["hand_type_valid"] = 0;
  root.data["images"][4]["camera"] = "400300";  // an unknown camera
  annotations[5].erase("bbox");
  annotations[6]["bbox"] = {10, 10, 0, 40};
  annotations[7]["image_id"] = 4711;
  annotations[8]["joint_valid"] = "all";
  const ImageIndex index = read_back(root);
  EXPECT_EQ(index.skipped, (Skips{{"mano_missing", 1},
                                  {"mano_one_hand", 1},
                                  {"not_interacting", 1},
                                  {"hand_type_invalid", 1},
                                  {"camera_missing", 1},
                                  {"malformed", 2},
                                  {"box_invalid", 1},
                                  {"image_missing", 1}}));
  EXPECT_EQ(index.usable.size(), 1u);
  EXPECT_EQ(index.annotations, 10);
}

TEST(InterHand, DuplicateIdsAreCountedAndNotUsed) {
  SmallRoot root = small_root(6);
  root.data["images"][1]["id"] = root.data["images"][0]["id"];            // ambiguous annotation
  root.data["annotations"][3]["id"] = root.data["annotations"][2]["id"];  // the second one
  const ImageIndex index = read_back(root);
  EXPECT_EQ(index.skipped, (Skips{{"image_id_doubled", 1}, {"image_missing", 1}, {"annotation_id_doubled", 1}}));
  EXPECT_EQ(index.usable.size(), 3u);
  EXPECT_EQ(index.by_type.at("interacting"), 6);
}

TEST(InterHand, FiltersExcludeOtherSamples) {
  const SmallRoot root = small_root(6);
  const TemporaryDirectory folder;
  root.write(folder.path());
  const auto usable = [&](const auto& change) {
    UsableRule rule;
    change(rule.filter);
    const ImageIndex index = read_interhand(folder.path(), "test", rule);
    EXPECT_EQ(index.usable.size() +
                  static_cast<size_t>(index.skipped.count("excluded_by_filter") ? index.skipped.at("excluded_by_filter") : 0),
              6u);
    return index.usable.size();
  };
  EXPECT_EQ(usable([](ImageFilter& f) { f.cameras = {"400262"}; }), 6u);
  EXPECT_EQ(usable([](ImageFilter& f) { f.cameras = {"400263"}; }), 0u);
  EXPECT_EQ(usable([](ImageFilter& f) { f.sequences = {"0042_pray"}; }), 6u);
  EXPECT_EQ(usable([](ImageFilter& f) { f.sequences = {"0042"}; }), 0u);
  EXPECT_EQ(usable([](ImageFilter& f) { f.captures = {"8", "7"}; }), 6u);
  EXPECT_EQ(usable([](ImageFilter& f) { f.captures = {"8"}; }), 0u);
  EXPECT_EQ(usable([](ImageFilter& f) { f.annotator = Annotator::human; }), 0u);  // this layout has no annotators
  const auto id = [&](size_t i) { return root.data["annotations"][i]["id"].get<int64_t>(); };
  write_plainly(folder / "ids.txt", c10::str("# two of them\n", id(1), "\r\n\n", id(4), "\n"));
  EXPECT_EQ(usable([&](ImageFilter& f) { f.annotations = (folder / "ids.txt").string(); }), 2u);
  write_plainly(folder / "ids.txt", "12\nthirteen\n");
  EXPECT_THAT([&] { usable([&](ImageFilter& f) { f.annotations = (folder / "ids.txt").string(); }); },
              ThrowsError(AllOf(HasSubstr("ids.txt:2"), HasSubstr("thirteen"))));
}

TEST(InterHand, SelectsByAnnotatorWhereTheLayoutNamesIt) {
  const TemporaryDirectory folder;
  small_root(3).write(folder.path(), "test", "human_annot");
  small_root(3).write(folder.path(), "test", "machine_annot");
  UsableRule rule;
  EXPECT_EQ(read_interhand(folder.path(), "test", rule).usable.size(), 6u);
  rule.filter.annotator = Annotator::human;
  EXPECT_EQ(read_interhand(folder.path(), "test", rule).usable.size(), 3u);
}

TEST(InterHand, AMissingImageIsSkipped) {
  const SmallRoot root = small_root();
  const TemporaryDirectory folder;
  root.write(folder.path());
  fs::remove(folder / "images/test/Capture7/0042_pray/cam400262/image5002.jpg");
  const ImageIndex index = read_interhand(folder.path(), "test");
  EXPECT_EQ(index.skipped, (Skips{{"image_missing", 1}}));
}

TEST(InterHand, BlackImagesAreSkippedOnRequest) {
  SmallRoot root = small_root();
  root.images[1].setTo(cv::Scalar(3, 4, 2));
  UsableRule rule;
  EXPECT_EQ(read_back(root, rule).usable.size(), 3u);
  rule.filter.min_mean_intensity = 10;
  EXPECT_EQ(read_back(root, rule).skipped, (Skips{{"image_dark", 1}}));
}

TEST(InterHand, InvalidJointsAreZeroAndMarked) {
  SmallRoot root = small_root();
  root.joints["7"]["5000"]["joint_valid"][25] = {0};  // the left index tip
  root.data["annotations"][0]["joint_valid"] = std::vector<int>(42, 1);
  root.data["annotations"][0]["joint_valid"][20] = 0;  // right wrist
  const ImageRecord record = read_back(root).usable[0];
  int64_t valid = 0;
  for (const auto& hand : record.joint_valid)
    for (const bool joint : hand) valid += joint;
  EXPECT_EQ(valid, 40);
  EXPECT_FALSE(record.joint_valid[0][0]);  // order of hand/skeleton.h: wrist first
  EXPECT_TRUE(record.joints_in_camera[0][0].isZero(0));
  EXPECT_FALSE(record.joint_valid[1][8]);  // 25 = 21 + 4, the left index tip
}

TEST(InterHand, RecordsThatCannotBeUsedAreKeptOnRequest) {
  SmallRoot root = small_root();
  root.mano["7"].erase("5000");
  UsableRule rule;
  rule.keep_unusable = true;
  const ImageIndex index = read_back(root, rule);
  ASSERT_EQ(index.unusable.size(), 1u);
  EXPECT_THAT(index.unusable[0].sample, HasSubstr("image5000"));
  rule.need_mano = false;
  EXPECT_EQ(read_back(root, rule).usable.size(), 3u);
}

TEST(InterHand, ReadsTheOlderLayout) {
  const SmallRoot root = small_root();
  for (const char* older : {"all", "human_annot", "machine_annot"}) {
    const TemporaryDirectory folder;
    root.write(folder.path(), "train", older);
    EXPECT_TRUE(is_interhand_root(folder.path()));
    const ImageIndex index = read_interhand(folder.path(), "all");
    EXPECT_THAT(index.splits, ElementsAre("train"));
    EXPECT_EQ(index.usable.size(), 3u);
  }
}

TEST(InterHand, ShortenedFileNamesAreCompleted) {
  SmallRoot root = small_root();
  const TemporaryDirectory folder;
  root.write(folder.path());
  root.data["images"][0]["file_name"] = "image5000.jpg";
  write_file(folder / "annotations/test/InterHand2.6M_test_data.json", root.data.dump());
  const ImageIndex index = read_interhand(folder.path(), "test");
  EXPECT_EQ(index.usable.size(), 3u);
  EXPECT_EQ(index.usable[0].sample, "test/Capture7/0042_pray/cam400262/image5000.jpg");
}

TEST(InterHand, MissingAnnotationFilesAreCountedAsMissing) {
  const SmallRoot root = small_root();
  const TemporaryDirectory folder;
  root.write(folder.path());
  fs::remove(folder / "annotations/test/InterHand2.6M_test_camera.json");
  EXPECT_EQ(read_interhand(folder.path(), "test").skipped, (Skips{{"camera_missing", 3}}));
  fs::remove(folder / "annotations/test/InterHand2.6M_test_MANO_NeuralAnnot.json");
  EXPECT_EQ(read_interhand(folder.path(), "test").skipped, (Skips{{"mano_missing", 3}}));
}

TEST(InterHand, RefusesInvalidRootsAndSplits) {
  const TemporaryDirectory folder;
  EXPECT_THAT([&] { read_interhand(folder.path(), "test"); }, ThrowsError(HasSubstr("no InterHand2.6M annotations")));
  EXPECT_THAT([&] { read_interhand(folder / "nowhere", "test"); }, ThrowsError(HasSubstr("no such folder")));
  small_root(1).write(folder.path());
  EXPECT_THAT([&] { read_interhand(folder.path(), "train"); }, ThrowsError(HasSubstr("choose one of: all, test")));
}

// Every file truncated at many places: an Error that names file and byte, or no error (if cut after the last bracket).
TEST(InterHand, TruncatedFilesAreErrorsWithFileAndByte) {
  const SmallRoot root = small_root(1);
  for (const char* name : {"data", "camera", "joint_3d", "MANO_NeuralAnnot"}) {
    const TemporaryDirectory folder;
    root.write(folder.path());
    const fs::path path = folder / (std::string("annotations/test/InterHand2.6M_test_") + name + ".json");
    const std::string whole = read_file(path);
    for (size_t length = 0; length < whole.size(); length += whole.size() / 40 + 1) {
      write_plainly(path, whole.substr(0, length));
      EXPECT_THAT([&] { read_interhand(folder.path(), "test"); }, ThrowsError(AllOf(HasSubstr(name), HasSubstr(":byte "))));
    }
  }
}

// Bytes overwritten at random: an Error or a counted fault, nothing else.
TEST(InterHand, MutatedFilesNeverCrash) {
  const SmallRoot root = small_root(2);
  Random random(Seed{5});
  for (const char* name : {"data", "camera", "joint_3d", "MANO_NeuralAnnot"}) {
    const TemporaryDirectory folder;
    root.write(folder.path());
    const fs::path path = folder / (std::string("annotations/test/InterHand2.6M_test_") + name + ".json");
    const std::string whole = read_file(path);
    for (int round = 0; round < 60; ++round) {
      std::string text = whole;
      for (int k = 0; k < 3; ++k)
        text[static_cast<size_t>(random.integer(static_cast<int64_t>(text.size())))] = "{}[]\",:0e\\\n"[random.integer(11)];
      write_plainly(path, text);
      try {
        const ImageIndex index = read_interhand(folder.path(), "test");
        int64_t counted = static_cast<int64_t>(index.usable.size());
        for (const auto& [reason, count] : index.skipped) counted += count;
        EXPECT_EQ(counted, index.annotations);
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(name));
      }
    }
  }
}

fs::path real_root() { return fs::path(INTERPRIOR_SOURCE_DIR) / "../shared/real_interhand"; }

TEST(InterHandReal, InspectsTheTwoFrames) {
  if (!fs::exists(real_root())) GTEST_SKIP() << "no real frames beside the project";
  const ImageIndex index = read_interhand(real_root(), "all");
  EXPECT_EQ(index.images, 2);
  EXPECT_EQ(index.annotations, 2);
  EXPECT_EQ(index.by_type, (Skips{{"interacting", 1}, {"right", 1}}));
  EXPECT_EQ(index.usable.size(), 0u);
  EXPECT_EQ(index.skipped, (Skips{{"mano_missing", 2}}));
}

TEST(InterHandReal, AnnotatedBoxIsTheTightBoxOfTheProjectedJoints) {
  if (!fs::exists(real_root())) GTEST_SKIP() << "no real frames beside the project";
  UsableRule rule;
  rule.need_mano = rule.interacting_only = false;
  const ImageIndex index = read_interhand(real_root(), "test", rule);
  ASSERT_EQ(index.usable.size(), 2u);
  for (const ImageRecord& record : index.usable) {
    std::vector<std::array<double, 2>> points;
    for (size_t k = 0; k < 42; ++k)
      if (record.joint_valid[k / 21][k % 21]) points.push_back(record.camera.project(record.joints_in_camera[k / 21][k % 21]));
    EXPECT_EQ(points.size(), record.hand_type == "interacting" ? 42u : 21u);
    const Box box = tight_box(points, 1.2);
    EXPECT_NEAR(box.x, record.box.x, 1);
    EXPECT_NEAR(box.y, record.box.y, 1);
    EXPECT_NEAR(box.width, record.box.width, 1);
    EXPECT_NEAR(box.height, record.box.height, 1);
    EXPECT_GT(record.joints_in_camera[0][0][2], 0.9);
    EXPECT_LT(record.joints_in_camera[0][0][2], 1.2);
  }
}

// Mean colour of the 9 x 9 px around a pixel.
float shown_at(const cv::Mat& grey, double u, double v) {
  const int x = static_cast<int>(std::lround(u)) - 4, y = static_cast<int>(std::lround(v)) - 4;
  const cv::Rect about = cv::Rect(x, y, 9, 9) & cv::Rect(0, 0, grey.cols, grey.rows);
  return about.area() < 81 ? NAN : static_cast<float>(cv::mean(grey(about))[0]);
}

TEST(InterHandReal, JointsMatchTheImageAfterAnyAugmentation) {
  if (!fs::exists(real_root())) GTEST_SKIP() << "no real frames beside the project";
  UsableRule rule;
  rule.need_mano = rule.interacting_only = false;
  ImageDatasetConfig config;
  config.box = BoxSource::annotation;
  config.augmentation.gain = config.augmentation.offset = 0;
  const ImageDataset data(read_interhand(real_root(), "test", rule), test_hand(), config);
  for (int64_t index = 0; index < data.size(); ++index) {
    const ImageRecord record = data.index().usable[static_cast<size_t>(index)];
    cv::Mat photo, grey;
    cv::cvtColor(decode_rgb(read_image_bytes(record), record.sample), photo, cv::COLOR_RGB2GRAY);
    double difference = 0, elsewhere = 0;
    int64_t joints = 0;
    for (uint64_t seed = 0; seed < 12; ++seed) {
      ImageBatch batch = data.allocate(1);
      data.fill(index, Seed{seed}, batch, 0);
      const torch::Tensor planes = batch.image[0].permute({1, 2, 0}).contiguous();
      cv::cvtColor(cv::Mat(256, 256, CV_8UC3, planes.data_ptr<uint8_t>()), grey, cv::COLOR_RGB2GRAY);
      const torch::Tensor pixels = batch.camera.project(batch.joints_in_camera.view({1, 42, 3}))[0];
      const bool swapped = data.augmentation(Seed{seed}).mirror;
      for (size_t k = 0; k < 42; ++k) {
        const size_t side = k / 21, joint = k % 21;
        if (!record.joint_valid[side][joint]) continue;
        const auto at = record.camera.project(record.joints_in_camera[side][joint]);
        const auto row = static_cast<int64_t>(21 * (swapped ? 1 - side : side) + joint);
        const double u = pixels[row][0].item<double>(), v = pixels[row][1].item<double>();
        const float expected = shown_at(photo, at[0], at[1]), seen = shown_at(grey, u, v), beside = shown_at(grey, v, 255 - u);
        if (std::isnan(expected) || std::isnan(seen) || std::isnan(beside)) continue;
        difference += std::abs(seen - expected);
        elsewhere += std::abs(beside - expected);
        ++joints;
      }
    }
    ASSERT_GT(joints, 150);
    EXPECT_LT(difference / static_cast<double>(joints), 6) << record.sample;
    EXPECT_GT(elsewhere, 3 * difference) << record.sample;  // a rotated crop would fail
  }
}

}  // namespace
}  // namespace interprior
