#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace interprior {

// Seconds spent in each stage of a command, in the order of their first use. May be used from several threads.
class StageTimes {
 public:
  struct Stage {
    std::string name;
    double seconds = 0;
    int64_t calls = 0;
  };
  void add(const std::string& name, double seconds);
  std::vector<Stage> stages() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Stage> stages_;
};

// Measures consecutive stages of one thread. Does nothing if `times` is null.
class StageTimer {
 public:
  // finish: called before each reading of the clock, such as to wait for a GPU.
  explicit StageTimer(StageTimes* times, std::function<void()> finish = {});
  // Adds the time since construction, or since the last call, to this stage.
  void end(const char* name);
  void restart();  // the time until now belongs to no stage

 private:
  StageTimes* times_;
  std::function<void()> finish_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace interprior
