#include "ledger.h"

#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace interprior::pretended {
namespace {

constexpr int kDepth = 64, kFunctions = 3;

std::vector<void*> callers() {
  std::vector<void*> addresses(kDepth);
  addresses.resize(static_cast<size_t>(::backtrace(addresses.data(), kDepth)));
  return addresses;
}

// The innermost functions of interprior in the call stack.
std::string place(const std::string& what, const std::vector<void*>& addresses) {
  std::string text = what;
  int found = 0;
  for (void* const address : addresses) {
    Dl_info at{};
    if (found == kFunctions || ::dladdr(address, &at) == 0 || at.dli_sname == nullptr) continue;
    int status = 0;
    char* const demangled = abi::__cxa_demangle(at.dli_sname, nullptr, nullptr, &status);
    const std::string name = demangled != nullptr ? demangled : "";
    std::free(demangled);
    const size_t begin = name.find("interprior::");
    if (begin == std::string::npos || name.find("interprior::pretended") != std::string::npos) continue;
    text += (found++ == 0 ? " in " : " < ") + name.substr(begin, name.find('(', begin) - begin);
  }
  return text;
}

std::string name_of(int64_t stream) {
  return stream % kStreams == 0 ? std::string("the default stream") : c10::str("stream ", stream % kStreams);
}

}  // namespace

int64_t device_count() {
  static const int64_t count = [] {
    const char* text = std::getenv("INTERPRIOR_PRETENDED_DEVICES");
    return text == nullptr ? int64_t{1} : std::clamp<int64_t>(std::atoll(text), 0, kDevices);
  }();
  return count;
}

int64_t index_of(const c10::Stream& stream) {
  return std::max<int64_t>(0, stream.device_index()) * kStreams + static_cast<int64_t>(stream.id());
}

Ledger& Ledger::get() {
  static Ledger* const ledger = new Ledger;  // outlives every tensor
  return *ledger;
}

void Ledger::allocated(const void* base, size_t bytes, int64_t stream) {
  if (base == nullptr) return;
  const std::lock_guard lock(mutex_);
  Block& block = blocks_[base];
  block = {};
  block.bytes = bytes;
  block.owner = stream;
  if (capture_) capture_->own.insert(base);
  counts_.bytes += static_cast<int64_t>(bytes);
  counts_.peak_bytes = std::max(counts_.peak_bytes, counts_.bytes);
}

void Ledger::freed(const void* base) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(base);
  if (found == blocks_.end()) return;
  const Block& block = found->second;
  // The memory may be reused by its owner: accesses by other streams must have ended.
  clocks_[block.owner].learn(host_);
  const auto check = [&](const Access& access) {
    if (access.stream != block.owner && !block.kept_for.contains(access.stream) && !known(access, block.owner))
      fault(c10::str(block.bytes, " bytes of ", name_of(block.owner), " given back while ", name_of(access.stream),
                     " may be using them: record_stream is missing"));
  };
  check(block.written);
  for (const auto& [stream, time] : block.read) check({stream, time});
  counts_.bytes -= static_cast<int64_t>(block.bytes);
  std::erase_if(deferred_, [&](const Deferred& one) { return one.base == base; });
  if (capture_) capture_->before.erase(const_cast<void*>(base));
  blocks_.erase(found);
}

void Ledger::made(const void* base, int64_t stream) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(base);
  if (found != blocks_.end() && found->second.written.stream < 0) found->second.written = {stream, clocks_[stream][stream]};
}

void Ledger::keep_for(const void* base, int64_t stream) {
  const std::lock_guard lock(mutex_);
  if (const auto found = blocks_.find(base); found != blocks_.end()) found->second.kept_for.insert(stream);
}

void Ledger::launch(int64_t stream) {
  const std::lock_guard lock(mutex_);
  clocks_[stream].learn(host_);
  ++clocks_[stream][stream];
}

void Ledger::access(const void* base, int64_t stream, bool write, const std::string& what) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(base);
  if (found == blocks_.end()) return;
  Block& block = found->second;
  const auto refuse = [&](const Access& other, const char* verb) {
    const std::string text = c10::str(what, " on ", name_of(stream), (write ? " writes memory that " : " reads memory that "),
                                      name_of(other.stream), verb, "; no event was waited for");
    fault(text);
    TORCH_CHECK(false, text);
  };
  if (!known(block.written, stream)) refuse(block.written, " has yet to write");
  if (write)
    for (const auto& [reader, time] : block.read)
      if (!known({reader, time}, stream)) refuse({reader, time}, " has yet to read");
  for (size_t i = 0; i < deferred_.size();) {
    if (deferred_[i].base != base) {
      ++i;
      continue;
    }
    const auto copy = std::move(deferred_[i].copy);
    deferred_.erase(deferred_.begin() + static_cast<std::ptrdiff_t>(i));
    copy();
  }
  const int64_t now = clocks_[stream][stream];
  if (write) {
    block.written = {stream, now};
    block.read.clear();
  } else {
    block.read[stream] = now;
  }
}

