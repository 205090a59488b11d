#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace interprior {

// A progress bar on a terminal; otherwise a log line after two seconds, then every ten seconds. Written to stderr.
class Progress {
 public:
  // total: number of items; start: items done before this run (a resumed run), not counted in the speed.
  Progress(std::string title, int64_t total, int64_t start = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void update(int64_t done, const std::string& note = "");
  void add_to_total(int64_t items);  // where the number of items is known later, such as the frames of a video
  void resumable_by(std::string how) { resume_ = std::move(how); }  // advice in interrupted(): how to resume
  std::string interrupted() const;                                  // progress so far, and how to resume

 private:
  std::string line(int64_t done, const std::string& note) const;

  std::string title_;
  std::string resume_;
  std::atomic<int64_t> total_, done_;
  int64_t start_;
  bool terminal_, drawn_ = false;
  std::chrono::steady_clock::time_point begin_, shown_;
};

// interrupted() of the innermost living Progress, "" if there is none; for a program that a signal ends.
std::string interrupted_progress();

// "42 s", "3 min 05 s", "2 h 07 min".
std::string duration_text(double seconds);

}  // namespace interprior
