#include "process_watch.h"

#include <c10/util/StringUtil.h>
#include <unistd.h>

#include <sstream>

#include "host_name.h"
#include "interprior/base/progress.h"

namespace interprior {
namespace {

constexpr const char* kVerdict = "verdict";

std::string key_of(int64_t rank) { return c10::str("process/", rank); }

std::string name_of_this(int64_t rank) { return c10::str("process ", rank, " (", host_name(), ", pid ", getpid(), ")"); }

}  // namespace

ProcessWatch::ProcessWatch(int64_t rank, int64_t ranks, std::unique_ptr<KeyValueStore> store, WatchTimes times,
                           std::function<void(const std::string&)> end)
    : rank_(rank), ranks_(ranks), store_(std::move(store)), times_(times), end_(std::move(end)), name_(name_of_this(rank)) {
  reader_ = std::thread([this] { read_and_write(); });
  clock_ = std::thread([this] { keep_time(); });
}

ProcessWatch::~ProcessWatch() { stop(); }

void ProcessWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (clock_.joinable()) clock_.join();
  // A read blocks for ever when the store's process is suspended: this process then ends here with an error.
  const auto begin = Clock::now();
  while (reading_ && waited(begin) < times_.grace) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  if (reading_) {
    const std::string found = verdict(0);
    const std::lock_guard lock(mutex_);
    end_(!found.empty() ? found : silence_of_first());
  }
  if (!reading_ && reader_.joinable()) reader_.join();
  if (reader_.joinable()) reader_.detach();
}

void ProcessWatch::reached(int64_t step, ProcessState doing) {
  step_ = step;
  doing_ = doing;
}

void ProcessWatch::fail(const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (!verdict_.empty()) return;  // this process ends because another one did
    stopping_ = true;
  }
  try {
    const std::unique_lock lock(store_mutex_, std::chrono::duration<double>(times_.grace));
    if (lock) store_->write(kVerdict, c10::str(name_, " has stopped at step ", step_.load(), ": ", reason));
  } catch (const std::exception&) {
    // The store cannot be reached; the others will miss the heartbeat.
  }
  changed_.notify_all();
}

std::string ProcessWatch::verdict(double seconds) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return !verdict_.empty() || stopping_; });
  return verdict_;
}

double ProcessWatch::waited(Clock::time_point since) const { return std::chrono::duration<double>(Clock::now() - since).count(); }

std::string ProcessWatch::silence_of_first() const {
  return c10::str(first_name_.empty() ? "process 0" : first_name_,
                  " does not answer: it has died, was stopped or cannot be reached; its last step was ", first_step_);
}

std::string ProcessWatch::own_note() const {
  return c10::str(beat_.load(), "\n", step_.load(), " ", static_cast<int>(doing_.load()), "\n", name_);
}

void ProcessWatch::read_and_write() {
  while (true) {
    ++beat_;
    try {
      look();
      answered_ = Clock::now();
    } catch (const std::exception&) {
      // keep_time() checks how long the store has not answered.
    }
    std::unique_lock lock(mutex_);
    if (verdict_.empty() && !stopping_)
      changed_.wait_for(lock, std::chrono::duration<double>(times_.pause), [this] { return stopping_ || !verdict_.empty(); });
    if (stopping_ || !verdict_.empty()) break;
  }
  reading_ = false;
}

void ProcessWatch::keep_time() {
  std::unique_lock lock(mutex_);
  while (!stopping_ && verdict_.empty()) {
    changed_.wait_for(lock, std::chrono::duration<double>(times_.pause));
    if (waited(answered_) <= times_.silent || doing_ == ProcessState::finished) continue;
    verdict_ = silence_of_first();
    changed_.notify_all();
  }
  // The verdict is known. A main thread blocked in a collective gets a grace period to throw it; then the process is ended.
  const auto begin = Clock::now();
  while (!stopping_ && waited(begin) < (doing_ == ProcessState::measuring ? times_.saving : times_.grace))
    changed_.wait_for(lock, std::chrono::milliseconds(100));
  if (stopping_) return;
  const std::string verdict = verdict_;
  lock.unlock();
  end_(verdict);
}

void ProcessWatch::look() {
  std::optional<std::string> found;
  {
    const std::lock_guard<std::timed_mutex> lock(store_mutex_);
    store_->write(key_of(rank_), own_note());
    found = store_->read(kVerdict);
  }
  if (found) return conclude(*found, false);
  if (rank_ > 0) return look_at(0);
  for (int64_t other = 1; other < ranks_; ++other) look_at(other);
}

void ProcessWatch::look_at(int64_t rank) {
  std::optional<std::string> note;
  {
    const std::lock_guard<std::timed_mutex> lock(store_mutex_);
    note = store_->read(key_of(rank));
  }
  Seen& it = seen_[rank];
  const bool first = it.name.empty();
  const Clock::time_point now = Clock::now();
  if (first) it.name = c10::str("process ", rank), it.step = "0", it.note_changed = it.place_changed = now;
  if (note && *note != it.note) {
    it.note = *note;
    it.note_changed = now;
    std::istringstream lines(*note);
    std::string beat, place;
    std::getline(lines, beat);
    std::getline(lines, place);
    std::getline(lines, it.name);
    if (place != it.place) {
      it.place = place;
      it.place_changed = now;
      it.step = place.substr(0, place.find(' '));
      const std::string doing = place.substr(place.find(' ') + 1);
      it.finished = doing == std::to_string(static_cast<int>(ProcessState::finished));
      it.computing = doing == std::to_string(static_cast<int>(ProcessState::computing));
    }
  }
  if (rank == 0) {
    const std::lock_guard lock(mutex_);
    first_name_ = it.name;
    first_step_ = it.step;
  }
  if (it.finished || it.note.empty()) return;
  if (waited(it.note_changed) > times_.silent)
    return conclude(c10::str(it.name, " has been silent for ", static_cast<int64_t>(waited(it.note_changed)),
                             " s: it has died, was stopped or cannot be reached; its last step was ", it.step),
                    true);
  if (it.computing && waited(it.place_changed) > times_.hung && doing_ == ProcessState::waiting)
    conclude(c10::str(it.name, " has hung at step ", it.step, " for ", duration_text(waited(it.place_changed)),
                      " while others wait for it (fit.timeout_minutes)"),
             true);
}

void ProcessWatch::conclude(const std::string& verdict, bool tell) {
  if (tell) {
    const std::lock_guard<std::timed_mutex> lock(store_mutex_);
    store_->write(kVerdict, verdict);
  }
  {
    const std::lock_guard lock(mutex_);
    if (verdict_.empty()) verdict_ = verdict;
  }
  changed_.notify_all();
}

}  // namespace interprior