Clock Ledger::record(int64_t stream) {
  const std::lock_guard lock(mutex_);
  clocks_[stream].learn(host_);
  return clocks_[stream];
}

void Ledger::block(const Clock& event, int64_t stream) {
  const std::lock_guard lock(mutex_);
  clocks_[stream].learn(event);
}

void Ledger::host_learns(const Clock& clock) {
  host_.learn(clock);
  for (size_t i = 0; i < deferred_.size();) {
    if (host_[deferred_[i].at.stream] < deferred_[i].at.time) {
      ++i;
      continue;
    }
    const auto copy = std::move(deferred_[i].copy);
    deferred_.erase(deferred_.begin() + static_cast<std::ptrdiff_t>(i));
    copy();
  }
}

void Ledger::wait_for(const Clock& event, int64_t stream, const std::string& what) {
  const std::lock_guard lock(mutex_);
  forbid_in_capture(captures(stream), what);
  ++counts_.waits;
  count_site("wait: " + what);
  host_learns(event);
}

void Ledger::wait_for_stream(int64_t stream, const std::string& what) {
  const std::lock_guard lock(mutex_);
  wait_for(clocks_[stream], stream, what);
}

void Ledger::wait_for_device(const std::string& what) {
  const std::lock_guard lock(mutex_);
  forbid_in_capture(true, what);
  ++counts_.waits;
  count_site("wait: " + what);
  for (const Clock& clock : clocks_) host_learns(clock);
}

void Ledger::blocking_upload(int64_t stream, const std::string& what) {
  const std::lock_guard lock(mutex_);
  forbid_in_capture(captures(stream), what);
  ++counts_.blocking_uploads;
  count_site("upload: " + what);
  host_learns(clocks_[stream]);
}

void Ledger::defer(const void* device_base, int64_t stream, std::function<void()> copy) {
  const std::lock_guard lock(mutex_);
  deferred_.push_back({device_base, {stream, clocks_[stream][stream]}, std::move(copy)});
}

void Ledger::page_locked(const void* base, size_t bytes) {
  const std::lock_guard lock(mutex_);
  forbid_in_capture(capture_ && (capture_->mode == CaptureMode::global || capture_->thread == std::this_thread::get_id()),
                    "an allocation of page-locked memory");
  page_locked_[base] = bytes;
}

void Ledger::page_unlocked(const void* base) {
  const std::lock_guard lock(mutex_);
  page_locked_.erase(base);
}

bool Ledger::is_page_locked(const void* address) {
  const std::lock_guard lock(mutex_);
  auto found = page_locked_.upper_bound(address);
  if (found == page_locked_.begin()) return false;
  --found;
  return static_cast<const char*>(address) < static_cast<const char*>(found->first) + std::max<size_t>(1, found->second);
}

void Ledger::begin_capture(int64_t stream, CaptureMode mode) {
  const std::lock_guard lock(mutex_);
  TORCH_CHECK(!capture_, "a stream is being captured already");
  TORCH_CHECK(stream % kStreams != 0, "the default stream cannot be captured");
  capture_ = Capture{stream, mode};
}

bool Ledger::end_capture() {
  const std::lock_guard lock(mutex_);
  TORCH_CHECK(capture_, "no stream is being captured");
  for (const auto& [base, bytes] : capture_->before) std::memcpy(base, bytes.data(), bytes.size());
  const bool whole = !capture_->broken;
  capture_.reset();
  return whole;
}

bool Ledger::captures(int64_t stream) {
  const std::lock_guard lock(mutex_);
  return capture_ && capture_->stream == stream;
}

void Ledger::save_before_capture(void* base, size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!capture_ || base == nullptr || capture_->own.contains(base) || capture_->before.contains(base)) return;
  const char* from = static_cast<const char*>(base);
  capture_->before[base] = std::vector<char>(from, from + bytes);
}

void Ledger::forbid_in_capture(bool forbidden, const std::string& what) {
  if (!capture_ || !forbidden) return;
  capture_->broken = true;
  TORCH_CHECK(false, what, ": operation not permitted when stream is capturing");
}

void Ledger::count_site(const std::string& what) { ++sites_[{what, callers()}]; }

void Ledger::fault(const std::string& text) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(place(text, callers()));
}

Counts Ledger::counts() {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Ledger::reset_peak() {
  const std::lock_guard lock(mutex_);
  counts_.peak_bytes = counts_.bytes;
}

std::map<std::string, int64_t> Ledger::sites() {
  const std::lock_guard lock(mutex_);
  std::map<std::string, int64_t> named;
  for (const auto& [site, count] : sites_) named[place(site.first, site.second)] += count;
  return named;
}

std::vector<std::string> Ledger::faults() {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void Ledger::forget_faults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

Counts counts() { return Ledger::get().counts(); }
void reset_peak() { Ledger::get().reset_peak(); }
std::map<std::string, int64_t> sites() { return Ledger::get().sites(); }
std::vector<std::string> faults() { return Ledger::get().faults(); }
void forget_faults() { Ledger::get().forget_faults(); }

}  // namespace interprior::pretended
