#include "interprior/base/stage_times.h"

#include <gtest/gtest.h>

#include <thread>

namespace interprior {
namespace {

TEST(StageTimes, AddUpByStageInTheOrderOfFirstUse) {
  StageTimes times;
  times.add("network", 1);
  times.add("crop", 0.25);
  times.add("network", 2);
  const auto stages = times.stages();
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[0].name, "network");
  EXPECT_EQ(stages[0].seconds, 3);
  EXPECT_EQ(stages[0].calls, 2);
  EXPECT_EQ(stages[1].name, "crop");
}

TEST(StageTimes, ATimerCountsEachMomentOnceAndWaitsBeforeReadingTheClock) {
  StageTimes times;
  int waits = 0;
  const auto begin = std::chrono::steady_clock::now();
  StageTimer timer(&times, [&] {
    ++waits;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  });
  timer.end("first");
  timer.end("second");
  const double whole = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const auto stages = times.stages();
  EXPECT_EQ(waits, 3);
  EXPECT_GE(stages[0].seconds, 0.002);
  EXPECT_GE(stages[1].seconds, 0.002);
  EXPECT_LE(stages[0].seconds + stages[1].seconds, whole);
}

TEST(StageTimes, WithoutTimesATimerNeverWaits) {
  int waits = 0;
  StageTimer timer(nullptr, [&] { ++waits; });
  timer.end("first");
  EXPECT_EQ(waits, 0);
}

TEST(StageTimes, ThreadsLoseNothing) {
  StageTimes times;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int call = 0; call < 1000; ++call) times.add("write", 1);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(times.stages().front().seconds, 4000);
}

}  // namespace
}  // namespace interprior
