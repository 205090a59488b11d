#include "interprior/base/progress.h"

#include <c10/util/StringUtil.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <utility>
#include <vector>

#include "interprior/base/log.h"

namespace interprior {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTerminalPause{100};
constexpr std::chrono::milliseconds kFirstLogPause{2000}, kLogPause{10000};
constexpr int kBarWidth = 24;

std::string bar(double fraction) {
  const int full = static_cast<int>(fraction * kBarWidth);
  return "[" + std::string(static_cast<size_t>(full), '#') + std::string(static_cast<size_t>(kBarWidth - full), '.') + "]";
}

std::string two_digits(int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

// Never destroyed: the clean-up thread (temporary_path.cc) may read them during static destruction.
std::mutex& under_way_mutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}
std::vector<const Progress*>& under_way() {
  static auto* list = new std::vector<const Progress*>;
  return *list;
}

}  // namespace

std::string duration_text(double seconds) {
  const int64_t whole = std::max<int64_t>(0, static_cast<int64_t>(seconds + 0.5));
  if (whole < 60) return c10::str(whole, " s");
  if (whole < 3600) return c10::str(whole / 60, " min ", two_digits(whole % 60), " s");
  return c10::str(whole / 3600, " h ", two_digits(whole / 60 % 60), " min");
}

Progress::Progress(std::string title, int64_t total, int64_t start)
    : title_(std::move(title)),
      total_(total),
      done_(start),
      start_(start),
      terminal_(isatty(STDERR_FILENO) == 1),
      begin_(Clock::now()),
      shown_(begin_) {
  const std::lock_guard lock(under_way_mutex());
  under_way().push_back(this);
}

Progress::~Progress() {
  {
    const std::lock_guard lock(under_way_mutex());
    std::erase(under_way(), this);
  }
  if (terminal_ && drawn_) std::fputc('\n', stderr);
}

std::string Progress::line(int64_t done, const std::string& note) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  const double speed = seconds > 0 ? static_cast<double>(done - start_) / seconds : 0;
  std::string text = c10::str(title_, " ", done, "/", total_.load());
  if (speed > 0) {
    char rate[32];
    std::snprintf(rate, sizeof rate, "%.3g", speed);
    text += c10::str("  ", rate, "/s");
    if (done < total_) text += c10::str("  ", duration_text(static_cast<double>(total_ - done) / speed), " left");
  }
  return note.empty() ? text : text + "  " + note;
}

std::string Progress::interrupted() const {
  return c10::str(title_, " stopped at ", done_.load(), " of ", total_.load(), resume_.empty() ? "" : "; " + resume_);
}

std::string interrupted_progress() {
  const std::lock_guard lock(under_way_mutex());
  return under_way().empty() ? "" : under_way().back()->interrupted();
}

void Progress::add_to_total(int64_t items) { total_ += items; }

void Progress::update(int64_t done, const std::string& note) {
  done_ = done;
  const Clock::time_point now = Clock::now();
  const auto pause = terminal_ ? kTerminalPause : drawn_ ? kLogPause : kFirstLogPause;
  if (now - shown_ < pause && done < total_) return;
  shown_ = now;
  drawn_ = true;
  if (!terminal_) return log_info(line(done, note));
  const double fraction = total_ > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total_), 0.0, 1.0) : 1.0;
  std::fprintf(stderr, "\r\033[K%s %s", bar(fraction).c_str(), line(done, note).c_str());
  std::fflush(stderr);
}

}  // namespace interprior
