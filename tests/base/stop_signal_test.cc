#include "interprior/base/stop_signal.h"

#include <gtest/gtest.h>

#include <csignal>

namespace interprior {
namespace {

TEST(StopSignal, IsARequestDuringItsLifetime) {
  const StopSignal outer;
  EXPECT_FALSE(outer.requested());
  std::raise(SIGTERM);
  EXPECT_TRUE(outer.requested());
  EXPECT_FALSE(outer.interrupted());
  const StopSignal inner;
  EXPECT_TRUE(inner.requested());
}

TEST(StopSignal, IsKnownToCodeWithoutTheObjectDuringItsLifetime) {
  {
    const StopSignal stop;
    EXPECT_FALSE(stop_requested());
    std::raise(SIGTERM);
    EXPECT_TRUE(stop_requested());
  }
  EXPECT_FALSE(stop_requested());
}

TEST(StopSignal, ANewOneIgnoresEarlierRequests) {
  {
    const StopSignal first;
    std::raise(SIGINT);
    EXPECT_TRUE(first.interrupted());
  }
  EXPECT_FALSE(StopSignal().requested());
}

// A closed terminal sends SIGHUP.
TEST(StopSignal, AHangUpIsARequest) {
  const auto before = std::signal(SIGHUP, SIG_DFL);
  {
    const StopSignal stop;
    std::raise(SIGHUP);
    EXPECT_TRUE(stop.requested());
    EXPECT_FALSE(stop.interrupted());
  }
  EXPECT_EQ(std::signal(SIGHUP, before), SIG_DFL) << "as it was";
}

// nohup starts a program with SIGHUP ignored.
TEST(StopSignal, AnIgnoredHangUpStaysIgnored) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    const StopSignal stop;
    std::raise(SIGHUP);
    EXPECT_FALSE(stop.requested());
  }
  EXPECT_EQ(std::signal(SIGHUP, before), SIG_IGN);
}

// HeldUserSignal keeps an early signal for the next StopSignal and ignores a late one; without it the process would end.
TEST(StopSignal, AHeldSchedulerSignalIsReportedByTheNextOne) {
  const HeldUserSignal held;
  std::raise(SIGUSR1);
  {
    const StopSignal stop;
    EXPECT_TRUE(stop.requested());
    EXPECT_FALSE(stop.interrupted());
  }
  std::raise(SIGUSR1);
  EXPECT_TRUE(StopSignal().requested());
}

// A job script blocks SIGUSR1 during start-up.
TEST(StopSignal, APendingSignalIsReported) {
  sigset_t user, before, after;
  sigemptyset(&user);
  sigaddset(&user, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &user, &before);
  std::raise(SIGUSR1);
  {
    const HeldUserSignal held;
    EXPECT_TRUE(StopSignal().requested());
  }
  std::raise(SIGUSR1);  // kept: the work is done
  EXPECT_TRUE(StopSignal().requested());
  pthread_sigmask(SIG_SETMASK, &before, &after);
  EXPECT_EQ(sigismember(&after, SIGUSR1), 1) << "blocked as it was";
}

}  // namespace
}  // namespace interprior
