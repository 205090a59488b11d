#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "interprior/distributed/communicator.h"
#include "key_value_store.h"

namespace interprior {

struct WatchTimes {
  double pause = 1, silent = 20, hung = 1800, grace = 3, saving = 30;  // s
};

// Writes a heartbeat with this process's step and state to the store once a second and checks those of the others: rank 0 checks
// all, the others check rank 0 and read its verdict. A process without a heartbeat has not started yet.
class ProcessWatch {
 public:
  // end: called once, when the run must end and this process has not ended by itself within WatchTimes::grace.
  ProcessWatch(int64_t rank, int64_t ranks, std::unique_ptr<KeyValueStore> store, WatchTimes times,
               std::function<void(const std::string& verdict)> end);
  ~ProcessWatch();

  void reached(int64_t step, ProcessState doing);
  ProcessState doing() const { return doing_; }
  void fail(const std::string& reason);
  void stop();
  // Why the run must end, or "". Waits at most `seconds` for a verdict.
  std::string verdict(double seconds);

 private:
  using Clock = std::chrono::steady_clock;
  struct Seen {
    std::string note, place;  // last heartbeat; its step and state
    Clock::time_point note_changed, place_changed;
    bool finished = false, computing = false;
    std::string name, step;
  };

  void read_and_write();  // on the store; may block for ever
  void keep_time();
  void look();
  void look_at(int64_t rank);
  void conclude(const std::string& verdict, bool tell);
  std::string own_note() const;
  std::string silence_of_first() const;  // requires mutex_
  double waited(Clock::time_point since) const;

  int64_t rank_, ranks_;
  std::unique_ptr<KeyValueStore> store_;
  WatchTimes times_;
  std::function<void(const std::string&)> end_;
  std::string name_;
  std::atomic<int64_t> step_{0}, beat_{0};
  std::atomic<ProcessState> doing_{ProcessState::computing};
  std::map<int64_t, Seen> seen_;
  std::atomic<Clock::time_point> answered_{Clock::now()};
  std::mutex mutex_;
  std::timed_mutex store_mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::string verdict_, first_name_, first_step_ = "0";
  std::atomic<bool> reading_{true};
  std::thread reader_, clock_;
};

}  // namespace interprior
