#include "distributed/roll_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "interprior/base/error.h"
#include "wall_board.h"

// Processes that find each other, each a thread with the same board. Seconds are shortened.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Card card(const std::string& host, const std::string& identity = "", const std::string& failure = "") {
  Card card;
  card.host = host;
  card.process = 7;
  card.device = identity.empty() ? "cpu" : "cuda:0";
  card.identity = identity;
  card.failure = failure;
  return card;
}

class RollCall : public ::testing::Test {
 protected:
  std::future<Roll> come(int64_t rank, const Card& card, int64_t ranks = 2, double patience = 20) {
    return std::async(std::launch::async, [=, wall = wall_] {
      WallBoard board(wall);
      return call_roll(board, rank, ranks, card, {patience, 0.005, 0.3});
    });
  }
  std::vector<Roll> come_all(const std::vector<Card>& cards) {
    std::vector<std::future<Roll>> coming;
    for (size_t rank = 0; rank < cards.size(); ++rank)
      coming.push_back(come(static_cast<int64_t>(rank), cards[rank], static_cast<int64_t>(cards.size())));
    std::vector<Roll> rolls;
    for (auto& one : coming) rolls.push_back(one.get());
    return rolls;
  }
  static void wait() { std::this_thread::sleep_for(std::chrono::milliseconds(60)); }
  std::shared_ptr<Wall> wall_ = std::make_shared<Wall>();
};

TEST_F(RollCall, AllHearTheSame) {
  Card far = card("beta");
  far.reached = "10.0.0.1";
  const std::vector<Roll> rolls = come_all({card("alpha"), card("alpha"), far});
  for (const Roll& roll : rolls) {
    EXPECT_EQ(roll.refusal, "");
    EXPECT_EQ(roll.round, rolls[0].round);
    EXPECT_EQ(roll.address, "10.0.0.1") << "as the other machine reaches rank 0's";
    EXPECT_EQ(roll.list, "0 on alpha cpu, 1 on alpha cpu, 2 on beta cpu");
  }
}

// torchrun keeps its store from one start to the next: neither cards, calls nor failures of the one before count.
TEST_F(RollCall, WhatAnEarlierStartLeftDoesNotCount) {
  const std::vector<Roll> failed = come_all({card("alpha"), card("beta", "", "its disk is full")});
  ASSERT_THAT(failed[0].refusal, HasSubstr("its disk is full"));
  std::vector<std::string> rounds = {failed[0].round};
  for (const int64_t first : {0, 1}) {
    std::future<Roll> early = come(first, card(first == 0 ? "alpha" : "beta"));
    wait();  // with nothing but the old cards
    std::future<Roll> late = come(1 - first, card(first == 0 ? "beta" : "alpha"));
    const Roll one = early.get(), other = late.get();
    EXPECT_EQ(one.refusal, "");
    EXPECT_EQ(one.round, other.round);
    EXPECT_EQ(one.list, "0 on alpha cpu, 1 on beta cpu");
    for (const std::string& round : rounds) EXPECT_NE(one.round, round);
    rounds.push_back(one.round);
  }
}

TEST_F(RollCall, AFailureIsToldToAllAlsoToThoseThatComeLater) {
  for (const int64_t failing : {0, 1}) {
    wall_ = std::make_shared<Wall>();
    std::vector<std::future<Roll>> coming;
    for (const int64_t rank : {0, 1}) coming.push_back(come(rank, card("alpha", "", rank == failing ? "no cuda:7" : ""), 3));
    wait();
    coming.push_back(come(2, card("beta"), 3));
    for (auto& one : coming)
      EXPECT_EQ(one.get().refusal, "process " + std::to_string(failing) + " (alpha, pid 7) cannot take part: no cuda:7");
  }
}

TEST_F(RollCall, ADeviceIsForOneProcess) {
  for (const Roll& roll : come_all({card("alpha", "GPU-1"), card("alpha", "GPU-2"), card("alpha", "GPU-1")}))
    EXPECT_THAT(roll.refusal, AllOf(HasSubstr("processes 0 and 2 (alpha)"), HasSubstr("the same device, cuda:0")));
  for (const Roll& roll : come_all({card("alpha", "GPU-1"), card("beta", "GPU-2"), card("beta")})) EXPECT_EQ(roll.refusal, "");
}

TEST_F(RollCall, WhoIsMissingIsNamed) {
  std::future<Roll> first = come(0, card("alpha"), 3, 0.2), second = come(1, card("alpha"), 3, 0.2);
  EXPECT_THAT(first.get().refusal, HasSubstr("1 of 3 processes have not come (2)"));
  EXPECT_THAT(second.get().refusal, HasSubstr("1 of 3 processes have not come (2)"));
}

TEST_F(RollCall, WithoutTheFirstThereIsNoRoll) {
  EXPECT_THROW(come(1, card("alpha"), 2, 0.1).get(), Error);
  wall_->broken = true;
  EXPECT_ANY_THROW(come(1, card("alpha")).get());
  EXPECT_ANY_THROW(come(0, card("alpha")).get());
}

}  // namespace
}  // namespace interprior
