#pragma once
#include <c10/core/Stream.h>

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "pretended_device.h"

namespace interprior::pretended {

constexpr int64_t kStreams = 33;  // per device: the default stream and those of the pool
constexpr int64_t kDevices = 8;   // at most

int64_t device_count();
int64_t index_of(const c10::Stream& stream);

// Vector clock: the progress of each stream as known to one stream (or the host).
class Clock {
 public:
  int64_t& operator[](int64_t stream) { return times_[static_cast<size_t>(stream)]; }
  int64_t operator[](int64_t stream) const { return times_[static_cast<size_t>(stream)]; }
  void learn(const Clock& other) {
    for (size_t i = 0; i < times_.size(); ++i) times_[i] = std::max(times_[i], other.times_[i]);
  }

 private:
  std::array<int64_t, kStreams * kDevices> times_{};
};

enum class CaptureMode { global, thread_local_only };

// Records accesses to memory by streams. One per process; each call is atomic.
class Ledger {
 public:
  static Ledger& get();

  void allocated(const void* base, size_t bytes, int64_t stream);
  void freed(const void* base);
  void keep_for(const void* base, int64_t stream);
  // Starts an operator on a stream.
  void launch(int64_t stream);
  // The last operator launched on `stream` accesses the memory at `base`; throws if this is not ready.
  void access(const void* base, int64_t stream, bool write, const std::string& what);
  // The memory was allocated or written by an operator on `stream`.
  void made(const void* base, int64_t stream);

  Clock record(int64_t stream);
  void block(const Clock& event, int64_t stream);
  // The host waits for an event, a stream or the device. Throws during a capture; counted unless `counted` is false.
  void wait_for(const Clock& event, int64_t stream, const std::string& what);
  void wait_for_stream(int64_t stream, const std::string& what);
  void wait_for_device(const std::string& what);
  void blocking_upload(int64_t stream, const std::string& what);

  // A copy between device and pinned memory, done as late as a real device may do it.
  void defer(const void* device_base, int64_t stream, std::function<void()> copy);

  void page_locked(const void* base, size_t bytes);
  void page_unlocked(const void* base);
  bool is_page_locked(const void* address);

  void begin_capture(int64_t stream, CaptureMode mode);
  bool end_capture();  // false if a forbidden operation occurred
  bool captures(int64_t stream);
  // Saves memory that a captured operator overwrites, to restore it when the capture ends.
  void save_before_capture(void* base, size_t bytes);

  Counts counts();
  void reset_peak();
  std::map<std::string, int64_t> sites();
  std::vector<std::string> faults();
  void forget_faults();
  void fault(const std::string& text);

 private:
  struct Access {
    int64_t stream = -1, time = 0;
  };
  struct Block {
    size_t bytes = 0;
    int64_t owner = 0;
    Access written;
    std::map<int64_t, int64_t> read;  // time by stream
    std::set<int64_t> kept_for;
  };
  struct Deferred {
    const void* base;
    Access at;
    std::function<void()> copy;
  };
  struct Capture {
    int64_t stream;
    CaptureMode mode;
    std::thread::id thread = std::this_thread::get_id();
    bool broken = false;
    std::map<void*, std::vector<char>> before;
    std::set<const void*> own;  // allocated during the capture
  };
  void host_learns(const Clock& clock);
  void forbid_in_capture(bool forbidden, const std::string& what);
  void count_site(const std::string& what);
  bool known(const Access& access, int64_t by) const { return access.stream < 0 || clocks_[by][access.stream] >= access.time; }

  std::recursive_mutex mutex_;
  std::array<Clock, kStreams * kDevices> clocks_;
  Clock host_;
  std::map<const void*, Block> blocks_;
  std::map<const void*, size_t> page_locked_;
  std::vector<Deferred> deferred_;
  std::optional<Capture> capture_;
  Counts counts_;
  std::map<std::pair<std::string, std::vector<void*>>, int64_t> sites_;  // by return addresses; names are resolved at the end
  std::vector<std::string> faults_;
};

// The current stream of this thread.
int64_t current_stream();

}  // namespace interprior::pretended
