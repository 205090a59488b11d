#include "interprior/evaluation/file_evaluation.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "data/interhand/small_root.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/evaluation/data_truth.h"
#include "interprior/evaluation/test_set.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int64_t kSamples = 12;

class FileEvaluation : public ::testing::Test {
 protected:
  FileEvaluation() {
    write_hand_model(options_.hand = folder_ / "hand.h5", procedural_hand());
    write_hand_set(options_.truth = folder_ / "truth.h5", annotated(random_hand_set(kSamples, 1)));
    write_hand_set(options_.predictions = folder_ / "predictions.h5", random_hand_set(kSamples, 2));
    options_.protocols = {Protocol::interwild, Protocol::wrist};
    options_.measure.surfaces = false;
  }

  const TemporaryDirectory folder_;
  FileEvaluationOptions options_;
};

TEST_F(FileEvaluation, ItsFolderIsComplete) {
  options_.folder = folder_ / "out";
  make_folder(options_.folder);
  write_file(options_.folder / "evaluation.json", "of an earlier evaluation");
  int64_t looks = 0;
  options_.look = [&](const EvaluatedFiles& sets) {
    ++looks;
    EXPECT_EQ(sets.predictions.size(), kSamples);
    EXPECT_EQ(sets.evaluation.metrics.protocol, Protocol::wrist) << "the test set of both hands comes first";
    EXPECT_FALSE(std::filesystem::exists(options_.folder / "evaluation.json"));
  };
  const std::vector<Evaluation> evaluations = evaluate_files(options_);
  EXPECT_EQ(looks, 1);
  ASSERT_EQ(evaluations.size(), 2u);
  EXPECT_EQ(evaluations[0].metrics.samples, kSamples);
  EXPECT_EQ(read_file(options_.folder / "evaluation.json"), evaluation_json(evaluations));
  EXPECT_THAT(read_file(options_.folder / "origin.json"), AllOf(HasSubstr("predictions.h5"), HasSubstr("truth.h5")));
  EXPECT_THAT(read_file(options_.folder / "samples.csv"),
              AllOf(HasSubstr("wrist,test/0.jpg"), HasSubstr("interwild,test/0.jpg")));
  EXPECT_THAT(read_file(options_.folder / "rows.tex"), HasSubstr("out & wrist"));
}

TEST_F(FileEvaluation, MergedPartsEqualTheFullEvaluation) {
  const std::vector<Evaluation> whole = evaluate_files(options_);
  for (const int64_t number : {3, 1, 2}) write_files_part(folder_ / "out", {number, 3}, options_);
  const std::vector<Evaluation> merged = merge_evaluation_parts(folder_ / "out", TwoHands(read_hand_model(options_.hand)));
  ASSERT_EQ(merged.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(merged[i].metrics.protocol, whole[i].metrics.protocol);
    EXPECT_EQ(merged[i].metrics.samples, whole[i].metrics.samples);
    for (const char* name : {"mpjpe_mm", "pa_mpjpe_mm"}) EXPECT_EQ(merged[i].metrics.at(name), whole[i].metrics.at(name)) << name;
  }
}

// One image has the mesh of one hand only: interwild measures it, intaghand does not.
TEST_F(FileEvaluation, OneFileHoldsAllTestSetsOfADataSet) {
  SmallRoot root = small_root(4);
  root.mano["7"]["5001"]["left"] = nullptr;
  root.write(folder_ / "root");
  options_.truth = folder_ / "root";
  options_.protocols = {Protocol::intaghand, Protocol::interwild};
  const ImageIndex all = read_images(options_.truth, "test", usable_rule(test_sets({Protocol::interwild})[0], ""));
  ASSERT_EQ(all.usable.size(), 4u);
  write_data_truth(folder_ / "all.h5", all, procedural_hand());
  HandSet predicted = HandSets(std::vector{folder_ / "all.h5"}).rows(0, 4);
  predicted.hand_valid = predicted.mesh_valid = predicted.joints = predicted.joint_valid = torch::Tensor();
  write_hand_set(options_.predictions, predicted);
  const std::vector<Evaluation> evaluations = evaluate_files(options_);
  ASSERT_EQ(evaluations.size(), 2u);
  EXPECT_EQ(evaluations[0].metrics.samples, 3);
  EXPECT_EQ(evaluations[0].skipped, (std::map<std::string, int64_t>{{"mano_one_hand", 1}}));
  EXPECT_EQ(evaluations[1].metrics.samples, 4);

  predicted.sample[0] = "test/of_another_set.jpg";
  write_hand_set(options_.predictions, predicted);
  EXPECT_THAT([&] { evaluate_files(options_); }, ThrowsError(HasSubstr("no prediction")));
}

TEST_F(FileEvaluation, ImpossibleRequestsAreRefused) {
  EXPECT_THAT([&] { write_files_part(folder_ / "out", {1, kSamples + 1}, options_); }, ThrowsError(HasSubstr("use fewer parts")));
  options_.against = options_.predictions;
  EXPECT_THAT([&] { write_files_part(folder_ / "out", {1, 2}, options_); }, ThrowsError(HasSubstr("cannot be split into parts")));
  options_.against.clear();
  options_.annotations = "ids.txt";
  EXPECT_THAT([&] { evaluate_files(options_); }, ThrowsError(HasSubstr("a hands.h5 has none")));
}

}  // namespace
}  // namespace interprior
