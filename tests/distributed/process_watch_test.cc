#include "distributed/process_watch.h"

#include <gtest/gtest.h>

#include "memory_store.h"
#include "support/tensor_near.h"

// Detection of missing processes by heartbeats in a shared store, with shortened times.
namespace interprior {
namespace {

using ::testing::HasSubstr;

class ProcessWatchTest : public ::testing::Test {
 protected:
  std::unique_ptr<ProcessWatch> watch(int64_t rank, int64_t ranks = 2) {
    return std::make_unique<ProcessWatch>(rank, ranks, std::make_unique<MemoryStore>(content_),
                                          WatchTimes{0.02, 0.5, 1.0, 0.2, 0.6}, [this](const std::string&) { ++ended_; });
  }
  std::shared_ptr<StoreContent> content_ = std::make_shared<StoreContent>();
  std::atomic<int> ended_{0};
};

TEST_F(ProcessWatchTest, NoFaultIsReportedWhileBothProcessesRun) {
  const auto first = watch(0), second = watch(1);
  first->reached(3, ProcessState::waiting);
  second->reached(3, ProcessState::computing);
  EXPECT_EQ(first->verdict(0.6), "");
  EXPECT_EQ(second->verdict(0), "");
}

TEST_F(ProcessWatchTest, ASilentProcessIsReportedAsDeadToAll) {
  const auto first = watch(0, 3), second = watch(1, 3);
  auto third = watch(2, 3);
  third->reached(7, ProcessState::computing);
  EXPECT_EQ(first->verdict(0.2), "");
  third.reset();
  EXPECT_THAT(first->verdict(2), testing::AllOf(HasSubstr("process 2 ("), HasSubstr("has died"), HasSubstr("last step was 7")));
  EXPECT_EQ(second->verdict(1), first->verdict(0));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  EXPECT_EQ(ended_, 2) << "a process that does not end by itself is ended";
}

TEST_F(ProcessWatchTest, ComputingTooLongWhileOthersWaitIsReportedAsHanging) {
  const auto first = watch(0), second = watch(1);
  second->reached(4, ProcessState::computing);
  first->reached(5, ProcessState::waiting);
  EXPECT_EQ(first->verdict(0.7), "");
  EXPECT_THAT(first->verdict(3), testing::AllOf(HasSubstr("process 1 ("), HasSubstr("has hung at step 4")));
  EXPECT_THAT(second->verdict(1), HasSubstr("has hung"));
}

TEST_F(ProcessWatchTest, RankZeroMayHangToo) {
  const auto first = watch(0), second = watch(1);
  first->reached(2, ProcessState::computing);
  second->reached(2, ProcessState::waiting);
  EXPECT_THAT(second->verdict(3), HasSubstr("process 0 ("));
}

TEST_F(ProcessWatchTest, ValidationHasNoTimeLimit) {
  const auto first = watch(0), second = watch(1);
  first->reached(2, ProcessState::measuring);
  second->reached(2, ProcessState::waiting);
  EXPECT_EQ(second->verdict(2), "");
}

TEST_F(ProcessWatchTest, AFinishedProcessIsNotReported) {
  const auto first = watch(0);
  auto second = watch(1);
  second->reached(9, ProcessState::finished);
  EXPECT_EQ(first->verdict(0.2), "");
  second.reset();
  EXPECT_EQ(first->verdict(1), "");
}

TEST_F(ProcessWatchTest, TheReasonOfAFailureIsReportedToAll) {
  const auto first = watch(0), second = watch(1);
  second->reached(6, ProcessState::computing);
  second->fail("the disk is gone");
  EXPECT_THAT(first->verdict(1), testing::AllOf(HasSubstr("process 1 ("), HasSubstr("stopped at step 6: the disk is gone")));
}

TEST_F(ProcessWatchTest, AnUnreachableStoreIsReportedAsTheDeathOfRankZero) {
  const auto first = watch(0), second = watch(1);
  first->reached(8, ProcessState::computing);
  EXPECT_EQ(second->verdict(0.3), "");
  {
    const std::lock_guard lock(content_->mutex);
    content_->broken = true;
  }
  EXPECT_THAT(second->verdict(2), testing::AllOf(HasSubstr("process 0 ("), HasSubstr("last step was 8")));
}

}  // namespace
}  // namespace interprior
