#include "interprior/base/stage_times.h"

#include <algorithm>
#include <utility>

namespace interprior {

void StageTimes::add(const std::string& name, double seconds) {
  const std::lock_guard lock(mutex_);
  auto stage = std::find_if(stages_.begin(), stages_.end(), [&](const Stage& one) { return one.name == name; });
  if (stage == stages_.end()) stage = stages_.insert(stages_.end(), {name, 0, 0});
  stage->seconds += seconds;
  ++stage->calls;
}

std::vector<StageTimes::Stage> StageTimes::stages() const {
  const std::lock_guard lock(mutex_);
  return stages_;
}

StageTimer::StageTimer(StageTimes* times, std::function<void()> finish) : times_(times), finish_(std::move(finish)) {
  if (times_ != nullptr && finish_) finish_();
  begin_ = std::chrono::steady_clock::now();
}

void StageTimer::restart() { begin_ = std::chrono::steady_clock::now(); }

void StageTimer::end(const char* name) {
  if (times_ == nullptr) return;
  if (finish_) finish_();
  const auto now = std::chrono::steady_clock::now();
  times_->add(name, std::chrono::duration<double>(now - begin_).count());
  begin_ = now;
}

}  // namespace interprior
