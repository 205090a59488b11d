#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "interprior/experiment/sweep_plan.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "interprior/model/checkpoint.h"
#include "interprior/train/train_cues.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Files for a sweep: two hands, patterns, a prior of 8 dimensions and a cue stage trained with it.
class PlanCheck : public ::testing::Test {
 protected:
  PlanCheck() {
    const HandModel hand = procedural_hand();
    write_hand_model(folder_ / "hand.h5", hand);
    HandModel other = hand;
    other.hand.right.v_template = other.hand.right.v_template * 1.01;
    write_hand_model(folder_ / "other.h5", other);
    InteractionSynthesisConfig wanted;
    wanted.count = 12;
    write_patterns(folder_ / "patterns.h5", synthesize_patterns(hand, wanted));
    write_prior("prior.safetensors", 8);
    write_prior("prior_9.safetensors", 9);
    std::filesystem::create_directory(folder_ / "images");

    config_.stages = {"prior", "cues"};
    config_.set = {"all:hand=" + path("hand.h5"), "prior+cues:data.train.path=" + path("patterns.h5"), "prior:model.latent=8",
                   "data.train=[{path: " + path("images") + "}]"};
    config_.cells = {{"A", {}}, {"B", {"cues+sampler:model.fusion.depth=2"}}};
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write_prior(const std::string& name, int64_t latent) const {
    CheckpointInfo info;
    info.kind = "prior";
    const InteractionPriorConfig model{latent, 8, 1, Anchor::knuckle};
    info.prior_model = dump_config(model);
    info.hand_hash = read_hand_model(folder_ / "hand.h5").hash;
    write_checkpoint(folder_ / name, *InteractionPrior(model), info);
  }
  void check() const { check_plan(config_, folder_ / "sweep"); }
  // Adds an invalid cell, which must be refused before anything is trained.
  auto refused(const std::vector<std::string>& set) {
    config_.cells.resize(2);
    config_.cells.push_back({"bad", set});
    return [this] { check(); };
  }

  TemporaryDirectory folder_;
  SweepConfig config_;
};

TEST_F(PlanCheck, ATrainablePlanPasses) {
  EXPECT_NO_THROW(check());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sweep"));
}

TEST_F(PlanCheck, TheCellTheStageAndTheKeyAreNamed) {
  EXPECT_THAT(refused({"prior:model.latnt=4"}), ThrowsError(AllOf(HasSubstr("latnt"), HasSubstr("cell bad, prior"))));
  EXPECT_THAT(refused({"cues:model.fusion.depth=many"}),
              ThrowsError(AllOf(HasSubstr("an integer"), HasSubstr("cell bad, cues"))));
  EXPECT_THAT(refused({"fit.steps=0"}), ThrowsError(AllOf(HasSubstr("out of range"), HasSubstr("cell bad, sampler"))));
  EXPECT_THAT(refused({"cues+sampler:model.fusion.heads=7"}), ThrowsError(HasSubstr("cell bad, cues")));
}

TEST_F(PlanCheck, FilesMustExist) {
  EXPECT_THAT(refused({"all:hand="}), ThrowsError(AllOf(HasSubstr("`hand` is not set"), HasSubstr("cell bad, prior"))));
  EXPECT_THAT(refused({"cues:data.train.path=none.h5"}), ThrowsError(AllOf(HasSubstr("none.h5"), HasSubstr("cell bad, cues"))));
  EXPECT_THAT(refused({"prior:init=none.safetensors"}), ThrowsError(HasSubstr("none.safetensors")));
  EXPECT_THAT(refused({"trunk_weights=no_trunk.safetensors"}), ThrowsError(AllOf(HasSubstr("no_trunk"), HasSubstr("sampler"))));
  EXPECT_THAT(refused({"data.train=[{path: nowhere}]"}), ThrowsError(AllOf(HasSubstr("nowhere"), HasSubstr("sampler"))));
  EXPECT_THAT(refused({"data.train=[]"}), ThrowsError(HasSubstr("`data.train` is not set")));
  EXPECT_THAT(refused({"prior=none.safetensors"}), ThrowsError(HasSubstr("none.safetensors")));
}

TEST_F(PlanCheck, ModalitiesMustBeThoseOfTheFile) {
  EXPECT_THAT(refused({"prior:data.train.modality=[clasp, marker]"}),
              ThrowsError(AllOf(HasSubstr("`marker`"), HasSubstr("reach, clasp, touch, cross"))));
  EXPECT_NO_THROW(refused({"prior:data.train.modality=[clasp]"})());
}

TEST_F(PlanCheck, ACellsStagesHaveOneHandOnePriorAndOneNetwork) {
  EXPECT_THAT(refused({"sampler:hand=" + path("other.h5")}),
              ThrowsError(AllOf(HasSubstr("another hand file"), HasSubstr("sampler"))));
  EXPECT_THAT(refused({"prior=" + path("prior_9.safetensors")}),
              ThrowsError(AllOf(HasSubstr("another prior"), HasSubstr("latent: 8 -> 9"))));
  EXPECT_THAT(refused({"prior=" + path("prior.safetensors"), "prior:model.width=8", "prior:model.depth=1"}),
              ThrowsError(AllOf(HasSubstr("prior.safetensors"), HasSubstr("cues+sampler:prior=FILE"))));
  EXPECT_THAT(refused({"cues:model.fusion.depth=3"}),
              ThrowsError(AllOf(HasSubstr("another network"), HasSubstr("fusion.depth: 3 -> 6"), HasSubstr("cues+sampler:"))));
  EXPECT_NO_THROW(refused({"cues+sampler:model.fusion.depth=3", "sampler:model.extraction.width=8", "model.refine=1",
                           "model.finetune_decoder=true"})());
}

TEST_F(PlanCheck, AMetricThatIsNotMeasuredIsRefused) {
  config_.metrics = {"mpjpe_mm", "mask_iou"};
  EXPECT_NO_THROW(check());
  config_.metrics = {"best_of_5_mpjpe_mm"};
  EXPECT_THAT([&] { check(); }, ThrowsError(AllOf(HasSubstr("no metric 'best_of_5_mpjpe_mm'"), HasSubstr("mpvpe_mm"))));
  config_.set.push_back("hypotheses=20");
  EXPECT_NO_THROW(check());
  config_.metrics = {"prior_joint_error_mm"};
  EXPECT_THAT([&] { check(); }, ThrowsError(HasSubstr("no metric 'prior_joint_error_mm'")));
}

TEST_F(PlanCheck, AMonitoredMetricIsOneOfTheValidation) {
  EXPECT_THAT(refused({"fit.monitor=mpjpe"}), ThrowsError(AllOf(HasSubstr("no metric 'mpjpe'"), HasSubstr("cell bad, sampler"))));
  EXPECT_THAT(refused({"prior:fit.monitor=mpjpe_mm"}), ThrowsError(HasSubstr("cell bad, prior")));
  EXPECT_THAT(refused({"fit.monitor=best_of_5_mpjpe_mm"}), ThrowsError(HasSubstr("no metric 'best_of_5_mpjpe_mm'")));
  EXPECT_NO_THROW(refused({"fit.monitor=best_of_5_mpjpe_mm", "hypotheses=20"})());
}

TEST_F(PlanCheck, AnExistingPriorIsRead) {
  config_.stages = {};
  config_.task = "cues";
  config_.set = {"hand=" + path("hand.h5"), "data.train.path=" + path("patterns.h5"), "prior=" + path("prior.safetensors")};
  config_.cells = {{"A", {}}, {"B", {"prior=" + path("prior_9.safetensors")}}};
  EXPECT_NO_THROW(check());
  EXPECT_THAT(refused({"prior="}), ThrowsError(HasSubstr("`prior` is not set")));
  EXPECT_THAT(refused({"prior=" + path("patterns.h5")}), ThrowsError(HasSubstr("patterns.h5")));
  EXPECT_THAT(refused({"hand=" + path("other.h5")}), ThrowsError(HasSubstr("another hand file")));
}

}  // namespace
}  // namespace interprior
