#include "distributed/rendezvous.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "interprior/base/error.h"
#include "memory_store.h"

// Rendezvous of processes, each a thread with the same store, with shortened times.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

ProcessInfo card(const std::string& host, const std::string& identity = "", const std::string& failure = "") {
  ProcessInfo card;
  card.host = host;
  card.process = 7;
  card.device = identity.empty() ? "cpu" : "cuda:0";
  card.identity = identity;
  card.failure = failure;
  return card;
}

class RendezvousTest : public ::testing::Test {
 protected:
  std::future<Rendezvous> come(int64_t rank, const ProcessInfo& card, int64_t ranks = 2, double patience = 20) {
    return std::async(std::launch::async, [=, content = content_] {
      MemoryStore store(content);
      return rendezvous_of(store, rank, ranks, card, {patience, 0.005, 0.3});
    });
  }
  std::vector<Rendezvous> come_all(const std::vector<ProcessInfo>& cards) {
    std::vector<std::future<Rendezvous>> coming;
    for (size_t rank = 0; rank < cards.size(); ++rank)
      coming.push_back(come(static_cast<int64_t>(rank), cards[rank], static_cast<int64_t>(cards.size())));
    std::vector<Rendezvous> rolls;
    for (auto& one : coming) rolls.push_back(one.get());
    return rolls;
  }
  static void wait() { std::this_thread::sleep_for(std::chrono::milliseconds(60)); }
  std::shared_ptr<StoreContent> content_ = std::make_shared<StoreContent>();
};

TEST_F(RendezvousTest, AllProcessesGetTheSameAnswer) {
  ProcessInfo far = card("beta");
  far.reached = "10.0.0.1";
  const std::vector<Rendezvous> rolls = come_all({card("alpha"), card("alpha"), far});
  for (const Rendezvous& rendezvous : rolls) {
    EXPECT_EQ(rendezvous.refusal, "");
    EXPECT_EQ(rendezvous.round, rolls[0].round);
    EXPECT_EQ(rendezvous.address, "10.0.0.1") << "rank 0's address as seen from the other machine";
    EXPECT_EQ(rendezvous.list, "0 on alpha cpu, 1 on alpha cpu, 2 on beta cpu");
  }
}

// torchrun keeps its store between restarts: entries, calls and failures of an earlier start do not count.
TEST_F(RendezvousTest, EntriesOfAnEarlierStartAreIgnored) {
  const std::vector<Rendezvous> failed = come_all({card("alpha"), card("beta", "", "its disk is full")});
  ASSERT_THAT(failed[0].refusal, HasSubstr("its disk is full"));
  std::vector<std::string> rounds = {failed[0].round};
  for (const int64_t first : {0, 1}) {
    std::future<Rendezvous> early = come(first, card(first == 0 ? "alpha" : "beta"));
    wait();  // only old entries are in the store
    std::future<Rendezvous> late = come(1 - first, card(first == 0 ? "beta" : "alpha"));
    const Rendezvous one = early.get(), other = late.get();
    EXPECT_EQ(one.refusal, "");
    EXPECT_EQ(one.round, other.round);
    EXPECT_EQ(one.list, "0 on alpha cpu, 1 on beta cpu");
    for (const std::string& round : rounds) EXPECT_NE(one.round, round);
    rounds.push_back(one.round);
  }
}

TEST_F(RendezvousTest, AFailureIsReportedToAllIncludingLateProcesses) {
  for (const int64_t failing : {0, 1}) {
    content_ = std::make_shared<StoreContent>();
    std::vector<std::future<Rendezvous>> coming;
    for (const int64_t rank : {0, 1}) coming.push_back(come(rank, card("alpha", "", rank == failing ? "no cuda:7" : ""), 3));
    wait();
    coming.push_back(come(2, card("beta"), 3));
    for (auto& one : coming)
      EXPECT_EQ(one.get().refusal, "process " + std::to_string(failing) + " (alpha, pid 7) cannot take part: no cuda:7");
  }
}

TEST_F(RendezvousTest, TwoProcessesCannotShareADevice) {
  for (const Rendezvous& rendezvous : come_all({card("alpha", "GPU-1"), card("alpha", "GPU-2"), card("alpha", "GPU-1")}))
    EXPECT_THAT(rendezvous.refusal, AllOf(HasSubstr("processes 0 and 2 (alpha)"), HasSubstr("the same device, cuda:0")));
  for (const Rendezvous& rendezvous : come_all({card("alpha", "GPU-1"), card("beta", "GPU-2"), card("beta")}))
    EXPECT_EQ(rendezvous.refusal, "");
}

TEST_F(RendezvousTest, MissingProcessesAreNamed) {
  std::future<Rendezvous> first = come(0, card("alpha"), 3, 0.2), second = come(1, card("alpha"), 3, 0.2);
  EXPECT_THAT(first.get().refusal, HasSubstr("1 of 3 processes are missing (2)"));
  EXPECT_THAT(second.get().refusal, HasSubstr("1 of 3 processes are missing (2)"));
}

TEST_F(RendezvousTest, WithoutRankZeroThereIsNoRendezvous) {
  EXPECT_THROW(come(1, card("alpha"), 2, 0.1).get(), Error);
  content_->broken = true;
  EXPECT_ANY_THROW(come(1, card("alpha")).get());
  EXPECT_ANY_THROW(come(0, card("alpha")).get());
}

}  // namespace
}  // namespace interprior
