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

#include "board.h"
#include "interprior/distributed/communicator.h"

namespace interprior {

struct WatchTimes {
  double pause = 1, silent = 20, hung = 1800, grace = 3, saving = 30;  // s
};

// Says once a second on the board that this process lives and where it is, and finds out which of the others no longer does: rank
// 0 looks at all, the others at rank 0 and at what rank 0 has found. A process that never wrote has not come yet.
class ProcessWatch {
 public:
  // end: called, once, where the run must end and this process has not ended by itself within the grace.
  ProcessWatch(int64_t rank, int64_t ranks, std::unique_ptr<Board> board, WatchTimes times,
               std::function<void(const std::string& verdict)> end);
  ~ProcessWatch();

  void reached(int64_t step, Doing doing);
  Doing doing() const { return doing_; }
  void fail(const std::string& reason);
  void stop();
  // Why the run must end, waiting at most so long for it to be found out; "" where nothing is wrong.
  std::string verdict(double seconds);

 private:
  using Clock = std::chrono::steady_clock;
  struct Seen {
    std::string note, place;  // its last note; the part of it that tells where it is
    Clock::time_point note_changed, place_changed;
    bool finished = false, computing = false;
    std::string name, step;
  };

  void read_and_write();  // on the board, which may take for ever
  void keep_time();
  void look();
  void look_at(int64_t rank);
  void conclude(const std::string& verdict, bool tell);
  std::string own_note() const;
  std::string silence_of_first() const;  // under mutex_
  double waited(Clock::time_point since) const;

  int64_t rank_, ranks_;
  std::unique_ptr<Board> board_;
  WatchTimes times_;
  std::function<void(const std::string&)> end_;
  std::string name_;
  std::atomic<int64_t> step_{0}, beat_{0};
  std::atomic<Doing> doing_{Doing::computing};
  std::map<int64_t, Seen> seen_;
  std::atomic<Clock::time_point> answered_{Clock::now()};
  std::mutex mutex_;
  std::timed_mutex board_mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::string verdict_, first_name_, first_step_ = "0";
  std::atomic<bool> reading_{true};
  std::thread reader_, clock_;
};

}  // namespace interprior
