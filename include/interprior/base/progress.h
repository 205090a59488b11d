#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace interprior {

// A progress bar on a terminal; otherwise a plain line after the first two seconds, then every ten. Always stderr.
class Progress {
 public:
  // total: how much there is to do; start: how much was done before (a resumed run), left out of the speed.
  Progress(std::string title, int64_t total, int64_t start = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void update(int64_t done, const std::string& note = "");
  void resumable_by(std::string how) { resume_ = std::move(how); }  // what an interruption tells to do
  std::string interrupted() const;                                  // how far it came, and how to resume

 private:
  std::string line(int64_t done, const std::string& note) const;

  std::string title_;
  std::string resume_;
  int64_t total_, start_;
  std::atomic<int64_t> done_;
  bool terminal_, drawn_ = false;
  std::chrono::steady_clock::time_point begin_, shown_;
};

// How far the work under way has come, "" where none is: for a program that a signal ends.
std::string interrupted_progress();

// "42 s", "3 min 05 s", "2 h 07 min".
std::string duration_text(double seconds);

}  // namespace interprior
