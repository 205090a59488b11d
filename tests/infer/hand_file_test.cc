#include "interprior/infer/hand_file.h"

#include <gmock/gmock.h>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class HandFile : public ::testing::Test {
 protected:
  void SetUp() override {
    info_.hand_file = "files/my_hand.h5";
    info_.hand_hash = text_hash("the hand");
    info_.hand_source = "mano";
  }
  std::string found() const { return std::filesystem::weakly_canonical(hand_file_of(info_, checkpoint_)).string(); }
  std::string path(const std::string& name) const { return std::filesystem::weakly_canonical(folder_ / name).string(); }

  TemporaryDirectory folder_;
  std::filesystem::path checkpoint_ = folder_ / "runs/one/checkpoints/last.safetensors";
  CheckpointInfo info_;
};

TEST_F(HandFile, IsFoundBesideTheCheckpointOrByItsParents) {
  for (const char* place : {"files/my_hand.h5", "runs/my_hand.h5", "runs/one/hand.h5", "runs/one/checkpoints/my_hand.h5"}) {
    write_file(folder_ / place, "the hand");
    EXPECT_EQ(found(), path(place));
  }
}

TEST_F(HandFile, OfAnotherHashIsSkipped) {
  write_file(folder_ / "runs/one/checkpoints/hand.h5", "another hand");
  EXPECT_THAT([&] { found(); }, ThrowsError(AllOf(HasSubstr("checkpoints/hand.h5' is not the hand file"), HasSubstr("--hand"))));
  write_file(folder_ / "hand.h5", "the hand");
  EXPECT_EQ(found(), path("hand.h5"));
}

TEST_F(HandFile, ThatIsMissingIsNamed) {
  EXPECT_THAT([&] { found(); }, ThrowsError(AllOf(HasSubstr("files/my_hand.h5"), HasSubstr("does not exist"))));
}

}  // namespace
}  // namespace interprior
